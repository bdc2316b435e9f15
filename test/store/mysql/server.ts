import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';

const BINARIES = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd', '/usr/libexec/mariadbd'];

/** The server program; null where MariaDB is not installed. */
const BINARY = BINARIES.find((one) => existsSync(one)) ?? null;

/** Whether MariaDB is installed here. */
export function hasMysql(): boolean {
  return BINARY !== null;
}

/** `describe`, or `describe.skip` where MariaDB is not installed; the name says so. */
export function describeWithMysql(name: string, cases: () => void): void {
  if (BINARY === null)
    describe.skip(`${name} (skipped: MariaDB is not installed)`, () => test('it', () => undefined));
  else describe(name, cases);
}

/** A server of its own, in a folder of its own, reachable only through a socket in it. */
export interface MysqlServer {
  readonly folder: string;
  readonly socketPath: string;
  /** The address of a database, for `openMysqlStore`. */
  readonly url: (database: string) => string;
  /**
   * Runs statements, one after the other, as an administrator, and returns the rows of the last.
   */
  readonly admin: (...statements: readonly string[]) => Promise<unknown>;
  /** Kills it as a power cut would, and starts it again on the same data. */
  readonly crashAndStart: () => Promise<void>;
  /** Stops it and removes the folder. */
  readonly stop: () => Promise<void>;
}

/** How it writes. */
export interface ServerOptions {
  /** Waits for the disk at each commit, as in production. Absent: it does not, which is faster. */
  readonly durable?: boolean;
  readonly args?: readonly string[];
}

/** How long it may take to start, in ms. */
const START_MS = 30_000;

/**
 * Starts MariaDB on empty files, without the tables of privileges, so that nothing has to be
 * installed first: it is ready in half a second. Whatever ends this process ends the server too.
 */
export async function startMysqlServer({
  durable = false,
  args = [],
}: ServerOptions = {}): Promise<MysqlServer> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-mysql-'));
  const socketPath = join(folder, 's.sock');
  let server = await started(folder, socketPath, durable, args);
  if (durable) {
    // New files survive a crash only once they have been closed.
    await shutDown(server, socketPath);
    server = await started(folder, socketPath, durable, args);
  }

  let admin: Connection | null = null;
  const connection = async (): Promise<Connection> => {
    admin ??= await createConnection({ socketPath, user: 'root', rowsAsArray: true });
    return admin;
  };
  const kill = async (): Promise<void> => {
    admin?.destroy();
    admin = null;
    await killed(server);
  };
  return {
    folder,
    socketPath,
    url: (database) => `mysql://root@localhost/${database}?socket=${encodeURIComponent(socketPath)}`,
    admin: async (...statements) => {
      let last: unknown = null;
      for (const statement of statements) [last] = await (await connection()).query(statement);
      return last;
    },
    crashAndStart: async () => {
      await kill();
      server = await started(folder, socketPath, durable, args);
    },
    stop: async () => {
      // Nothing on its disk is needed any more.
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The shell that ends the server once this process, which holds its input, is gone. */
const GUARD =
  '"$@" 3<&- & pid=$!; trap "kill -9 $pid" TERM; (read _ <&3; kill -9 $pid) & wait $pid; kill -9 $!';

function started(
  folder: string,
  socketPath: string,
  durable: boolean,
  args: readonly string[],
): Promise<ChildProcess> {
  const command = [
    BINARY ?? 'mariadbd',
    '--no-defaults',
    `--datadir=${folder}`,
    `--socket=${socketPath}`,
    '--skip-networking',
    '--skip-grant-tables',
    '--skip-log-bin',
    '--innodb-log-file-size=32M',
    '--innodb-buffer-pool-size=128M',
    `--innodb-flush-log-at-trx-commit=${durable ? '1' : '0'}`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ...args,
  ];
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', ...command], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let log = '';
    const timer = setTimeout(() => {
      child.kill('SIGTERM');
      reject(new Error(`MariaDB did not start in time:\n${log}`));
    }, START_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (!log.includes('ready for connections')) return;
      clearTimeout(timer);
      resolve(child);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`MariaDB did not start:\n${log}`));
    });
  });
}

async function shutDown(server: ChildProcess, socketPath: string): Promise<void> {
  const admin = await createConnection({ socketPath, user: 'root' });
  const exit = new Promise((resolve) => {
    server.once('exit', resolve);
  });
  await admin.query('SHUTDOWN');
  admin.destroy();
  await exit;
}

function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
