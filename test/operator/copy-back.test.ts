import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COPIED_TABLES } from '../../lib/store/copying/plan';
import { TABLES_BACK } from '../../lib/store/copying/plan-back';
import { openMysqlStore } from '../../lib/store/mysql/open';
import { runDataVerb } from '../../operator/data/command';
import { openData } from '../../server/data/data';
import { message, START } from '../store/builders';
import type { MysqlServer } from '../store/mysql/server';
import { describeWithMysql, startMysqlServer } from '../store/mysql/server';
import { putNewStore, temporaryDirectory } from '../store/sqlite/harness';
import { inFolder } from '../server/running';
import { fill, rowsIn, tablesIn, told } from './filled-shop';

/* Moving a shop from MySQL to a data folder. */

test('every table of SQLite is filled from MySQL, and every column by its name or another one', () => {
  const { path, remove } = temporaryDirectory();
  try {
    const file = join(path, 'new.db');
    putNewStore(file);
    const tables = tablesIn(file);
    expect(TABLES_BACK.map(({ table }) => table).sort()).toEqual(
      [...tables.keys()].filter((name) => name !== 'moved').sort(),
    );
    for (const { table, from, named = {} } of TABLES_BACK) {
      const copied = COPIED_TABLES.find((one) => one.table === from)?.columns.map(({ to }) => to);
      const wanted = (tables.get(table) ?? []).map((column) => named[column] ?? column);
      expect([table, wanted.filter((column) => copied?.includes(column) !== true)]).toEqual([table, []]);
    }
  } finally {
    remove();
  }
});

