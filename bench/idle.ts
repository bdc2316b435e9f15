import { readConfig } from '../lib/config/config';
import type { Config } from '../lib/config/config-schema';
import { timesOfDay } from '../lib/config/cron-times';
import { WORKER_NAMES, type WorkerName } from '../lib/config/jobs';
import { noted } from '../lib/hosting/noted-runs';
import type { MerchantPorts, WorkerHandler } from '../lib/hosting/ports';
import { leaseToken } from '../lib/model/lease';
import { budgetOf } from '../lib/runtime/budget';
import type { Store } from '../lib/store/port';
import { daysLater, startOf } from '../lib/values/day';
import { recordOf } from '../lib/values/record-of';
import { instant, later } from '../lib/values/instant';
import type { WeChatPay } from '../lib/wechat/port';
import { SERVED_WORKERS, type WorkerHost } from '../server/registry';
import { emptyMerchantDb } from '../test/shop/db';
import { day, MERCHANT, message, order } from '../test/store/builders';
import { followRefundsInCloud } from '../workers/followRefunds/worker';
import { fulfillOrdersInCloud } from '../workers/fulfillOrders/worker';
import { processInboxInCloud } from '../workers/processInbox/worker';
import { reconcileOrdersInCloud } from '../workers/reconcileOrders/worker';
import { reconcileStatementInCloud } from '../workers/reconcileStatement/worker';
import { retainInCloud } from '../workers/retain/worker';
import { watchdogInCloud } from '../workers/watchdog/worker';
import { onLoopback } from './cloud/loopback-store';
import type { BenchTable } from './report';
import { goal, whole } from './report';

const DAYS = 30;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** How many hours of a day are counted: runs of a timer of seconds are alike, and many. */
const HOURS_COUNTED: Readonly<Record<WorkerName, number>> = {
  ...recordOf(WORKER_NAMES, () => 24),
  processInbox: 2,
};

/** Calls of a worker in a month without orders. */
interface IdleCalls {
  readonly runs: number;
  /** Requests of one run, on average over a day. */
  readonly perRun: number;
}

/** A way of running the timers, and the most calls it should take in a month. */
interface Schedule {
  readonly name: string;
  readonly config: Config;
  readonly most: number;
}

const MERCHANTS = { merchants: [{ subMchId: MERCHANT }] };

const SCHEDULES: readonly [Schedule, ...Schedule[]] = [
  { name: 'default timers', config: readConfig(MERCHANTS), most: 600_000 },
  {
    name: 'the database trigger and timers of a minute',
    config: readConfig({
      ...MERCHANTS,
      inbox: { databaseTrigger: true },
      store: { connections: 1_000 },
      timers: { processInbox: '0 * * * * * *' },
    }),
    most: 250_000,
  },
];

/**
 * Counts what an idle shop costs on CloudBase: every worker runs for a day by its timer, through
 * the real SDK, on a shop whose only order was closed long ago. Function runs and database requests
 * count as calls alike.
 */
export async function benchIdle(): Promise<BenchTable> {
  const measured: (Schedule & { readonly rows: readonly WorkerCalls[]; readonly all: number })[] = [];
  for (const schedule of SCHEDULES) {
    const rows = await idleCalls(schedule.config);
    measured.push({ ...schedule, rows, all: rows.reduce((sum, [, one]) => sum + calls(one), 0) });
  }
  const dailyReads = (rows: readonly WorkerCalls[]): number =>
    rows.reduce((sum, [, { runs, perRun }]) => sum + (runs * perRun) / DAYS, 0);
  return {
    title: 'CloudBase: calls of an idle shop in a month',
    columns: ['worker', ...SCHEDULES.flatMap(({ name }) => [`runs, ${name}`, 'requests per run', 'calls'])],
    rows: [
      ...WORKER_NAMES.map((name) => [
        name,
        ...measured.flatMap(({ rows }) => {
          const one = rows.find(([worker]) => worker === name)?.[1] ?? { runs: 0, perRun: 0 };
          return [whole(one.runs), one.perRun.toFixed(1), whole(calls(one))];
        }),
      ]),
      ['together', ...measured.flatMap(({ all }) => ['', '', whole(all)])],
    ],
    notes: [
      '30 days, a shop without open orders; each run and each database request is one call. Counted over a day, after a day that is not; processInbox over two hours of each. The instances live: where the platform ends idle ones within 5 minutes, their next run reads what a first run reads.',
      ...measured.map(
        ({ name, all, rows }) =>
          `In yuan a month with ${name}: ${packs(all)} by WeChat’s call packs of 2026, if each is a call; ${listPrice(rows).toFixed(2)} by the list of 2021–23, pay as you go, reads alone. Of the basic plan’s 50,000 reads a day: ${whole(dailyReads(rows))}.`,
      ),
      ...measured.map(({ name, all, most }) => goal(`Calls in a month with ${name}`, all, 'at most', most)),
    ],
  };
}

