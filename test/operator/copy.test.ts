import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openDiskArchive } from '../../lib/archive/disk/archive';
import { mysqlArchive } from '../../lib/archive/mysql/archive';
import { copyTable, INSERTS_AT_ONCE } from '../../lib/store/copying/copy-table';
import { COPIED_TABLES } from '../../lib/store/copying/plan';
import { MovedError, StoreError } from '../../lib/store/errors';
import { openMysqlStore } from '../../lib/store/mysql/open';
import { connect } from '../../lib/store/sqlite/base/connection';
import { runDataVerb } from '../../operator/data/command';
import { openData } from '../../server/data/data';
import type { MysqlServer } from '../store/mysql/server';
import { describeWithMysql, startMysqlServer } from '../store/mysql/server';
import { putNewStore, temporaryDirectory } from '../store/sqlite/harness';
import { inFolder } from '../server/running';
import { claimAt, day, MERCHANT, message, order, settlement, START, tradeNo } from '../store/builders';
import { BILL, EMOJI, fill, rowsIn, tablesIn, told } from './filled-shop';

/* Moving a shop from its data folder to MySQL. */

/** Tables of the source that are not part of a shop. */
const LEFT = new Set(['moved']);

/** Tables of the target that no table of the source fills, or that come with a new database. */
const OWN = new Set(['schema_version', 'turns', 'copied_from', 'statement_pieces']);

test('every column of every table of SQLite is copied', () => {
  const { path, remove } = temporaryDirectory();
  try {
    const file = join(path, 'new.db');
    putNewStore(file);
    const missing = [...tablesIn(file)].flatMap(([name, columns]) => {
      const copies = COPIED_TABLES.filter(({ source }) => new RegExp(`\\b${name}\\b`).test(source));
      const read = copies.flatMap((copy) => copy.columns.map(({ from }) => from)).join(' ');
      return columns
        .filter((column) => !new RegExp(`\\.${column}\\b`).test(read))
        .map((one) => `${name}.${one}`);
    });
    expect(missing.filter((one) => !LEFT.has(one.split('.')[0] ?? ''))).toEqual([]);
  } finally {
    remove();
  }
});

