import { readConfig } from '../../lib/config/config';
import type { Ports } from '../../lib/hosting/ports';
import { later } from '../../lib/values/instant';
import { fulfillOrders } from '../../workers/fulfillOrders/worker';
import { processInbox } from '../../workers/processInbox/worker';
import { MERCHANT, message, order, START, tradeNo } from '../store/builders';
import { inShop } from '../whole/shop';
import { PLENTY } from './stage';

/** As many batches of one message as make a backlog. */
const MANY = 5;

it.each(['timer', 'by_hand', 'helper', 'database'] as const)(
  'of a run started by %s, only the timer’s starts helpers, so that none starts others without end',
  (start) =>
    inShop(async (shop) => {
      const { store } = shop.ports;
      for (let n = 0; n < 2 * MANY; n += 1) {
        await store.orders.create(order(n));
        await store.inbox.record(message(n));
      }
      const ports: Ports = {
        ...shop.ports,
        clock: { now: () => later(START, 60_000) },
        config: readConfig({
          merchants: [{ subMchId: MERCHANT }],
          inbox: { batch: 1 },
          fulfilment: { concurrency: 1 },
        }),
      };
      const helped: string[] = [];
      const process = processInbox(ports, { lanes: 1, startHelpers: () => helped.push('processInbox') });
      expect(await process(PLENTY, start)).toMatchObject({ applied: 2 * MANY });
      const merchant = { fulfil: async () => undefined };
      const fulfil = fulfillOrders(ports, merchant, () => helped.push('fulfillOrders'));
      expect(await fulfil(PLENTY, start)).toMatchObject({ done: 2 * MANY });
      expect(helped).toEqual(start === 'timer' ? ['processInbox', 'fulfillOrders'] : []);
    }),
);

it('a run starts its helpers once, however often it finds a backlog', () =>
  inShop(async (shop) => {
    const { store } = shop.ports;
    const ports: Ports = {
      ...shop.ports,
      clock: { now: () => later(START, 60_000) },
      // Only the wait before a look ends.
      timers: { after: (ms, then) => (ms === 2_000 ? void setImmediate(then) : undefined, () => undefined) },
      config: readConfig({ merchants: [{ subMchId: MERCHANT }], inbox: { batch: 1 } }),
    };
    const hear = async (first: number): Promise<void> => {
      for (let n = first; n < first + MANY; n += 1) {
        await store.orders.create(order(n));
        await store.inbox.record(message(n));
      }
    };
    const isPaid = async (n: number): Promise<boolean> =>
      (await store.orders.find([tradeNo(n)]))[0]?.payment.state === 'paid';
    let fulfilled = 0;
    let helped = 0;
    const run = processInbox(ports, {
      lanes: 1,
      startHelpers: () => (helped += 1),
      merchant: {
        fulfil: async () => {
          fulfilled += 1;
          if (fulfilled > 1) return undefined;
          // While this hook works, a second backlog comes, and the looks of the same run clear it.
          await hear(1 + MANY);
          for (let turn = 0; turn < 1_000 && !(await isPaid(2 * MANY)); turn += 1) {
            await new Promise(setImmediate);
          }
          return undefined;
        },
      },
    });
    await hear(1);
    expect(await run(PLENTY, 'timer')).toMatchObject({ applied: 2 * MANY, fulfilled: 2 * MANY });
    expect(helped).toBe(1);
  }));
