import { recordOf } from '../values/record-of';
import { shortestGap } from './cron-times';
import { WORKER_NAMES, type FunctionName, type WorkerName } from './jobs';
import type { WrittenConfig } from './written';

/*
 * How the functions share the database's connections. The number is the environment's, and one
 * request is one connection: a worker that takes them all makes CloudBase refuse notifications.
 *
 *   all ── a quarter, at least 5 ──▶ callbacks, and what a mini program calls
 *    └── the rest ── a fifth ──▶ the other workers and the console, equally for each run
 *                 └── what is left ── 3 : 2 ──▶ processInbox : fulfillOrders, equally for each run
 *
 * Each run is an instance of its own, and all that can overlap are counted: the runs that timers
 * start before the first has ended, the helpers they start, and those of the database trigger.
 */

/** What one run of a function may take. */
export interface Share {
  /** The most requests to the database at a time. */
  readonly connections: number;
  /** The most runs at the same time that this is made for. */
  readonly runs: number;
  /** How long a run may take, in seconds, so that there are no more. */
  readonly runSeconds: number;
  /** How many helpers a run that a timer started may start. */
  readonly helpers: number;
}

/** The functions with a share. Callbacks and what a mini program calls have none. */
export type SharingName = WorkerName | Extract<FunctionName, 'ops'>;

/** More connections than this keep no process busier. */
const MOST_OF_A_RUN = 50;

/** What the other workers and the console have of the rest. */
const STEADY_PART = 0.2;

/** Two people, or one with two pages open. */
const OPS_RUNS = 2;

/**
 * How often the database trigger may fire, and how long a run that it started begins anything, in
 * seconds.
 */
export const TRIGGERED_RUN_SECONDS = 6;

/** The connections that workers leave to callbacks. Pure. */
export function leftToCallbacks(connections: number): number {
  return Math.max(5, Math.ceil(connections / 4));
}

/** The share of each function. Pure. */
export function connectionShares(written: WrittenConfig): Readonly<Record<SharingName, Share>> {
  const { connections } = written.store;
  const pool = connections - leftToCallbacks(connections);
  const steady = WORKER_NAMES.filter((name) => name !== 'processInbox' && name !== 'fulfillOrders');
  const steadyRuns = steady.reduce((sum, name) => sum + overlap(written, name), OPS_RUNS);
  const ofSteadyRun = Math.max(1, Math.floor((pool * STEADY_PART) / steadyRuns));
  const rest = pool - steadyRuns * ofSteadyRun;
  const ofInbox = Math.max(1, Math.floor(rest * 0.6));
  const triggered = triggeredRuns(written);
  const steadyShare = (runs: number, runSeconds: number): Share => ({
    connections: Math.min(MOST_OF_A_RUN, ofSteadyRun),
    runs,
    runSeconds,
    helpers: 0,
  });
  return {
    ...recordOf(WORKER_NAMES, (name) =>
      steadyShare(overlap(written, name), written.functions[name].timeoutSeconds),
    ),
    ops: steadyShare(OPS_RUNS, written.functions.ops.timeoutSeconds),
    processInbox: busyShare(written, 'processInbox', ofInbox, written.inbox.runs, triggered),
    fulfillOrders: busyShare(
      written,
      'fulfillOrders',
      Math.max(1, rest - ofInbox),
      written.fulfilment.runs,
      0,
    ),
  };
}

/**
 * How many runs of the database trigger are under way at most: the last thing that one begins may
 * be a call of the merchant's hook.
 */
function triggeredRuns({ inbox, fulfilment }: WrittenConfig): number {
  if (!inbox.databaseTrigger) return 0;
  return Math.ceil((TRIGGERED_RUN_SECONDS + fulfilment.timeoutSeconds) / TRIGGERED_RUN_SECONDS);
}

/** The share of a worker that uses several instances when it has much to do. */
function busyShare(
  { timers, functions }: WrittenConfig,
  name: 'processInbox' | 'fulfillOrders',
  pool: number,
  wanted: number,
  others: number,
): Share {
  const gap = shortestGap(timers[name]);
  const runs = Math.max(1, Math.min(wanted, pool - others));
  const runSeconds = Math.min(functions[name].timeoutSeconds, runs * gap);
  const fromTimer = Math.max(1, Math.ceil(runSeconds / gap));
  return {
    connections: Math.min(MOST_OF_A_RUN, Math.max(1, Math.floor(pool / (runs + others)))),
    runs: runs + others,
    runSeconds,
    helpers: Math.floor(runs / fromTimer) - 1,
  };
}

/** How many runs of a worker its timer has under way at most. */
function overlap({ timers, functions }: WrittenConfig, name: WorkerName): number {
  return Math.ceil(functions[name].timeoutSeconds / shortestGap(timers[name]));
}

/**
 * Whether all shares together leave callbacks what they need: false when timers start more runs
 * than there are connections for. Pure.
 */
export function sharesFit(written: WrittenConfig): boolean {
  const { connections } = written.store;
  const taken = Object.values(connectionShares(written)).reduce(
    (sum, share) => sum + share.runs * share.connections,
    0,
  );
  return taken <= connections - leftToCallbacks(connections);
}
