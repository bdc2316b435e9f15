import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { aftermath } from '../../torture/kill-rounds';
import type { RealProcess } from '../../torture/real-process';
import {
  databaseIn,
  EndedEarly,
  makeOrder,
  notify,
  post,
  prepareFolder,
  startProcess,
} from '../../torture/real-process';
import { inFolder } from '../running';

/* The real process on a disk that is full, read-only, or held by another process. */

const NOT_STORED = 50301;
const PATIENCE = 120_000;
const isRoot = process.getuid?.() === 0;

/** The books after everything was processed, as they must be for these orders. */
const right = (acked: number) => ({
  acked,
  missing: [],
  wrong: [],
  pending: 0,
  dead: 0,
  integrity: '[{"integrity_check":"ok"}]',
});

/** Stops a server whatever comes of the case. */
async function onProcess(
  folder: string,
  run: (server: RealProcess) => Promise<void>,
  dataDir?: string,
): Promise<void> {
  const server = await startProcess(folder, dataDir === undefined ? {} : { dataDir });
  try {
    await run(server);
  } finally {
    await server.end('SIGKILL');
  }
}

/** How a server that cannot start ends: its exit, and what it wrote. */
async function refusedStart(folder: string, asNobody = false): Promise<EndedEarly> {
  try {
    const server = await startProcess(folder, asNobody ? { uid: 65_534 } : {});
    await server.end('SIGKILL');
  } catch (error) {
    if (error instanceof EndedEarly) return error;
    throw error;
  }
  throw new Error('the server started');
}

/** Notifies of orders until one is refused, and answers which were acked. */
async function notifyUntilRefused(
  url: string,
  numbers: readonly string[],
): Promise<{ readonly acked: string[]; readonly refused: unknown }> {
  const acked: string[] = [];
  for (const number of numbers) {
    const { errcode } = await notify(url, number);
    if (errcode !== 0) return { acked, refused: errcode };
    acked.push(number);
  }
  return { acked, refused: null };
}

/** Fills the space that is left, has notifications refused, makes space and has them taken. */
async function fullAndMended(
  url: string,
  disk: { readonly fill: () => void; readonly fix: () => void },
): Promise<void> {
  const numbers: string[] = [];
  for (let n = 0; n < 60; n += 1) numbers.push(await makeOrder(url, `full-request-${n}`));
  disk.fill();
  const { acked, refused } = await notifyUntilRefused(url, numbers);
  expect(refused).toBe(NOT_STORED);
  expect(await statuses(url)).toEqual({ healthz: 503, livez: 200 });
  disk.fix();
  for (const number of numbers.slice(acked.length))
    expect(await notify(url, number)).toMatchObject({ errcode: 0 });
  await post(`${url}/workers/processInbox`, {});
}

/** Whether it is ready, and whether it is alive. */
async function statuses(url: string): Promise<object> {
  const [healthz, livez] = [await fetch(`${url}/healthz`), await fetch(`${url}/livez`)];
  return { healthz: healthz.status, livez: livez.status };
}