test('inserts are under way together, and one that fails waits for the others', async () => {
  const { path, remove } = temporaryDirectory();
  const file = join(path, 'new.db');
  putNewStore(file);
  const from = connect(file);
  try {
    from.execute(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
       INSERT INTO transactions (transaction_id, out_trade_no) SELECT 't' || i, 'o' || i FROM n`,
    );
    const copy = COPIED_TABLES.find(({ table }) => table === 'transactions');
    if (copy === undefined) throw new Error('transactions are not copied');
    let [begun, underWay, most] = [0, 0, 0];
    const change = async (): Promise<number> => {
      begun += 1;
      const isCut = begun === 2;
      underWay += 1;
      most = Math.max(most, underWay);
      await setImmediate();
      if (!isCut) await setImmediate();
      underWay -= 1;
      if (isCut) throw new StoreError('unavailable', 'cut');
      return 1;
    };
    await expect(copyTable(from, { change }, copy)).rejects.toThrow('cut');
    expect({ most, underWay }).toEqual({ most: INSERTS_AT_ONCE, underWay: 0 });
  } finally {
    from.close();
    remove();
  }
});

describeWithMysql('moving a shop to MySQL', () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysqlServer();
  });
  afterAll(() => server.stop());

  const copy = (dataDir: string, database: string, ...more: string[]) =>
    runDataVerb(
      ['copy', '--to', server.url(database), '--lang', 'en', ...(more.length > 0 ? more : ['--yes'])],
      {
        environment: { DATA_DIR: dataDir },
        now: () => START,
        confirm: () => Promise.resolve(false),
      },
    );
  const open = (database: string) => openMysqlStore({ url: server.url(database), poolSize: 2 });
  const refused = (message: RegExp): { readonly code: number; readonly output: unknown } => ({
    code: 1,
    output: expect.stringMatching(message),
  });

  test('interrupted at each stage and repeated, it has every row of every table once', () =>
    inFolder(async (dataDir) => {
      await fill(dataDir);
      const file = join(dataDir, 'inbox.db');
      await server.admin('CREATE DATABASE shop', 'CREATE DATABASE elsewhere', 'CREATE DATABASE mine');
      expect(await copy(dataDir, 'shop', '--json')).toMatchObject({ code: 1 });

      // While a server has the folder, nothing is copied.
      const serving = openData(dataDir, 'here', START);
      expect(await copy(dataDir, 'shop')).toMatchObject(refused(/another server uses this data folder/));
      serving.close();

      // Broken off in the middle: the target is not served, the source is, and hears of more.
      await (await open('shop')).close();
      await server.admin(
        'USE shop',
        `CREATE TRIGGER cut BEFORE INSERT ON audit FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'cut'`,
      );
      expect(await copy(dataDir, 'shop')).toMatchObject({ code: 1 });
      await expect(open('shop')).rejects.toThrow(/unfinished copy/);
      const again = openData(dataDir, 'here', START);
      await again.store.inbox.record(message(9));
      await again.store.inbox.claim({ ...claimAt(START), keys: [EMOJI.key] });
      const before = await told(again.store);
      again.close();

      // Broken off between the last two steps: neither is served, and only this target finishes it.
      await server.admin(
        'DROP TRIGGER cut',
        `CREATE TRIGGER cut BEFORE UPDATE ON copied_from FOR EACH ROW
         IF NEW.finished_at IS NOT NULL THEN SIGNAL SQLSTATE '45000'; END IF`,
      );
      expect(await copy(dataDir, 'shop')).toMatchObject({ code: 1 });
      await expect(open('shop')).rejects.toThrow(/unfinished copy/);
      expect(() => openData(dataDir, 'here', START)).toThrow(MovedError);
      expect(await copy(dataDir, 'elsewhere')).toMatchObject(refused(/was moved to mysql:/));
      await server.admin('USE shop', 'DROP TRIGGER cut');
      const { output, code } = await copy(dataDir, 'shop');
      expect(output).toMatch(/orders pending +4 +4 +9007199254741303 +9007199254741303 +fen\n/);
      expect(output).toMatch(/bills +2 +2 +30 +30 +bytes\n/);
      expect(output).toMatch(/changed on disk and not copied: 1900000208/);
      expect(output).not.toMatch(/DIFFERS|root/);
      expect(code).toBe(0);

      // The source says where its data is, and copying it once more changes nothing.
      const start = () => openData(dataDir, 'here', START);
      expect(start).toThrow(/moved to mysql:\/\/.*\/shop on 2026-03-01 12:00 .*set DATABASE_URL/);
      expect(await copy(dataDir, 'shop')).toMatchObject(refused(/was moved to/));

      const store = await open('shop');
      try {
        const claimed: unknown = expect.objectContaining({ key: EMOJI.key, state: 'pending', lease: null });
        expect(await store.inbox.find(EMOJI.key)).toEqual(claimed);
        expect(await told(store)).toEqual({
          ...before,
          messages: [claimed, expect.objectContaining({ key: message(2).key, state: 'dead' })],
        });
        expect(await store.inbox.find(message(9).key)).not.toBeNull();
        // What the dead server had claimed is free at once, and claimed by one.
        const claim = { ...claimAt(START), keys: [EMOJI.key] };
        expect((await store.inbox.claim(claim)).map(({ content }) => content)).toEqual([EMOJI.content]);
        await store.inbox.settle(claim.token, START, [settlement(EMOJI, { kind: 'return' })]);
        const bill = await mysqlArchive(store.database).read(
          await openDiskArchive(join(dataDir, 'statements')).keep(MERCHANT, day(), BILL),
        );
        const pieces: Uint8Array[] = [];
        for await (const piece of bill) pieces.push(piece);
        expect(Buffer.concat(pieces)).toEqual(BILL);
      } finally {
        await store.close();
      }
      await everyValueIs(file);
    }));

  /** Compares all values of both sides, without the plan of the copy. */
  async function everyValueIs(file: string): Promise<void> {
    const ofSource = tablesIn(file);
    const store = await open('shop');
    const empty: string[] = [];
    try {
      const tables = (await store.database.rows('SHOW TABLES')).map(([name]) => String(name));
      expect(tables.filter((name) => !OWN.has(name)).sort()).toEqual(
        COPIED_TABLES.map(({ table }) => table).sort(),
      );
      for (const table of tables.filter((name) => !OWN.has(name))) {
        const columns = (await store.database.rows(`SHOW COLUMNS FROM ${table}`)).map(([name]) =>
          String(name),
        );
        for (const column of columns) {
          const [found] = await store.database.rows(`SELECT COUNT(${column}) FROM ${table}`);
          if (found?.[0] === 0) empty.push(`${table}.${column}`);
        }
        const payload = table === 'inbox' ? (ofSource.get('inbox_payload') ?? []) : [];
        const both = columns.filter((one) => [...(ofSource.get(table) ?? []), ...payload].includes(one));
        // Leases end, and old orders get a cart column: `told` compares these.
        const changed = new Set(['claim_token', 'lease_until', 'claims', 'cart']);
        const kept = both.filter((one) => !changed.has(one));
        const from = table === 'inbox' ? 'inbox JOIN inbox_payload USING (id)' : table;
        const theirs = await store.database.rows(
          `SELECT ${kept.map((one) => `CAST(${one} AS CHAR)`).join(', ')} FROM ${table}`,
        );
        const ours = rowsIn(
          file,
          `SELECT ${kept.map((one) => `CAST(${one} AS TEXT)`).join(', ')} FROM ${from}`,
        );
        const sorted = (rows: readonly (readonly unknown[])[]) =>
          rows.map((row) => JSON.stringify(row)).sort();
        expect([table, sorted(theirs)]).toEqual([table, sorted(ours)]);
      }
    } finally {
      await store.close();
    }
    // What is empty here is not proved to be copied: fill it above when you add a column.
    expect(empty).toEqual(['identity.backup_at']);
  }

  test('a target that holds anything else is refused and stays as it was', () =>
    inFolder(async (folder) => {
      const dataDir = join(folder, 'data');
      mkdirSync(dataDir);
      openData(dataDir, 'here', START).close();
      const original = readFileSync(join(dataDir, 'low-water.json'), 'utf8');
      await server.admin('CREATE DATABASE foreign_one', 'CREATE TABLE foreign_one.orders (id INT)');
      expect(await copy(dataDir, 'foreign_one')).toMatchObject(refused(/tables of another program/));
      expect(await server.admin('SHOW TABLES FROM foreign_one')).toEqual([['orders']]);

      await server.admin('CREATE DATABASE served');
      const served = await openMysqlStore({ url: server.url('served'), poolSize: 2, money: 'simulated' });
      await served.orders.create(order(1));
      expect(await copy(dataDir, 'served')).toMatchObject(refused(/is not empty: it has rows in/));
      expect(await served.orders.find([tradeNo(1)])).toHaveLength(1);
      await served.close();
      await (await open('served')).close();

      await server.admin('CREATE DATABASE others');
      await (await open('others')).close();
      await server.admin('USE others', `INSERT INTO copied_from VALUES (1, 'another shop', 'r', 1, NULL)`);
      expect(await copy(dataDir, 'others')).toMatchObject(refused(/unfinished copy of another shop/));
      await server.admin('UPDATE copied_from SET finished_at = 2');
      expect(await copy(dataDir, 'others')).toMatchObject(refused(/holds a shop/));

      // None of these attempts changed the source: it is still served, with its kind of money.
      openData(dataDir, 'here', START).close();
      expect(readFileSync(join(dataDir, 'low-water.json'), 'utf8')).toBe(original);
      await server.admin('CREATE DATABASE mode');
      expect(await copy(dataDir, 'mode')).toMatchObject({ code: 0 });
      await expect(openMysqlStore({ url: server.url('mode'), money: 'real' })).rejects.toThrow(
        /holds simulated money/,
      );
    }));

  test('a difference between the sides releases nothing and marks nothing', () =>
    inFolder(async (dataDir) => {
      await fill(dataDir);
      await server.admin('CREATE DATABASE cut');
      await (await open('cut')).close();
      await server.admin(
        'USE cut',
        `CREATE TRIGGER cut BEFORE INSERT ON orders FOR EACH ROW SET NEW.total = NEW.total + 1`,
      );
      const { output, code } = await copy(dataDir, 'cut');
      expect(output).toMatch(/orders paid +1 +1 +101 +102 +fen +DIFFERS/);
      expect(output).toMatch(/differs and was not released/);
      expect(code).toBe(1);
      await expect(open('cut')).rejects.toThrow(/unfinished copy/);
      openData(dataDir, 'here', START).close();
    }));
});
