import { performance } from 'node:perf_hooks';
import { readConfig } from '../../lib/config/config';
import { timesOfDay } from '../../lib/config/cron-times';
import type { MerchantPorts } from '../../lib/hosting/ports';
import { leaseToken } from '../../lib/model/lease';
import { budgetOf } from '../../lib/runtime/budget';
import { pinoLog } from '../../lib/runtime/pino-log';
import { systemTimers } from '../../lib/runtime/timers';
import { instant, type Instant } from '../../lib/values/instant';
import { emptyMerchantDb } from '../../test/shop/db';
import { MERCHANT, message, order, START } from '../../test/store/builders';
import { processInboxInCloud } from '../../workers/processInbox/worker';
import type { BenchTable } from '../report';
import { goal, spreadOf } from '../report';
import { onLoopback } from './loopback-store';

const LATENCY_MS = 40;
const HOOK_MS = 100;
/** Payments of each case. The wait for the timer is computed, the run that follows is measured. */
const PAYMENTS = 24;

/**
 * How long from a payment to its fulfilment in a shop without a backlog: the wait for the next run,
 * and what that run takes. Notifications arrive evenly over the timer's gap; with the database
 * trigger a run starts at once.
 */
export async function benchPaidToFulfilled(): Promise<BenchTable> {
  const config = readConfig({ merchants: [{ subMchId: MERCHANT }] });
  const runs = await runTimes(config);
  const times = timesOfDay(config.timers.processInbox) ?? [];
  const [first = 0, second = 0] = times;
  const gapMs = (second - first) * 1_000;
  const waits = runs.map((_, n) => ((n + 0.5) / runs.length) * gapMs);
  const byTimer = spreadOf(runs.map((ms, n) => ms + LATENCY_MS + (waits[n] ?? 0)));
  const byTrigger = spreadOf(runs.map((ms) => ms + LATENCY_MS));
  const inSeconds = (ms: number): string => (ms / 1_000).toFixed(1);
  const row = (name: string, { median, least, most }: typeof byTimer) => [
    name,
    inSeconds(median),
    inSeconds(least),
    inSeconds(most),
  ];
  return {
    title: 'CloudBase: from payment to fulfilment',
    columns: ['what starts processInbox', 'median s', 'least', 'most'],
    rows: [
      row(`its timer, every ${String(gapMs / 1_000)} s`, byTimer),
      row('the database trigger', byTrigger),
    ],
    notes: [
      `${String(PAYMENTS)} payments one after the other, ${String(LATENCY_MS)} ms per request, a hook of ${String(HOOK_MS)} ms. The run is measured; the wait for the timer is spread evenly over its gap. The platform's own start of a function is not in it, nor what it takes to fire the trigger, which nobody has published.`,
      goal('Median with timers alone, s', byTimer.median / 1_000, 'at most', 8),
      goal('Median with the database trigger, s', byTrigger.median / 1_000, 'at most', 3),
    ],
  };
}

/** What each run takes that applies and fulfils one payment, in ms. */
function runTimes(config: MerchantPorts['config']): Promise<readonly number[]> {
  return onLoopback(async (store, cloud) => {
    let shift = 0;
    const begun = performance.now();
    const clock = {
      now: (): Instant => instant(START + 60_000 + shift + Math.round(performance.now() - begun)),
    };
    const nothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;
    const noFiles = () => Promise.reject(new Error('no files here'));
    const ports: MerchantPorts = {
      store,
      wechat: {
        prepayBody: () => null,
        unifiedOrder: nothing,
        queryOrder: nothing,
        closeOrder: nothing,
        refund: nothing,
        queryRefund: nothing,
        downloadBill: async ({ type }) =>
          type === 'FUND_FLOW' ? { kind: 'not_offered', detail: '' } : { kind: 'no_bill', detail: '' },
      },
      archive: { keep: noFiles, forget: noFiles, read: noFiles, drop: noFiles },
      merchantDb: emptyMerchantDb,
      clock,
      timers: systemTimers,
      random: Math.random,
      newToken: () => leaseToken(crypto.randomUUID()),
      log: pinoLog('silent'),
      config,
    };
    let fulfilledAt = 0;
    const run = processInboxInCloud(ports, {
      merchant: {
        fulfil: async () => {
          await new Promise((resolve) => setTimeout(resolve, HOOK_MS));
          fulfilledAt = performance.now();
          return undefined;
        },
      },
    });
    cloud.faults.add({ times: Infinity, effect: { kind: 'delay', ms: LATENCY_MS } });
    const took: number[] = [];
    for (let n = 0; n < PAYMENTS; n += 1) {
      await Promise.all([
        store.orders.create(order(n)),
        store.inbox.record(message(n, { receivedAt: clock.now() })),
      ]);
      const from = performance.now();
      await run(budgetOf(clock, 58_500));
      took.push(fulfilledAt - from);
      shift += 12_000;
    }
    return took;
  });
}
