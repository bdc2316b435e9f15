import { gzipSync } from 'node:zlib';
import { mysqlArchive } from '../../../lib/archive/mysql/archive';
import { readConfig } from '../../../lib/config/config';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import { dayOf } from '../../../lib/values/day';
import { isOutTradeNo } from '../../../lib/values/ids';
import { checkDatabase, readServerSettings } from '../../../server/settings';
import type { RunningServer } from '../../../server/start';
import { startServer } from '../../../server/start';
import { rememberedLog } from '../../inbox/stage';
import { order, START } from '../../store/builders';
import type { MysqlServer } from '../../store/mysql/server';
import { describeWithMysql, startMysqlServer } from '../../store/mysql/server';
import { cloudRunStory } from '../money/cloud-run-story';
import { inFolder, LOGIN_SECRET, talkTo, testConfig } from '../running';

test('the database comes from DATABASE_URL, and a configuration that expects another is refused', () => {
  const url = 'mysql://shop:secret@db.internal:3306/shop';
  expect(readServerSettings({ DATABASE_URL: url })).toMatchObject({ databaseUrl: url });
  expect(readServerSettings({})).not.toHaveProperty('databaseUrl');
  const merchants = [{ subMchId: '1900000109' }];
  const onMysql = readConfig({ merchants, store: { kind: 'mysql' } });
  expect(() => checkDatabase(onMysql, {}, 'simulated', {})).toThrow(
    /store.kind: was mysql; needs DATABASE_URL/,
  );
  checkDatabase(onMysql, { databaseUrl: url }, 'simulated', {});
  const onSqlite = readConfig({ merchants, store: { kind: 'sqlite' } });
  expect(() => checkDatabase(onSqlite, { databaseUrl: url }, 'simulated', {})).toThrow(/remove DATABASE_URL/);
  const logins = readConfig({ merchants, server: { loginAppId: 'wx5a1b2c3d4e5f6071' } });
  expect(() => checkDatabase(logins, { databaseUrl: url }, 'real', {})).toThrow(/LOGIN_SECRET: was missing/);
  checkDatabase(logins, { databaseUrl: url }, 'real', { LOGIN_SECRET: 'x'.repeat(32) });
});

describeWithMysql('servers on one MariaDB', () => {
  let database: MysqlServer;
  beforeAll(async () => {
    database = await startMysqlServer();
    await database.admin(...['shop', 'files', 'container'].map((name) => `CREATE DATABASE ${name}`));
  });
  afterAll(() => database.stop());

  test('are one shop: orders of either are payable, paid, fulfilled once and seen by both', () =>
    inFolder(async (dataDir) => {
      const start = (): Promise<RunningServer> =>
        startServer({
          config: testConfig(),
          settings: {
            host: '127.0.0.1',
            port: 0,
            dataDir,
            databaseUrl: database.url('shop'),
            opsToken: null,
            readToken: null,
          },
          log: rememberedLog(),
          env: { LOGIN_SECRET },
        });
      const first = await start();
      const second = await start();
      try {
        const [one, other] = [talkTo(first, false), talkTo(second, false)];
        expect([first.system.simulator, second.system.simulator]).toEqual([expect.anything(), null]);
        const numbers = [await one.order('request-of-one'), await other.order('request-of-other')];
        expect(await other.order('request-of-one')).toBe(numbers[0]);
        for (const outTradeNo of numbers) {
          expect((await one.send('POST', '/simulator/pay', { outTradeNo })).status).toBe(200);
          await first.system.simulator?.whenAcked(outTradeNo);
        }
        await Promise.all([first.system.workers.whenIdle(), second.system.workers.whenIdle()]);
        for (const server of [first, second]) {
          const found = await server.system.store.orders.find(numbers.filter(isOutTradeNo));
          expect(found.map(({ fulfilment }) => fulfilment.state)).toEqual(['done', 'done']);
          const fulfilled = found.flatMap(({ history }) =>
            history.filter(({ event }) => event === 'fulfilled'),
          );
          expect(fulfilled).toHaveLength(2);
        }
        expect((await other.send('GET', '/healthz')).status).toBe(200);
      } finally {
        await second.stop();
        await first.stop();
      }
    }));

  test('take real money in a container of Cloud Run: ordered, paid, proved by a query, fulfilled', () =>
    cloudRunStory(database.url('container')));

  test('share the bills, which come back byte for byte, or say that they were changed', async () => {
    const store = await openMysqlStore({ url: database.url('files') });
    try {
      const archive = mysqlArchive(store.database);
      const [merchant, day] = [order(1).subMchId, dayOf(START)];
      const text = Buffer.from('交易时间,微信订单号\n'.repeat(100_000));
      const random = Buffer.from(Array.from({ length: 1_200_000 }, (_, n) => ((n * 7_919) % 251) ^ (n >> 8)));
      for (const bytes of [text, gzipSync(random), Buffer.alloc(0)]) {
        const file = await archive.keep(merchant, day, bytes);
        expect(await archive.keep(merchant, day, bytes)).toEqual(file);
        const pieces: Uint8Array[] = [];
        for await (const piece of await archive.read(file)) pieces.push(piece);
        expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      }
      const file = await archive.keep(merchant, day, text);
      await store.database.change(
        `UPDATE statement_pieces SET piece = 'AAAA' WHERE location = ?`,
        file.location,
      );
      const read = async (): Promise<void> => {
        for await (const piece of await archive.read(file)) void piece;
      };
      await expect(read()).rejects.toMatchObject({ code: 'not_found' });
      await archive.forget(merchant, day, file);
      await expect(read()).rejects.toThrow(/is missing from the archive/);
    } finally {
      await store.close();
    }
  });
});
