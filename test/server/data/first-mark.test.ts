import fs, { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { keepLowWaterMark } from '../../../server/data/low-water';
import { openData } from '../../../server/data/data';
import { rememberedLog } from '../../inbox/stage';
import { message, START } from '../../store/builders';
import { inFolder } from '../running';

/* A process may die at any step of its first start; the next one starts all the same. */

afterEach(() => {
  jest.restoreAllMocks();
});

/**
 * Copies the folder before each step that writes to disk: what a kill there would leave. Returns
 * the number of copies.
 */
function copiesBeforeEachStep(dataDir: string, to: string): () => number {
  let copies = 0;
  let copying = false;
  const copy = () => {
    if (copying || !existsSync(dataDir)) return;
    copying = true;
    cpSync(dataDir, join(to, String((copies += 1))), { recursive: true });
    copying = false;
  };
  for (const step of ['openSync', 'writeSync', 'fsyncSync', 'renameSync'] as const) {
    const real = fs[step];
    jest.spyOn(fs, step).mockImplementation((...args: unknown[]) => {
      copy();
      const result: unknown = Reflect.apply(real, fs, args);
      return typeof result === 'number' ? result : undefined;
    });
  }
  const exec: unknown = Reflect.get(Libsql.prototype, 'exec');
  if (typeof exec !== 'function') throw new TypeError('the driver runs no SQL');
  jest.spyOn(Libsql.prototype, 'exec').mockImplementation(function (this: Libsql.Database, sql: string) {
    // Inside a transaction nothing is on the disk yet.
    if (/PRAGMA (journal_mode|user_version)|^BEGIN/.test(sql)) copy();
    Reflect.apply(exec, this, [sql]);
    return this;
  });
  return () => {
    copy();
    jest.restoreAllMocks();
    return copies;
  };
}

/** Starts on a folder, acknowledges a message, and answers whether a mark was there before that. */
async function startOn(dataDir: string): Promise<boolean> {
  const data = openData(dataDir, 'here', START);
  try {
    const hasMark = existsSync(data.names.mark);
    await data.store.inbox.record(message(1));
    return hasMark;
  } finally {
    data.close();
  }
}

test(
  'a process that dies at any step of its first start leaves a folder that the next one starts on, with a mark before it acknowledges',
  () =>
    inFolder(async (folder) => {
      const dataDir = join(folder, 'data');
      const stop = copiesBeforeEachStep(dataDir, join(folder, 'died'));
      openData(dataDir, 'here', START).close();
      const copies = stop();
      expect(copies).toBeGreaterThan(10);
      let withMark = 0;
      for (let n = 1; n <= copies; n += 1) {
        const died = join(folder, 'died', String(n));
        if (existsSync(join(died, 'low-water.json'))) withMark += 1;
        expect([n, await startOn(died)]).toEqual([n, true]);
      }
      expect(withMark).toBeGreaterThan(0);
      expect(withMark).toBeLessThan(copies);
    }),
  120_000,
);

test('a process that dies after it raised the epoch for its second mark, and before that was written, starts again', () =>
  inFolder(async (folder) => {
    const died = join(folder, 'died');
    const data = openData(join(folder, 'data'), 'here', START);
    try {
      await data.store.inbox.record(message(1));
      await data.store.standings.raise();
      cpSync(join(folder, 'data'), died, { recursive: true });
    } finally {
      data.close();
    }
    expect(JSON.parse(readFileSync(join(died, 'low-water.json'), 'utf8'))).toMatchObject({ epoch: 0 });
    expect(await startOn(died)).toBe(true);
  }));

test('a process that dies while another one holds the database starts again', () =>
  inFolder(async (folder) => {
    const died = join(folder, 'died');
    const data = openData(join(folder, 'data'), 'here', START);
    const holder = new Libsql(data.names.database);
    try {
      await data.store.inbox.record(message(1));
      const timers = { after: () => () => undefined };
      const { standings } = data.store;
      const keeper = keepLowWaterMark({ file: data.names.mark, standings, timers, log: rememberedLog() });
      holder.exec('BEGIN EXCLUSIVE');
      const writing = keeper.write();
      cpSync(join(folder, 'data'), died, { recursive: true });
      holder.exec('ROLLBACK');
      await writing;
    } finally {
      holder.close();
      data.close();
    }
    expect(await startOn(died)).toBe(true);
  }));
