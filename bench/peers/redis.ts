import { spawn, spawnSync } from 'node:child_process';
import type { Running } from '../processes';
import { ended, freePort } from '../processes';

/** True when a `redis-server` is installed. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/**
 * Starts Redis in a folder, with each write synced before the answer: `appendonly yes, appendfsync
 * always`.
 */
export async function startRedis(folder: string): Promise<Running & { readonly port: number }> {
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const redis = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const chunk of redis.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  redis.stdout.resume();
  return { port, stop: () => ended(redis) };
}
