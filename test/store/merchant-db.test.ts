import { join } from 'node:path';
import Libsql from 'libsql';
import { renameSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { checkedPrice } from '../../lib/orders/checked-price';
import { cloudBaseMerchantDb } from '../../lib/store/cloudbase/merchant-db';
import type { MerchantDb } from '../../lib/store/merchant-db';
import { collection } from '../../lib/store/merchant-db';
import { mysqlMerchantDb } from '../../lib/store/mysql/merchant-db';
import { sqliteMerchantDb } from '../../lib/store/sqlite/merchant-db';
import { fen } from '../../lib/values/fen';
import { merchantPrice } from '../../lib/hosting/merchant/price';
import { rememberedLog } from '../inbox/stage';
import { MERCHANT, order, tradeNo } from './builders';
import { openCloudBaseHarness } from './cloudbase/harness';
import type { MysqlServer } from './mysql/server';
import { describeWithMysql, startMysqlServer } from './mysql/server';
import { temporaryDirectory } from './sqlite/harness';

jest.mock('../shop/price', () => ({ price: (...given: Parameters<typeof priced>) => priced(...given) }));

const Goods = z.object({
  _id: z.string(),
  price: z.int(),
  onSale: z.boolean(),
  tags: z.array(z.string()),
});
const goods = collection('goods', (fields) => Goods.parse(fields));
const TEA = { _id: 'tea', price: 5800, onSale: true, tags: ['green', '绿茶'] };
const CUP = { _id: 'cup', price: 3200, onSale: false, tags: [] };
const CAKE = { _id: 'cake', price: 990, onSale: true, tags: [] };
const GOODS = [TEA, CUP, CAKE];

/** `merchant/price.ts` of these cases. */
async function priced(cart: unknown, _payer: string, db: MerchantDb) {
  const [article] = await db.find(goods, [String(cart)]);
  return { total: fen(article?.price ?? 0), body: 'tea' };
}

/** Makes the goods as a merchant would on a server. */
function writeGoods(file: string, rows = GOODS): void {
  const database = new Libsql(file);
  database.exec('CREATE TABLE goods (_id TEXT PRIMARY KEY, price INTEGER, onSale BOOLEAN, tags JSON)');
  const insert = database.prepare('INSERT INTO goods VALUES (?, ?, ?, ?)');
  for (const { _id, price, onSale, tags } of rows)
    insert.run(_id, price, Number(onSale), JSON.stringify(tags));
  database.exec("CREATE TABLE broken AS SELECT _id, 'dear' AS price FROM goods");
  database.close();
}

type Run = (db: MerchantDb) => Promise<void>;

async function onSqlite(run: Run): Promise<void> {
  const { path, remove } = temporaryDirectory();
  const file = join(path, 'merchant.db');
  writeGoods(file);
  const db = sqliteMerchantDb(file);
  try {
    await run(db);
  } finally {
    db.close();
    remove();
  }
}

async function onCloudBase(run: Run): Promise<void> {
  const harness = await openCloudBaseHarness();
  try {
    for (const name of ['goods', 'broken']) harness.gateway.database.createCollection(name);
    const added = harness.newCloud().database();
    for (const data of GOODS) await added.collection('goods').add({ data });
    for (const { _id } of GOODS) await added.collection('broken').add({ data: { _id, price: 'dear' } });
    await run(cloudBaseMerchantDb(harness.newCloud()));
  } finally {
    await harness.close();
  }
}

describe('the look-ups of a merchant on SQLite', () => lookUps(onSqlite));
describe('the look-ups of a merchant on CloudBase', () => lookUps(onCloudBase));
describeWithMysql('the look-ups of a merchant on MySQL', () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysqlServer();
    await server.admin(
      'CREATE DATABASE merchant CHARACTER SET utf8mb4',
      'USE merchant',
      `CREATE TABLE goods (_id VARCHAR(32) PRIMARY KEY, price INT, onSale BOOLEAN, tags JSON,
         weight DECIMAL(6, 2), since DATETIME)`,
      ...GOODS.map(
        ({ _id, price, onSale, tags }) =>
          `INSERT INTO goods VALUES ('${_id}', ${price}, ${onSale}, '${JSON.stringify(tags)}', 0.25, '2026-03-01 08:00:00')`,
      ),
      `CREATE TABLE broken SELECT _id, 'dear' AS price FROM goods`,
    );
  });
  afterAll(() => server.stop());

  const onMysql = async (run: Run): Promise<void> => {
    const db = mysqlMerchantDb(server.url('merchant'));
    try {
      await run(db);
    } finally {
      await db.close();
    }
  };
  lookUps(onMysql);

  test('read decimals as numbers and times as text, and compare numbers that are not whole', () =>
    onMysql(async (db) => {
      const raw = collection('goods', ({ weight, since }) => ({ weight, since }));
      const all = { weight: 0.25, since: '2026-03-01 08:00:00' };
      expect(await db.query(raw, { weight: 0.25, price: 5800 })).toEqual([all]);
    }));

  test('say which variable is wrong, without the password, and work once the database is there', async () => {
    expect(() => mysqlMerchantDb('mysql://shop:secret@host')).toThrow(
      /merchant.: MERCHANT_DATABASE_URL is not/,
    );
    const later = mysqlMerchantDb(server.url('later'));
    await expect(later.find(goods, ['tea'])).rejects.toThrow(
      /the database in MERCHANT_DATABASE_URL does not exist/,
    );
    await server.admin('CREATE DATABASE later', 'CREATE TABLE later.goods LIKE merchant.goods');
    expect(await later.find(goods, ['tea'])).toEqual([null]);
    await later.close();
  });
});

