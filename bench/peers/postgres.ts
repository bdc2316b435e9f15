import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Running } from '../processes';
import { ended, freePort } from '../processes';

/** Where Debian installs the server programs, newest version first. */
const DEBIAN = '/usr/lib/postgresql';

function programs(): string | null {
  if (!existsSync(DEBIAN)) return null;
  const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
  const found = versions.map((version) => join(DEBIAN, version, 'bin'));
  return found.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/** True when PostgreSQL's programs are installed. */
export function hasPostgres(): boolean {
  return programs() !== null;
}

/** PostgreSQL refuses to run as root: it then runs as the user that Debian's package created. */
function command(program: string, args: readonly string[]): [string, string[]] {
  return process.getuid?.() === 0
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]]
    : [program, [...args]];
}

/**
 * Starts PostgreSQL with its own defaults, which are durable: `fsync` and `synchronous_commit` are
 * on. Uses a temporary folder that it removes when it stops.
 */
export async function startPostgres(): Promise<Running & { readonly url: string }> {
  const bin = programs();
  if (bin === null) throw new Error('there is no PostgreSQL here');
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-postgres-'));
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres:postgres', folder]);
  const data = join(folder, 'data');
  const init = ['--auth=trust', '--username=bench', '--encoding=UTF8', '--no-locale', '--pgdata', data];
  execFileSync(...command(join(bin, 'initdb'), init), { stdio: 'ignore', cwd: folder });
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '100',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(...command(join(bin, 'postgres'), ['-D', data, ...args]), {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: folder,
  });
  for await (const chunk of server.stderr) {
    if (String(chunk).includes('ready to accept connections')) break;
  }
  server.stderr.resume();
  return {
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await ended(server, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
