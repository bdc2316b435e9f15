import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:net';
import { readConfig } from '../../../lib/config/config';
import { orderOfDiscrepancy } from '../../../lib/model/discrepancy';
import { dayOf, daysLater, startOf } from '../../../lib/values/day';
import { isOutTradeNo } from '../../../lib/values/ids';
import { instant, later } from '../../../lib/values/instant';
import { startServer } from '../../../server/start';
import { rememberedLog } from '../../inbox/stage';
import type { MysqlProxy } from '../../store/mysql/proxy';
import { startMysqlProxy } from '../../store/mysql/proxy';
import type { MysqlServer } from '../../store/mysql/server';
import { describeWithMariadb, startMysqlServer } from '../../store/mysql/server';
import { RECEIVER_SECRET, startReceiver } from '../../torture/receiver';
import type { Running } from '../running';
import { inFolder, LOGIN_SECRET, talkTo } from '../running';

const MINUTE = 60_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('there is no port');
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return address.port;
}

/** The columns of the only row of an administrator's answer. */
function onlyRow(answer: unknown): readonly unknown[] {
  const rows: readonly unknown[] = Array.isArray(answer) ? answer : [];
  const [row] = rows;
  return Array.isArray(row) ? row : [];
}

/** A primary, and a replica that follows it over the network. */
async function startPair(): Promise<{
  readonly primary: MysqlServer;
  readonly replica: MysqlServer;
  /** Resolves once the replica has all that the primary has committed. */
  readonly isLevel: () => Promise<void>;
}> {
  const port = await freePort();
  const primary = await startMysqlServer({
    args: [
      '--skip-networking=0',
      '--bind-address=127.0.0.1',
      `--port=${String(port)}`,
      '--log-bin=binlog',
      '--binlog-format=ROW',
      '--server-id=1',
    ],
  });
  const replica = await startMysqlServer({ args: ['--server-id=2', '--relay-log=relay'] });
  await replica.admin(
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${String(port)}, MASTER_USER = 'root',
       MASTER_LOG_FILE = 'binlog.000001', MASTER_LOG_POS = 4`,
    'START SLAVE',
  );
  const isLevel = async (): Promise<void> => {
    const [file, position] = onlyRow(await primary.admin('SHOW MASTER STATUS'));
    const waited = await replica.admin(`SELECT MASTER_POS_WAIT('${String(file)}', ${String(position)}, 30)`);
    expect(Number(onlyRow(waited)[0] ?? -1)).toBeGreaterThanOrEqual(0);
  };
  return { primary, replica, isLevel };
}

describeWithMariadb('a server whose database fails over to a replica that was behind', () => {
  let pair: Awaited<ReturnType<typeof startPair>>;
  let proxy: MysqlProxy;

  beforeAll(async () => {
    pair = await startPair();
    await pair.primary.admin('CREATE DATABASE shop');
    // Its socket is where the replica is, since the primary's folder goes with the primary.
    proxy = await startMysqlProxy(pair.replica);
    proxy.leadTo(pair.primary);
  });
  afterAll(async () => {
    await proxy.close();
    await pair.primary.stop();
    await pair.replica.stop();
  });

  /** Until the server is ready again, without a restart. */
  const ready = async (server: Running): Promise<void> => {
    for (let looks = 0; looks < 120; looks += 1) {
      if ((await server.send('GET', '/healthz')).status === 200) return;
      await sleep(500);
    }
    throw new Error('the server did not become ready again');
  };

  test(
    'goes on, finds an acknowledged payment that is gone by its query, delivers it under the same key, and names an order that is gone',
    () =>
      inFolder(async (dataDir) => {
        const receiver = await startReceiver();
        let ahead = 0;
        const clock = { now: () => later(instant(Date.now()), ahead) };
        const running = await startServer({
          config: readConfig({
            merchants: [{ subMchId: '1900000109' }],
            simulator: { speed: 10_000 },
            fulfilment: { webhook: { url: receiver.url } },
            log: { level: 'silent' },
          }),
          settings: {
            host: '127.0.0.1',
            port: 0,
            dataDir,
            databaseUrl: proxy.url('shop'),
            opsToken: null,
            readToken: null,
          },
          log: rememberedLog(),
          env: { LOGIN_SECRET, FULFILMENT_WEBHOOK_SECRET: RECEIVER_SECRET },
          clock,
        });
        try {
          const server = talkTo(running, false);
          const { store } = running.system;
          const pay = async (outTradeNo: string): Promise<void> => {
            expect((await server.send('POST', '/simulator/pay', { outTradeNo })).status).toBe(200);
            await server.settled();
          };
          const states = async (...numbers: readonly string[]) => {
            const found = await store.orders.find(numbers.filter(isOutTradeNo));
            return found.map(({ payment, fulfilment }) => [payment.state, fulfilment.state]);
          };
          const [kept, paidMeanwhile] = [await server.order('request-1'), await server.order('request-2')];
          await pay(kept);
          await pair.isLevel();
          await pair.replica.admin('STOP SLAVE');

          // All this the replica never gets.
          await pay(paidMeanwhile);
          const madeMeanwhile = await server.order('request-3');
          await pay(madeMeanwhile);
          const all = [kept, paidMeanwhile, madeMeanwhile];
          expect(await states(...all)).toEqual(all.map(() => ['paid', 'done']));

          await pair.primary.stop();
          expect((await server.send('GET', '/livez')).status).toBe(200);
          await pair.replica.admin('RESET SLAVE ALL');
          proxy.leadTo(pair.replica);
          await ready(server);
          expect(await states(kept)).toEqual([['paid', 'done']]);
          expect(await states(paidMeanwhile)).toEqual([['pending', 'none']]);
          expect(await states(madeMeanwhile)).toEqual([]);

          // WeChat Pay repeats nothing that was acknowledged: the query finds the payment.
          ahead += 30 * MINUTE;
          for (const worker of ['reconcileOrders', 'processInbox', 'fulfillOrders'])
            expect((await server.send('POST', `/workers/${worker}`)).status).toBe(200);
          await server.settled();
          expect(await states(paidMeanwhile)).toEqual([['paid', 'done']]);
          const delivered = receiver.delivered.get(paidMeanwhile);
          expect([delivered?.keys.size, delivered?.calls]).toEqual([1, 2]);
          expect(receiver.delivered.get(kept)?.calls).toBe(1);

          // The order that nobody knows any more is in the bill of the day.
          const day = dayOf(clock.now());
          ahead += startOf(daysLater(day, 1)) + 11 * 60 * MINUTE - clock.now();
          const run = await server.send('POST', '/workers/reconcileStatement');
          expect(run.body).toMatchObject({ ok: true });
          const { items } = await store.discrepancies.listUnresolved({ after: null, limit: 10 });
          expect(items.map((one) => [one.class, orderOfDiscrepancy(one)])).toEqual([
            ['missing_order', madeMeanwhile],
          ]);
        } finally {
          await running.stop();
          await receiver.close();
        }
      }),
    180_000,
  );
});