/** What every adapter promises. */
function lookUps(onDb: (run: Run) => Promise<void>): void {
  test('find documents by id, in the order asked for, and null where there is none', () =>
    onDb(async (db) => {
      expect(await db.find(goods, ['cup', 'nothing', 'tea', 'cup'])).toEqual([CUP, null, TEA, CUP]);
      expect(await db.find(goods, [])).toEqual([]);
    }));

  test('query by fields, in the order of ids, no more than asked for', () =>
    onDb(async (db) => {
      expect(await db.query(goods, {})).toEqual([CAKE, CUP, TEA]);
      expect(await db.query(goods, { onSale: true })).toEqual([CAKE, TEA]);
      expect(await db.query(goods, { onSale: true, price: 5800 })).toEqual([TEA]);
      expect(await db.query(goods, {}, 1)).toEqual([CAKE]);
    }));

  test('say which document is not as expected, and which collection is missing', () =>
    onDb(async (db) => {
      const broken = collection('broken', goods.read);
      await expect(db.find(broken, ['tea'])).rejects.toThrow('"tea" of broken');
      await expect(db.find(broken, ['tea'])).rejects.toMatchObject({ code: 'invalid' });
      const nowhere = collection('nowhere', goods.read);
      await expect(db.find(nowhere, ['tea'])).rejects.toThrow('nowhere');
      await expect(db.find(nowhere, ['tea'])).rejects.toMatchObject({ code: 'misconfigured' });
    }));

  test('refuse names that are none, those of the inbox, and more than 100 documents', () =>
    onDb(async (db) => {
      for (const name of ['wxpay_orders', 'sqlite_schema', 'goods"; --', '']) {
        await expect(db.find(collection(name, goods.read), ['tea'])).rejects.toBeInstanceOf(TypeError);
      }
      await expect(db.query(goods, { 'a" OR 1 --': 1 })).rejects.toBeInstanceOf(TypeError);
      await expect(db.query(goods, {}, 101)).rejects.toBeInstanceOf(TypeError);
      await expect(db.find(goods, new Array<string>(101).fill('tea'))).rejects.toBeInstanceOf(TypeError);
    }));

  test('reach merchant/price.ts', () =>
    onDb(async (merchantDb) => {
      const deps = {
        price: merchantPrice({ merchantDb }),
        log: rememberedLog(),
        merchants: [MERCHANT] as const,
        narrowText: [],
      };
      const outcome = await checkedPrice(deps, tradeNo(1), 'tea', order(1).payer);
      expect(outcome).toEqual({ ok: true, price: { total: 5800, body: 'tea' } });
    }));
}

test('on SQLite a file that is absent is not made, and one that is replaced is read', async () => {
  const { path, remove } = temporaryDirectory();
  const file = join(path, 'merchant.db');
  const db = sqliteMerchantDb(file);
  try {
    await expect(db.find(goods, ['tea'])).rejects.toMatchObject({ code: 'misconfigured' });
    await expect(db.find(goods, ['tea'])).rejects.toMatchObject({ code: 'misconfigured' });
    writeGoods(file, [TEA]);
    expect(await db.query(goods, {})).toEqual([TEA]);
    writeGoods(join(path, 'next.db'), [CUP]);
    renameSync(join(path, 'next.db'), file);
    expect(await db.query(goods, {})).toEqual([CUP]);
    rmSync(file);
    await expect(db.find(goods, ['tea'])).rejects.toMatchObject({ code: 'misconfigured' });
  } finally {
    db.close();
    remove();
  }
});
