import { openMysqlStore } from '../../../lib/store/mysql/open';
import { isOutTradeNo } from '../../../lib/values/ids';
import { START } from '../../store/builders';
import { describeWithMysql, startMysqlServer } from '../../store/mysql/server';
import type { RealProcess } from '../../torture/real-process';
import { makeOrder, notify, prepareFolder, startProcess, workOff } from '../../torture/real-process';
import { RECEIVER_SECRET, startReceiver } from '../../torture/receiver';
import { letTimePass } from '../../torture/siege';
import { inFolder } from '../running';

const ORDERS = 12;

/** Notifies a server of every order, and adds those it acknowledges. */
async function notifyAll(to: RealProcess, numbers: readonly string[], acked: Set<string>): Promise<void> {
  await Promise.all(
    numbers.map(async (outTradeNo) => {
      const answer = await notify(to.url, outTradeNo).catch(() => ({ errcode: null }));
      if (answer['errcode'] === 0) acked.add(outTradeNo);
    }),
  );
}

describeWithMysql('two processes on one MariaDB', () => {
  test(
    'one killed under load and the database cut off: every acked notification is applied and fulfilled once',
    () =>
      inFolder(async (folder) => {
        const database = await startMysqlServer({ durable: true });
        const receiver = await startReceiver();
        const running: RealProcess[] = [];
        try {
          await database.admin('CREATE DATABASE shop');
          prepareFolder(folder, { fulfilment: { webhook: { url: receiver.url } } });
          const start = async (): Promise<RealProcess> => {
            const one = await startProcess(folder, {
              env: { DATABASE_URL: database.url('shop'), FULFILMENT_WEBHOOK_SECRET: RECEIVER_SECRET },
            });
            running.push(one);
            return one;
          };
          const first = await start();
          const second = await start();
          const numbers: string[] = [];
          for (let n = 0; n < ORDERS; n += 1)
            numbers.push(await makeOrder(first.url, `request-of-kill-${n}`));
          const acked = new Set<string>();
          const loads = [notifyAll(first, numbers, acked), notifyAll(second, numbers, acked)];
          await Promise.race(loads);
          second.child.kill('SIGKILL');
          await Promise.all(loads);
          await Promise.all([notifyAll(first, numbers, acked), database.crashAndStart()]);
          const third = await start();
          // What was refused meanwhile, WeChat Pay delivers again.
          for (let round = 0; round < 20 && acked.size < ORDERS; round += 1)
            await notifyAll(third, numbers, acked);
          const store = await openMysqlStore({ url: database.url('shop') });
          try {
            const stored = () => store.orders.find(numbers.filter(isOutTradeNo));
            let found = await stored();
            // The first server works too: what it has in hand is looked at again in the next round.
            for (let round = 0; round < 20; round += 1) {
              await letTimePass(database, 'shop');
              await workOff(third.url);
              found = await stored();
              if (found.every(({ fulfilment }) => fulfilment.state === 'done')) break;
            }
            expect(acked.size).toBe(ORDERS);
            expect(found.map(({ fulfilment }) => fulfilment.state)).toEqual(numbers.map(() => 'done'));
            for (const event of ['paid', 'fulfilled']) {
              const lines = found.map(({ history }) => history.filter((one) => one.event === event).length);
              expect({ event, lines }).toEqual({ event, lines: numbers.map(() => 1) });
            }
            const keys = numbers.map((one) => receiver.delivered.get(one)?.keys.size);
            expect(keys).toEqual(numbers.map(() => 1));
            expect(await store.inbox.backlog(START)).toMatchObject({ pending: 0, dead: 0 });
          } finally {
            await store.close();
          }
        } finally {
          for (const one of running) one.child.kill('SIGKILL');
          await receiver.close();
          await database.stop();
        }
      }),
    180_000,
  );
});
