import { chmodSync, copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { StoreError } from '../../../lib/store/errors';
import { SCHEMA_VERSION } from '../../../lib/store/sqlite/base/migrate';
import { openSqliteStore } from '../../../lib/store/sqlite/open';
import { isOutTradeNo } from '../../../lib/values/ids';
import { openData } from '../../../server/data/data';
import { day, MERCHANT, START } from '../../store/builders';
import { integrityOf } from '../../torture/kill-rounds';
import { inFolder, onServer } from '../running';

/*
 * The content of the data folder: its modes, whether one file is all of it, and the errors when it
 * cannot be used.
 */

/** Every file and folder below, with its mode. */
function modesIn(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(names.map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]));
}

test('after a clean stop the database file alone holds everything', () =>
  inFolder(async (folder) => {
    const numbers: string[] = [];
    await onServer(folder, async (server) => {
      for (let n = 0; n < 20; n += 1) {
        const number = await server.order(`request-alone-${n}`);
        await server.send('POST', '/simulator/pay', { outTradeNo: number });
        numbers.push(number);
      }
      await server.settled();
    });
    const alone = join(folder, 'alone.db');
    copyFileSync(join(folder, 'inbox.db'), alone);
    expect(statSync(join(folder, 'inbox.db-wal')).size).toBe(0);
    expect(integrityOf(alone)).toBe('[{"integrity_check":"ok"}]');
    const store = openSqliteStore({ file: alone });
    try {
      const found = await store.orders.find(numbers.filter(isOutTradeNo));
      expect(found.map(({ payment, fulfilment }) => [payment.state, fulfilment.state])).toEqual(
        numbers.map(() => ['paid', 'done']),
      );
    } finally {
      store.close();
    }
  }));

test('all that a server makes is for its own user alone, whatever the umask', () =>
  inFolder(async (folder) => {
    const before = process.umask(0o022);
    try {
      const dataDir = join(folder, 'made', 'by', 'it');
      const { archive, close } = openData(dataDir, 'here', START);
      await archive.keep(MERCHANT, day(), Buffer.from('a statement'));
      // A later start would tighten what this one makes.
      for (const name of ['inbox.db', 'inbox.db-wal', 'inbox.db-shm', 'owner.lock'])
        expect([name, modesIn(dataDir).get(name)]).toEqual([name, '600']);
      close();
      await onServer(dataDir, async (server) => {
        const number = await server.order('request-modes-1');
        await server.send('POST', '/simulator/pay', { outTradeNo: number });
        await server.settled();
        const modes = modesIn(dataDir);
        for (const name of ['inbox.db', 'inbox.db-wal', 'inbox.db-shm', 'owner.lock', 'simulator.jsonl'])
          expect([name, modes.get(name)]).toEqual([name, '600']);
        for (const [name, mode] of modes)
          expect([name, mode]).toEqual([name, statSync(join(dataDir, name)).isDirectory() ? '700' : '600']);
        expect((statSync(dataDir).mode & 0o777).toString(8)).toBe('700');
      });
    } finally {
      process.umask(before);
    }
  }));

test('files that an earlier version left readable are for its own user alone after a start, and others stay as they are', () =>
  inFolder(async (folder) => {
    const first = openData(folder, 'here', START);
    await first.archive.keep(MERCHANT, day(), Buffer.from('a statement'));
    first.close();
    writeFileSync(join(folder, 'notes.txt'), 'not a file of the server');
    const files = () => [...modesIn(folder).keys()].filter((name) => statSync(join(folder, name)).isFile());
    for (const name of files()) chmodSync(join(folder, name), 0o644);
    const second = openData(folder, 'here', START);
    try {
      const modes = modesIn(folder);
      for (const name of files())
        expect([name, modes.get(name)]).toEqual([name, name === 'notes.txt' ? '644' : '600']);
    } finally {
      second.close();
    }
  }));

test.each([
  [
    'a file in place of the folder',
    (folder: string) => writeFileSync(join(folder, 'data'), ''),
    /data: there is a file where a folder belongs/,
  ],
  [
    'a file on the way to it',
    (folder: string) => {
      writeFileSync(join(folder, 'data'), '');
      return join(folder, 'data', 'deeper');
    },
    /there is a file where a folder belongs/,
  ],
  [
    'a journal that cannot be read',
    (folder: string) => {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'simulator.jsonl'), '{"kind":"order"}\n');
    },
    /line 1 of the simulator's journal .* delete the file/,
  ],
  [
    'a folder in place of the journal',
    (folder: string) => mkdirSync(join(folder, 'data', 'simulator.jsonl'), { recursive: true }),
    /simulator.jsonl: there is a folder where a file belongs/,
  ],
  [
    'a file in place of the archive',
    (folder: string) => {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'statements'), '');
    },
    /statements: there is a file where a folder belongs/,
  ],
  [
    'a database of a newer version',
    (folder: string) => {
      openData(join(folder, 'data'), 'here', START).close();
      const database = new Libsql(join(folder, 'data', 'inbox.db'));
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
      database.close();
    },
    /start the newer program, or restore the backup/,
  ],
] as const)(
  '%s is refused in one sentence that says what to do, and leaves the folder free',
  (_what, spoil, why) =>
    inFolder(async (folder) => {
      const dataDir = spoil(folder) ?? join(folder, 'data');
      for (const attempt of [1, 2]) {
        const refusal = refusalOf(() => openData(dataDir, 'here', START));
        expect([attempt, refusal.code]).toEqual([attempt, 'misconfigured']);
        expect(refusal.message).toMatch(why);
        expect(refusal.message).not.toContain('\n');
      }
    }),
);

function refusalOf(open: () => unknown): StoreError {
  try {
    open();
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error('it was opened');
}
