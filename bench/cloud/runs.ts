import type { ChildProcess } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { limitedDatabase } from '../../lib/store/cloudbase/base/connections';
import type { Database } from '../../lib/store/cloudbase/base/database';
import { record } from '../../lib/store/cloudbase/inbox/record';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import type { Store } from '../../lib/store/port';
import type { LoopbackCloudBase } from '../../test/cloudbase/gateway';
import { message, NEXT_DAY, order, paidAt, START } from '../../test/store/builders';
import { newInstance } from '../../test/store/cloudbase/harness';
import { ended, startScript, told } from '../processes';
import type { BenchTable } from '../report';
import { goal, whole } from '../report';
import { onLoopback } from './loopback-store';

/** How a worker is measured: runs that start together, each an instance of its own. */
interface Setting {
  readonly worker: 'processInbox' | 'fulfillOrders';
  readonly runs: number;
  readonly latencyMs: number;
  readonly hookMs: number;
  /** What the plan allows, and the loopback refuses beyond. */
  readonly connections: number;
  readonly items: number;
  /** Notifications that a callback receives meanwhile. */
  readonly callbacksPerSecond: number;
}

interface Measured extends Setting {
  readonly perSecond: number;
  /** Messages or orders that a run could not settle, or lost. */
  readonly problems: number;
  readonly requestsEach: number;
  /** Busy processors: of the runs together, and of the loopback. */
  readonly processors: number;
  readonly acks: { readonly stored: number; readonly refused: number; readonly slowestMs: number };
}

/** As the default of `store.connections`. */
const DEFAULT_CONNECTIONS = 200;
const SMALLEST_PLAN = 20;

/**
 * How many times slower than the goals say everything outside the processors is made, so that these
 * are not what is measured.
 */
const STRETCHED = 10;

const INBOX = { worker: 'processInbox', latencyMs: 40, hookMs: 0, callbacksPerSecond: 0 } as const;
const FULFILMENT = { worker: 'fulfillOrders', latencyMs: 30, hookMs: 100, callbacksPerSecond: 0 } as const;
const DEFAULT = { connections: DEFAULT_CONNECTIONS } as const;
const SMALL = { connections: SMALLEST_PLAN, callbacksPerSecond: 20 } as const;

function stretched<One extends Pick<Setting, 'latencyMs' | 'hookMs'>>(one: One): One {
  return { ...one, latencyMs: one.latencyMs * STRETCHED, hookMs: one.hookMs * STRETCHED };
}

/*
 * The stretched rows have what keeps a run busy for a minute, a tenth of what a run of a minute
 * does at the real times: with less, its first and last requests are a twentieth of the figure.
 */
const SETTINGS: readonly Setting[] = [
  { ...stretched(INBOX), ...DEFAULT, runs: 1, items: 1_800 },
  { ...stretched(INBOX), ...DEFAULT, runs: 4, items: 4_800 },
  { ...INBOX, ...DEFAULT, runs: 1, items: 1_500 },
  { ...INBOX, ...DEFAULT, runs: 4, items: 3_000 },
  { ...INBOX, ...SMALL, runs: 3, items: 600 },
  { ...stretched(FULFILMENT), ...DEFAULT, runs: 1, items: 1_200 },
  { ...stretched(FULFILMENT), ...DEFAULT, runs: 3, items: 3_000 },
  { ...FULFILMENT, ...DEFAULT, runs: 1, items: 1_000 },
  { ...FULFILMENT, ...DEFAULT, runs: 3, items: 1_800 },
  { ...FULFILMENT, ...SMALL, runs: 3, items: 300 },
];

