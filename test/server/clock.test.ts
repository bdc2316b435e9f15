import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from '../../lib/values/json';
import { aftermath } from '../torture/kill-rounds';
import type { RealProcess } from '../torture/real-process';
import { makeOrder, notify, post, prepareFolder, startProcess } from '../torture/real-process';
import { inFolder } from './running';

/*
 * The real process while somebody sets the machine's clock. No test runs a worker here: the process
 * must continue by itself, so that a timer or wait that sleeps until the clock has caught up shows.
 */

const MINUTE = 60_000;
const DAY = 86_400_000;
const STEPS: readonly (readonly [name: string, ms: number])[] = [
  ['ten minutes forward', 10 * MINUTE],
  ['ten minutes back', -10 * MINUTE],
  ['a day forward', DAY],
  ['a day back', -DAY],
];

/** Orders per step, half of them notified of before it. */
const ORDERS = 12;

/** The time of a whole case, in ms. */
const PATIENCE = 180_000;

const EVERY_SECOND = '* * * * * * *';

/** Short leases and fast timers, so that whatever waits longer does so because of the clock. */
const SETTINGS = {
  inbox: {
    leaseSeconds: 20,
    backoff: { firstSeconds: 1, maxSeconds: 2 },
    attempts: 100,
    missingOrderMinutes: 2_880,
  },
  fulfilment: { timeoutSeconds: 1 },
  timers: {
    processInbox: EVERY_SECOND,
    fulfillOrders: EVERY_SECOND,
    reconcileOrders: EVERY_SECOND,
    watchdog: EVERY_SECOND,
  },
};

/** Looks until it is so, or until nobody has patience any more. */
async function until(what: string, isSo: () => Promise<boolean>, patienceMs = 40_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    if (await isSo()) return;
    await sleep(100);
  }
  throw new Error(`${what} did not come about`);
}

/**
 * An order in the operator API: its payment, its fulfilment, and how often its message was claimed.
 */
async function standing({ url }: RealProcess, outTradeNo: string): Promise<string> {
  const { order } = await post(`${url}/ops/api/show_order`, { outTradeNo });
  if (!isRecord(order)) return 'none';
  const { payment, fulfilment } = order;
  return `${String(isRecord(payment) && payment['state'])} ${String(isRecord(fulfilment) && fulfilment['state'])}`;
}

async function isDelivered(server: RealProcess, numbers: readonly string[]): Promise<boolean> {
  const all = await Promise.all(numbers.map((number) => standing(server, number)));
  return all.every((one) => one === 'paid done');
}

/** How often the message about an order that is not here was taken. */
async function turnsOf({ url }: RealProcess, outTradeNo: string): Promise<number> {
  const key = `payment:${outTradeNo}:${transactionOf(outTradeNo)}`;
  const { message } = await post(`${url}/ops/api/show_message`, { key });
  return isRecord(message) && Array.isArray(message['history']) ? message['history'].length : 0;
}

/** As `notify` makes it. */
function transactionOf(outTradeNo: string): string {
  return `4200${Buffer.from(outTradeNo).toString('hex').slice(-28)}`;
}

/** As WeChat Pay does: again, until it is acked. */
async function notifyAll({ url }: RealProcess, numbers: readonly string[]): Promise<void> {
  await Promise.all(
    numbers.map((number) =>
      until(`an ack of ${number}`, async () => (await notify(url, number))['errcode'] === 0),
    ),
  );
}

async function ordersOf({ url }: RealProcess, name: string): Promise<readonly string[]> {
  const numbers: string[] = [];
  for (let n = 0; n < ORDERS; n += 1)
    numbers.push(await makeOrder(url, `request-${name.replaceAll(' ', '-')}-${n}`));
  return numbers;
}

test(
  'a process whose clock is set forward and back, by minutes and by a day, fulfils what it is notified of at once, and once, and leaves nothing waiting',
  () =>
    inFolder(async (folder) => {
      prepareFolder(folder, SETTINGS);
      const acked: string[] = [];
      const waiting: string[] = [];
      const server = await startProcess(folder, { clockOffMs: 0 });
      let offMs = 0;
      try {
        for (const [name, ms] of STEPS) {
          const numbers = await ordersOf(server, name);
          const ghost = `no-such-order-${waiting.length}`;
          await notifyAll(server, [ghost]);
          waiting.push(ghost);
          await until(`taking ${ghost}`, async () => (await turnsOf(server, ghost)) > 0);

          const before = numbers.slice(0, ORDERS / 2);
          const told = notifyAll(server, before);
          offMs += ms;
          await Promise.all([told, server.setClock(offMs)]);
          await notifyAll(server, [...numbers, ...before]);
          acked.push(...numbers);
          await until(`delivery after ${name}`, () => isDelivered(server, numbers));
          // What was put off by the clock as it was is taken again by the clock as it is.
          const taken = await Promise.all(waiting.map((one) => turnsOf(server, one)));
          await until(`taking again after ${name}`, async () => {
            const now = await Promise.all(waiting.map((one) => turnsOf(server, one)));
            return now.every((attempts, n) => attempts > (taken[n] ?? 0));
          });
        }
      } finally {
        await server.end('SIGKILL');
      }
      expect(await aftermath(folder, acked)).toEqual({
        acked: STEPS.length * ORDERS,
        missing: [],
        wrong: [],
        pending: waiting.length,
        dead: 0,
        integrity: '[{"integrity_check":"ok"}]',
      });
    }),
  PATIENCE,
);

test(
  'a process that is killed while its clock is a day ahead leaves nothing that waits a day for the next one',
  () =>
    inFolder(async (folder) => {
      prepareFolder(folder, SETTINGS);
      const ahead = await startProcess(folder, { clockOffMs: DAY });
      let numbers: readonly string[] = [];
      try {
        numbers = await ordersOf(ahead, 'ahead');
        await notifyAll(ahead, numbers.slice(0, -1));
      } finally {
        await ahead.end('SIGKILL');
      }

      const right = await startProcess(folder, { clockOffMs: 0 });
      try {
        await notifyAll(right, numbers.slice(-1));
        await until('delivery after the restart', () => isDelivered(right, numbers));
      } finally {
        await right.end('SIGKILL');
      }
      expect(await aftermath(folder, numbers)).toMatchObject({ missing: [], wrong: [], pending: 0, dead: 0 });
    }),
  PATIENCE,
);
