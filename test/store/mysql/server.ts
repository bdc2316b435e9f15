import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';

const MARIADBS = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd', '/usr/libexec/mariadbd'];

/** A database server program. */
interface Program {
  readonly kind: 'mariadb' | 'mysql';
  readonly file: string;
}

/**
 * The server that the tests run on; null where there is none. `WXPAY_TEST_MYSQLD` names the program
 * of another than the MariaDB that is installed, such as MySQL itself. It must exist.
 */
const PROGRAM: Program | null = programHere();

function programHere(): Program | null {
  const named = process.env['WXPAY_TEST_MYSQLD'];
  if (named !== undefined) {
    const version = execFileSync(named, ['--version'], { encoding: 'utf8' });
    return { kind: version.includes('MariaDB') ? 'mariadb' : 'mysql', file: named };
  }
  const file = MARIADBS.find((one) => existsSync(one));
  return file === undefined ? null : { kind: 'mariadb', file };
}

/** Which server the tests run on; null where there is none. */
export const SERVER_KIND: Program['kind'] | null = PROGRAM?.kind ?? null;

/** Whether there is a server for tests of the MySQL store. */
export function hasMysql(): boolean {
  return PROGRAM !== null;
}

/** `describe`, or `describe.skip` where there is no server; the name says so. */
export function describeWithMysql(name: string, cases: () => void): void {
  if (PROGRAM === null)
    describe.skip(`${name} (skipped: MariaDB is not installed)`, () => test('it', () => undefined));
  else describe(name, cases);
}

/** The same, for what MySQL itself has in another form, and says so in the name. */
export function describeWithMariadb(name: string, cases: () => void): void {
  if (SERVER_KIND === 'mysql')
    describe.skip(`${name} (skipped: for MariaDB)`, () => test('it', () => undefined));
  else describeWithMysql(name, cases);
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
  /**
   * Kills it as a power cut would, and starts it again on the same data; with other arguments where
   * they are given.
   */
  readonly crashAndStart: (others?: readonly string[]) => Promise<void>;
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
 * Starts the server on empty files, without the tables of privileges. MariaDB needs nothing
 * installed first, so it is ready in half a second; MySQL writes its own tables first, which takes
 * some seconds. Whatever ends this process ends the server too.
 */
export async function startMysqlServer({
  durable = false,
  args = [],
}: ServerOptions = {}): Promise<MysqlServer> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-mysql-'));
  const socketPath = join(folder, 's.sock');
  if (PROGRAM?.kind === 'mysql') installMysql(PROGRAM.file, folder);
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
    crashAndStart: async (others = args) => {
      await kill();
      server = await started(folder, socketPath, durable, others);
    },
    stop: async () => {
      // Nothing on its disk is needed any more.
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Options that only one of them knows. */
const OWN_OPTIONS: Readonly<Record<Program['kind'], readonly string[]>> = {
  mariadb: ['--innodb-log-file-size=32M'],
  mysql: ['--innodb-redo-log-capacity=64M', '--mysqlx=OFF', '--secure-file-priv='],
};

/** Where its files are: MySQL fills an empty folder only. */
function dataOf(folder: string): string {
  return PROGRAM?.kind === 'mysql' ? join(folder, 'data') : folder;
}

/** Writes MySQL's own tables. Throws when it fails. */
function installMysql(file: string, folder: string): void {
  const options = ['--no-defaults', '--initialize-insecure', `--datadir=${dataOf(folder)}`];
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  execFileSync(file, [...options, ...OWN_OPTIONS.mysql, ...user], { stdio: 'pipe' });
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
  if (PROGRAM === null) return Promise.reject(new Error('there is no MariaDB and no MySQL here'));
  const command = [
    PROGRAM.file,
    '--no-defaults',
    `--datadir=${dataOf(folder)}`,
    `--socket=${socketPath}`,
    '--skip-networking',
    '--skip-grant-tables',
    '--skip-log-bin',
    '--innodb-buffer-pool-size=128M',
    `--innodb-flush-log-at-trx-commit=${durable ? '1' : '0'}`,
    ...OWN_OPTIONS[PROGRAM.kind],
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
      reject(new Error(`the server did not start in time:\n${log}`));
    }, START_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (!log.includes('ready for connections')) return;
      clearTimeout(timer);
      resolve(child);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`the server did not start:\n${log}`));
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
