import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

const WORKER = resolve(__dirname, 'worker.ts');

/** The worker beside this file where Jest has compiled both; null where this is TypeScript. */
const COMPILED = extname(__filename) === '.js' ? join(__dirname, 'worker.js') : null;

/**
 * Plays with the worker of histories as one file: it plays them an eighth faster than the
 * TypeScript itself does. The plugins may change the code. Rejects where it does not compile; the
 * file is removed at the end.
 */
export async function withBundledWorker<Result>(
  plugins: readonly Plugin[],
  play: (script: string) => Promise<Result>,
): Promise<Result> {
  if (COMPILED !== null && plugins.length === 0) return play(COMPILED);
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-histories-'));
  const script = join(folder, 'worker.cjs');
  try {
    await build({
      entryPoints: [WORKER],
      outfile: script,
      bundle: true,
      platform: 'node',
      target: 'node20',
      conditions: ['test-shop'],
      logLevel: 'silent',
      plugins: [...plugins],
    });
    return await play(script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