describeWithMysql('moving a shop back from MySQL', () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysqlServer();
  });
  afterAll(() => server.stop());

  const data = (verb: 'copy' | 'copy-back', dataDir: string, database: string) =>
    runDataVerb([verb, '--lang', 'en', '--yes'], {
      environment: { DATA_DIR: dataDir, DATABASE_URL: server.url(database) },
      now: () => START,
      confirm: () => Promise.resolve(false),
    });
  const open = (database: string) => openMysqlStore({ url: server.url(database), poolSize: 2 });
  const refused = (reason: RegExp): { readonly code: number; readonly output: unknown } => ({
    code: 1,
    output: expect.stringMatching(reason),
  });

  test('the file has every value that the shop had before it was moved to MySQL, and what came since', () =>
    inFolder(async (folder) => {
      const [before, after] = [join(folder, 'before'), join(folder, 'after')];
      mkdirSync(before);
      await fill(before);
      await server.admin('CREATE DATABASE shop');
      expect(await data('copy', before, 'shop')).toMatchObject({ code: 0 });
      const running = await open('shop');
      await running.inbox.record(message(9));
      const was = await told(running);

      expect(await data('copy-back', before, 'shop')).toMatchObject(refused(/has a database: set DATA_DIR/));
      const { output, code } = await data('copy-back', after, 'shop');
      expect(output).not.toMatch(/DIFFERS|root/);
      expect(output).toMatch(/orders pending +4 +4 +9007199254741303 +9007199254741303 +fen\n/);
      expect(output).toMatch(/bills +2 +2 +30 +30 +bytes\n/);
      expect(code).toBe(0);

      // A server that was not stopped writes nothing any more, and none starts.
      await expect(running.inbox.record(message(10))).rejects.toMatchObject({ code: 'misconfigured' });
      await running.close();
      await expect(open('shop')).rejects.toThrow(/moved to .*after on 2026-03-01 12:00 .*set DATA_DIR/);
      expect(await data('copy-back', join(folder, 'third'), 'shop')).toMatchObject(refused(/was moved to/));

      const back = openData(after, 'here', START);
      expect(await told(back.store)).toEqual(was);
      expect(await back.store.inbox.find(message(9).key)).not.toBeNull();
      back.close();
      expect(readdirSync(after).filter((name) => name.includes('.copy-'))).toEqual([]);
      everyValueIs(join(before, 'inbox.db'), join(after, 'inbox.db'));
    }));

  /** Compares all values of the two files, but for what the shop did in between. */
  function everyValueIs(file: string, other: string): void {
    const since = new Map([
      ['inbox', `WHERE key <> '${message(9).key}'`],
      ['inbox_payload', `WHERE content NOT LIKE '%${message(9).outTradeNo ?? ''}%'`],
    ]);
    for (const [table, columns] of tablesIn(file)) {
      if (table === 'moved') continue;
      // Leases end at the start, old orders get a cart, and both starts raise the epoch.
      const changed = new Set(['claim_token', 'lease_until', 'claims', 'cart', 'epoch']);
      const kept = columns.filter((one) => !changed.has(one));
      const rows = (of: string) =>
        rowsIn(
          of,
          `SELECT ${kept.map((one) => `CAST(${one} AS TEXT)`).join(', ')} FROM ${table} ${since.get(table) ?? ''}`,
        )
          .map((row) => JSON.stringify(row))
          .sort();
      expect([table, rows(other)]).toEqual([table, rows(file)]);
      expect([table, rows(other).length > 0]).toEqual([table, true]);
    }
  }

  test('interrupted at each stage and repeated, one side is served, never both', () =>
    inFolder(async (folder) => {
      const dataDir = join(folder, 'data');
      await server.admin('CREATE DATABASE born');
      const born = await open('born');
      await born.inbox.record(message(1));
      await born.close();
      // A value that no column of the file takes: the copy fails, and the database is served again.
      await server.admin(
        'USE born',
        'ALTER TABLE inbox MODIFY deliveries DOUBLE',
        'UPDATE inbox SET deliveries = 0.5',
      );
      expect(await data('copy-back', dataDir, 'born')).toMatchObject({ code: 1 });
      await (await open('born')).close();
      expect(existsSync(join(dataDir, 'inbox.db'))).toBe(false);
      await server.admin(
        'UPDATE inbox SET deliveries = 1',
        'ALTER TABLE inbox MODIFY deliveries INT NOT NULL',
      );

      // A crash after the tables were renamed: nothing is served until it is repeated.
      await server.admin(
        `INSERT INTO moved_to VALUES (1, 'dead', 'elsewhere', 1, NULL)`,
        'RENAME TABLE inbox TO moved_inbox, orders TO moved_orders',
      );
      await expect(open('born')).rejects.toThrow(/being copied back to SQLite: repeat/);
      expect(await data('copy-back', dataDir, 'born')).toMatchObject({ code: 0 });

      // A crash before the last step: the mark is set, and the file still has another name.
      const run = String(await server.admin('SELECT run FROM moved_to'));
      renameSync(join(dataDir, 'inbox.db'), join(dataDir, `inbox.db.copy-${run}`));
      await expect(open('born')).rejects.toThrow(/was moved to/);
      expect(await data('copy-back', dataDir, 'born')).toMatchObject({ code: 0 });
      const { store, close } = openData(dataDir, 'here', START);
      expect(await store.inbox.find(message(1).key)).toMatchObject({ deliveries: 1 });
      close();
    }));

  test('a difference between the sides gives the database back', () =>
    inFolder(async (folder) => {
      await server.admin('CREATE DATABASE differs');
      await (await open('differs')).close();
      // A column that only one side has bytes of: what SQLite reads from the finding is not there.
      await server.admin(
        'USE differs',
        `INSERT INTO discrepancies (id, class, opens_at, last_seen_at, finding, statement_run, is_resolved)
         VALUES ('d', 'missing_payment', 1, 1, '{}', 'a run', 0)`,
      );
      const { output, code } = await data('copy-back', join(folder, 'data'), 'differs');
      expect(output).toMatch(/discrepancies +1 +1 .*DIFFERS/);
      expect(code).toBe(1);
      await (await open('differs')).close();
    }));
});

test('a password among the arguments is said to be visible, and a file keeps it out of them', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'address');
    writeFileSync(file, 'mysql://shop:secret@127.0.0.1:1/shop\n');
    const call = (args: readonly string[], environment: Record<string, string>) =>
      runDataVerb(['copy', '--lang', 'en', ...args], {
        environment: { DATA_DIR: folder, ...environment },
        now: () => START,
        confirm: () => Promise.resolve(true),
      });
    const shown = await call(['--to', 'mysql://shop:secret@127.0.0.1:1/shop'], {});
    const hidden = await call([], { DATABASE_URL_FILE: file });
    expect(shown.output).toMatch(/has no database.*\n.*see in ps: next time set DATABASE_URL_FILE/);
    expect(hidden.output).not.toMatch(/ps/);
    expect(hidden.output + shown.output).not.toMatch(/secret/);
    await expect(call([], { DATABASE_URL_FILE: file, DATABASE_URL: 'mysql://x' })).rejects.toThrow(
      /DATABASE_URL_FILE: was set beside DATABASE_URL/,
    );
    await expect(call([], {})).rejects.toThrow(/copy takes --to/);
  }));