/** A worker and its calls. */
type WorkerCalls = readonly [WorkerName, IdleCalls];

function calls({ runs, perRun }: IdleCalls): number {
  return runs * (1 + perRun);
}

/** The first day settles what a first run opens; the second is counted. */
function idleCalls(config: Config): Promise<readonly WorkerCalls[]> {
  return onLoopback(async (store, cloud) => {
    const closed = { state: 'closed', at: instant(startOf(day())), evidence: message(0).key } as const;
    await store.orders.create(order(0, { payment: closed }));
    let now = instant(startOf(daysLater(day(), 3)));
    const ports = idlePorts(store, () => now, config);
    const begun = now;
    const runs = WORKER_NAMES.map((name) => ({ name, run: workerOf(name, ports) }));
    const counted = new Map<WorkerName, { runs: number; requests: number }>();
    const times = runs.flatMap(({ name, run }) =>
      [0, DAY_SECONDS].flatMap((from) =>
        (timesOfDay(config.timers[name]) ?? [])
          .filter((at) => at % DAY_SECONDS < HOURS_COUNTED[name] * HOUR_SECONDS)
          .map((at) => ({ at: from + at, name, run })),
      ),
    );
    for (const { at, name, run } of times.sort((a, b) => a.at - b.at)) {
      now = later(begun, at * 1_000);
      cloud.resetCount();
      await run(budgetOf({ now: () => now }, 60_000));
      if (at < DAY_SECONDS) continue;
      const sum = counted.get(name) ?? { runs: 0, requests: 0 };
      counted.set(name, { runs: sum.runs + 1, requests: sum.requests + cloud.countRequests() });
    }
    return WORKER_NAMES.map((name) => {
      const { runs: some, requests } = counted.get(name) ?? { runs: 0, requests: 0 };
      const all = (timesOfDay(config.timers[name]) ?? []).length * DAYS;
      return [name, { runs: all, perRun: requests / Math.max(1, some) }] as const;
    });
  });
}

/** The price of calls in WeChat's packs of 100, 50 and 10 million: 25 to 40 yuan a million. */
function packs(calls: number): string {
  return `${((calls * 25) / 1e6).toFixed(0)} to ${((calls * 40) / 1e6).toFixed(0)}`;
}

/**
 * What the same costs by the list of 2021–23: an invocation, its shortest time of 100 ms at 256 MB,
 * and its requests as reads.
 */
function listPrice(rows: readonly WorkerCalls[]): number {
  const [invocation, time, read] = [0.0133 / 1e4, 0.025 * 0.00011108, 0.015 / 1e4];
  return rows.reduce((sum, [, { runs, perRun }]) => sum + runs * (invocation + time + perRun * read), 0);
}

const MERCHANT_SYSTEM = { fulfil: async () => undefined };

/** Workers that run otherwise in the cloud than on a server, as their entry points start them. */
const IN_CLOUD: Readonly<Partial<Record<WorkerName, (ports: MerchantPorts) => WorkerHandler>>> = {
  processInbox: (ports) => processInboxInCloud(ports, { merchant: MERCHANT_SYSTEM }),
  fulfillOrders: (ports) => fulfillOrdersInCloud(ports, MERCHANT_SYSTEM),
  followRefunds: followRefundsInCloud,
  reconcileStatement: reconcileStatementInCloud,
  reconcileOrders: reconcileOrdersInCloud,
  retain: retainInCloud,
  watchdog: (ports) => watchdogInCloud(ports, []),
};

function workerOf(name: WorkerName, ports: MerchantPorts): WorkerHandler {
  const inCloud = IN_CLOUD[name]?.(ports);
  return noted(ports, name, inCloud ?? SERVED_WORKERS[name](hostOf(ports)));
}

function hostOf(ports: MerchantPorts): WorkerHost {
  return { ports, lanes: 1, targets: [], merchant: MERCHANT_SYSTEM };
}

function idlePorts(
  store: Store,
  now: MerchantPorts['clock']['now'],
  config: MerchantPorts['config'],
): MerchantPorts {
  const nothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;
  const wechat: WeChatPay = {
    prepayBody: () => null,
    unifiedOrder: nothing,
    queryOrder: nothing,
    closeOrder: nothing,
    refund: nothing,
    queryRefund: nothing,
    downloadBill: async ({ type }) =>
      type === 'FUND_FLOW' ? { kind: 'not_offered', detail: '' } : { kind: 'no_bill', detail: '' },
  };
  const noFiles = () => Promise.reject(new Error('an idle shop has no files'));
  let tokens = 0;
  return {
    store,
    wechat,
    archive: { keep: noFiles, forget: noFiles, read: noFiles, drop: noFiles },
    merchantDb: emptyMerchantDb,
    clock: { now },
    timers: { after: () => () => undefined },
    random: () => 0.5,
    newToken: () => leaseToken(`idle-${String((tokens += 1)).padStart(8, '0')}`),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    config,
  };
}
