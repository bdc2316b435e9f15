import { readConfig } from '../../lib/config/config';
import { noted } from '../../lib/hosting/noted-runs';
import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { followRefundsInCloud } from '../../workers/followRefunds/worker';
import { fulfillOrdersInCloud } from '../../workers/fulfillOrders/worker';
import { processInboxInCloud } from '../../workers/processInbox/worker';
import { reconcileOrdersInCloud } from '../../workers/reconcileOrders/worker';
import { reconcileStatementInCloud } from '../../workers/reconcileStatement/worker';
import { retainInCloud } from '../../workers/retain/worker';
import { watchdogInCloud } from '../../workers/watchdog/worker';
import { PLENTY } from '../inbox/stage';
import { MERCHANT, message, order, START } from '../store/builders';
import { onCloudBase, requestsOf } from '../store/cloudbase/harness';
import { inShop } from '../whole/shop';

/*
 * What an idle shop pays for: the requests of a run without work. `npm run bench -- idle` makes
 * calls a month of them.
 */

const MINUTE = 60_000;
const merchant = { fulfil: async () => undefined };

/** The ports of a shop on CloudBase, in which each worker runs as its function starts it. */
function idle(
  run: (shop: {
    ports: Ports;
    advance: (ms: number) => void;
    cost: (worker: WorkerHandler) => Promise<number>;
  }) => Promise<void>,
) {
  return onCloudBase(async (harness) =>
    inShop(async ({ ports }) => {
      const closed = { state: 'closed', at: START, evidence: message(0).key } as const;
      await harness.store.orders.create(order(0, { payment: closed }));
      await run({
        ports: {
          ...ports,
          store: harness.store,
          clock: { now: harness.now },
          config: readConfig({ merchants: [{ subMchId: MERCHANT }] }),
        },
        advance: harness.advance,
        cost: (worker) => requestsOf(harness, () => worker(PLENTY, 'timer')),
      });
    }),
  );
}

describe('in an idle shop on CloudBase', () => {
  it(
    'a run of a worker asks once whether there is anything to do',
    idle(async ({ ports, cost }) => {
      for (const worker of [
        processInboxInCloud(ports, { merchant }),
        fulfillOrdersInCloud(ports, merchant),
        followRefundsInCloud(ports),
        reconcileOrdersInCloud(ports),
      ])
        expect([await cost(worker), await cost(worker)]).toEqual([1, 1]);
    }),
  );

  it(
    'a run of reconcileStatement reads no pauses before it knows of work',
    idle(async ({ ports, advance, cost }) => {
      const worker = reconcileStatementInCloud(ports);
      // It opens what is missing, and works on it; the next one finds that there is no more.
      await worker(PLENTY, 'timer');
      await worker(PLENTY, 'timer');
      expect(await cost(worker)).toBe(1);
      advance(60 * MINUTE);
      expect(await cost(worker)).toBeGreaterThan(1);
    }),
  );

  it(
    'retention rests for the night once nothing old is left',
    idle(async ({ ports, advance, cost }) => {
      const worker = retainInCloud(ports);
      expect(await cost(worker)).toBeGreaterThan(4);
      advance(10 * MINUTE);
      expect(await cost(worker)).toBe(0);
      advance(20 * 60 * MINUTE);
      expect(await cost(worker)).toBeGreaterThan(4);
    }),
  );

  it(
    'a run that is noted over an earlier note costs one request',
    idle(async ({ ports, advance, cost }) => {
      const worker = noted(ports, 'retain', async () => ({}));
      expect(await cost(worker)).toBe(3);
      advance(60 * MINUTE);
      expect(await cost(worker)).toBe(1);
      advance(60 * MINUTE);
      expect(await cost(worker)).toBe(1);
    }),
  );

  it(
    'the watchdog looks once for messages, late orders and payments, and at what stands',
    idle(async ({ ports, advance, cost }) => {
      const worker = watchdogInCloud(ports, []);
      // The first look of a process sees everything, and what a clock ahead deferred.
      expect(await cost(worker)).toBeGreaterThan(20);
      advance(5 * MINUTE);
      expect(await cost(worker)).toBe(5);
      advance(5 * MINUTE);
      // Only orders can wait for a query that a clock ahead has deferred.
      expect(await cost(worker)).toBe(6);
    }),
  );

  it(
    'the watchdog goes on to look at what is not quiet',
    idle(async ({ ports, advance, cost }) => {
      const worker = watchdogInCloud(ports, []);
      await ports.store.orders.create(order(1));
      await worker(PLENTY, 'timer');
      advance(5 * MINUTE);
      // The states of orders, since one waits.
      expect(await cost(worker)).toBe(10);
      await ports.store.inbox.record(message(1));
      advance(5 * MINUTE);
      // How many there are, which had a callback, and how long they took.
      expect(await cost(worker)).toBeGreaterThan(12);
    }),
  );
});