/** Measures how fast workers are, alone and beside runs that start in the same moment. */
export async function benchRuns(): Promise<BenchTable> {
  const measured: Measured[] = [];
  for (const setting of SETTINGS) measured.push(await measure(setting));
  const rate = (worker: Setting['worker'], runs: number): number => {
    const isStretched = ({ latencyMs }: Setting): boolean => latencyMs >= 30 * STRETCHED;
    const one = measured.find((each) => each.worker === worker && each.runs === runs && isStretched(each));
    return (one?.perSecond ?? Number.NaN) * STRETCHED;
  };
  const small = measured.filter(({ connections }) => connections === SMALLEST_PLAN);
  const refused = small.reduce((sum, { acks }) => sum + acks.refused, 0);
  const lost = small.reduce((sum, { problems }) => sum + problems, 0);
  return {
    title: 'CloudBase: runs that start together',
    columns: [
      'worker',
      'runs',
      'ms per request',
      'hook ms',
      'connections',
      'per second',
      'requests each',
      'processors',
    ],
    rows: measured.map((one) => [
      one.worker,
      whole(one.runs),
      whole(one.latencyMs),
      whole(one.hookMs),
      whole(one.connections),
      whole(one.perSecond),
      one.requestsEach.toFixed(2),
      one.processors.toFixed(1),
    ]),
    notes: [
      `Each run is a process with an SDK of its own and its share of the connections; the loopback is one more process. Default settings. With ${SMALLEST_PLAN} connections the loopback refuses what goes beyond, and a callback receives 20 notifications a second meanwhile. *Processors*: how many were busy with runs and loopback; the machine has 2, and near that the figure is the machine's.`,
      `The goals are for 40 ms per request, and for 30 ms and a hook of 100 ms. They are computed from the rows in which requests and hooks take ${STRETCHED} × as long, times ${STRETCHED}: so little of the processors is then needed that they are not what is measured. The rows at the real times show how far the processors of this machine go.`,
      goal('Messages per second, one run', rate('processInbox', 1), 'at least', 300),
      goal('4 runs of the inbox to one', rate('processInbox', 4) / rate('processInbox', 1), 'at least', 2.5),
      goal('Orders fulfilled per second, one run', rate('fulfillOrders', 1), 'at least', 200),
      goal(
        '3 runs of fulfilment to one',
        rate('fulfillOrders', 3) / rate('fulfillOrders', 1),
        'at least',
        2.2,
      ),
      goal(`Acks refused with ${SMALLEST_PLAN} connections`, refused, 'at most', 0),
      goal('Settlements failed meanwhile', lost, 'at most', 0),
      `The slowest of those acks took ${whole(Math.max(...small.map(({ acks }) => acks.slowestMs)))} ms.`,
    ],
  };
}

function measure(setting: Setting): Promise<Measured> {
  return onLoopback(async (store, cloud) => {
    await fill(store, setting);
    const children: ChildProcess[] = [];
    try {
      for (let n = 0; n < setting.runs; n += 1) {
        const args = [cloud.url, cloud.envId, String(setting.connections)];
        const child = startScript('bench/cloud/run-worker.ts', args);
        children.push(child);
        await told(child);
      }
      return await measureRuns(setting, cloud, children);
    } finally {
      await Promise.all(children.map((child) => ended(child)));
    }
  });
}

async function measureRuns(
  setting: Setting,
  cloud: LoopbackCloudBase,
  children: readonly ChildProcess[],
): Promise<Measured> {
  cloud.faults.add({ times: Infinity, effect: { kind: 'delay', ms: setting.latencyMs } });
  cloud.limits.connections = setting.connections;
  cloud.resetCount();
  const callbacks = receiving(cloud, setting.callbacksPerSecond);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const reports = await Promise.all(
    children.map((child) => {
      const report = told(child);
      child.send({ worker: setting.worker, hookMs: setting.hookMs });
      return report;
    }),
  );
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  const sum = (field: string) => reports.reduce((all, report) => all + Number(report[field]), 0);
  return {
    ...setting,
    perSecond: (sum('done') * 1_000) / ms,
    problems: sum('problems'),
    requestsEach: cloud.countRequests() / sum('done'),
    processors: (sum('cpuMs') + (user + system) / 1_000) / ms,
    acks: await callbacks.stop(),
  };
}

async function fill(store: Store, { worker, items }: Setting): Promise<void> {
  const due = { state: 'due', attempts: 0, dueAt: START, lease: null, lastError: null } as const;
  for (let from = 0; from < items; from += 100) {
    const numbers = Array.from({ length: Math.min(100, items - from) }, (_, n) => from + n);
    await Promise.all(
      numbers.flatMap((n): Promise<unknown>[] =>
        worker === 'processInbox'
          ? [store.inbox.record(message(n)), store.orders.create(order(n))]
          : [store.orders.create(order(n, { payment: paidAt(n, START), fulfilment: due }))],
      ),
    );
  }
}

/**
 * Callbacks that receive new notifications at this rate, each as one instance would. None is due,
 * so that the runs end.
 */
function receiving(cloud: LoopbackCloudBase, perSecond: number) {
  const acks = { stored: 0, refused: 0, slowestMs: 0 };
  const running: Promise<void>[] = [];
  const patience = {
    share: 4,
    patienceMs: 2_000,
    longestPauseMs: 100,
    waitMs: 2_000,
    clock: systemClock,
    timers: systemTimers,
  };
  const db: Database = limitedDatabase(newInstance(cloud, 2_000).database(), {
    ...patience,
    random: Math.random,
  });
  let n = 1_000_000;
  const receive = async (): Promise<void> => {
    const begun = performance.now();
    try {
      await record(db, message((n += 1), { receivedAt: NEXT_DAY }));
      acks.stored += 1;
    } catch {
      acks.refused += 1;
    }
    acks.slowestMs = Math.max(acks.slowestMs, performance.now() - begun);
  };
  const timer =
    perSecond === 0 ? null : setInterval(() => void running.push(receive()), Math.round(1_000 / perSecond));
  return {
    async stop() {
      if (timer !== null) clearInterval(timer);
      await Promise.all(running);
      return acks;
    },
  };
}