/** Mounts a small file system of its own, when this machine lets us. */
function mountSmall(path: string, size: string): boolean {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('the real process', () => {
  const onLinux = process.platform === 'linux' && existsSync('/usr/bin/prlimit') ? test : test.skip;

  onLinux(
    'refuses notifications while its files may not grow, and takes them once they may: every acked one is there, once',
    () =>
      inFolder(async (folder) => {
        prepareFolder(folder);
        let numbers = 0;
        await onProcess(folder, async ({ url, child }) => {
          const limit = (bytes: string) =>
            void execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:`]);
          const log = `${databaseIn(folder)}-wal`;
          await fullAndMended(url, {
            fill: () => limit(String(statSync(log).size + 64 * 1024)),
            fix: () => limit('unlimited'),
          });
          numbers = 60;
        });
        expect(await aftermath(folder, await paidNumbers(folder))).toEqual(right(numbers));
      }),
    PATIENCE,
  );

  test(
    'refuses notifications while the disk is full, and takes them once it is not: every acked one is there, once',
    () =>
      inFolder(async (folder) => {
        prepareFolder(folder);
        const small = join(folder, 'data');
        if (!isRoot || !mountSmall(small, '24m')) return; // Only root can fill a disk.
        try {
          await onProcess(folder, async ({ url }) => {
            const filler = join(small, 'filler');
            await fullAndMended(url, {
              fill: () => {
                const free = execFileSync('stat', ['-f', '-c', '%a %S', small])
                  .toString()
                  .split(' ')
                  .map(Number);
                writeFileSync(filler, Buffer.alloc(Math.max(0, (free[0] ?? 0) * (free[1] ?? 0) - 64 * 1024)));
              },
              fix: () => writeFileSync(filler, ''),
            });
          });
          expect(await aftermath(folder, await paidNumbers(folder))).toEqual(right(60));
        } finally {
          // Lazily: the driver only releases a closed file when its memory is collected.
          execFileSync('umount', ['-l', small]);
        }
      }),
    PATIENCE,
  );

  test(
    'answers within its budget while another process holds the database, and takes the repeat afterwards',
    () =>
      inFolder(async (folder) => {
        prepareFolder(folder, { inbox: { ackBudgetMs: 500 } });
        await onProcess(folder, async ({ url }) => {
          const order = await makeOrder(url, 'held-request-1');
          const holder = new Libsql(databaseIn(folder));
          try {
            holder.exec('BEGIN EXCLUSIVE');
            const answers = await Promise.all([notify(url, order), notify(url, order)]);
            expect(answers).toMatchObject([{ errcode: NOT_STORED }, { errcode: NOT_STORED }]);
            expect(await statuses(url)).toEqual({ healthz: 503, livez: 200 });
          } finally {
            holder.close();
          }
          expect(await notify(url, order)).toMatchObject({ errcode: 0 });
        });
        expect(await aftermath(folder, await paidNumbers(folder))).toEqual(right(1));
      }),
    PATIENCE,
  );

  test(
    'refuses a second one on its folder in plain words, is not disturbed by it, and leaves the folder free when it is killed',
    () =>
      inFolder(async (folder) => {
        prepareFolder(folder);
        await onProcess(folder, async ({ url }) => {
          const order = await makeOrder(url, 'second-request-1');
          const second = await refusedStart(folder);
          expect(second.exit).toEqual([1, null]);
          expect(second.output).toMatch(/^another server uses this data folder: .*DATA_DIR.*\n$/);
          expect(await notify(url, order)).toMatchObject({ errcode: 0 });
        });
        expect(await aftermath(folder, await paidNumbers(folder))).toEqual(right(1));
      }),
    PATIENCE,
  );

  test.each([
    [
      'a data folder it may not write',
      (folder: string) => chmodSync(join(folder, 'data'), 0o555),
      /cannot be opened|read-only|permission/,
      isRoot,
    ],
    [
      'a file that is no database',
      (folder: string) =>
        writeFileSync(
          databaseIn(folder),
          'not a database at all, but long enough to be read as one '.repeat(20),
        ),
      /not a SQLite database/,
      false,
    ],
  ])('does not start on %s, and says why in one sentence', (_what, spoil, why, asNobody) =>
    inFolder(async (folder) => {
      prepareFolder(folder);
      chmodSync(folder, 0o755);
      spoil(folder);
      try {
        // Modes bind everybody but root.
        const refused = await refusedStart(folder, asNobody);
        expect(refused.exit).toEqual([1, null]);
        expect(refused.output).toMatch(why);
        expect(refused.output.trim().split('\n')).toHaveLength(1);
      } finally {
        chmodSync(join(folder, 'data'), 0o755);
      }
    }),
  );
});

/** The orders that were notified of: all that have a message. */
async function paidNumbers(folder: string): Promise<string[]> {
  const database = new Libsql(databaseIn(folder));
  try {
    const rows: unknown[] = database.prepare('SELECT DISTINCT out_trade_no FROM inbox').raw().all();
    return rows.map((row) => String(Array.isArray(row) ? row[0] : row));
  } finally {
    database.close();
  }
}
