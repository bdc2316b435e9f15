import { dayOf, startOf } from '../values/day';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import { timesOfDay } from './cron-times';
import type { WorkerName } from './jobs';

/*
 * Quiet hours: at night the timers of workers come as by day, and most of their runs do nothing but
 * return. In the cloud such a run costs its call and no request.
 *
 *   slot of `everyMs` ── first run of the timer in it ──▶ works
 *                    ├── the next, if that one failed, left work or was killed ──▶ works
 *                    └── every further one ──▶ rests
 */

/** When timers rest, in Beijing time. */
export interface QuietHours {
  /** The hour in which they begin, 0 to 23. */
  readonly fromHour: number;
  /** The hour with which they end, 0 to 23; before `fromHour`: of the next day. */
  readonly toHour: number;
  /** How often a worker works in them, in ms. */
  readonly everyMs: number;
}

/**
 * The workers that rest. The two others have times of day of their own: statements must be known by
 * 10:30, and retention has the night to itself.
 */
export const RESTING_WORKERS = [
  'processInbox',
  'fulfillOrders',
  'followRefunds',
  'reconcileOrders',
  'watchdog',
] as const satisfies readonly WorkerName[];

const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;

/** Whether this hour of a Beijing day is quiet. Pure. */
export function isQuietHour({ fromHour, toHour }: Pick<QuietHours, 'fromHour' | 'toHour'>, hour: number) {
  return fromHour < toHour ? hour >= fromHour && hour < toHour : hour >= fromHour || hour < toHour;
}

/**
 * How much longer than by day something may wait at `at`, in ms: also in the first while after
 * quiet hours, until the timers have come again. Pure.
 */
export function quietDelayMs(quiet: QuietHours | null, at: Instant): number {
  if (quiet === null) return 0;
  const isQuiet = [at, later(at, -quiet.everyMs)].some((time) => isQuietHour(quiet, hourOf(time)));
  return isQuiet ? quiet.everyMs : 0;
}

/** The time of a Beijing day, in ms. */
function ofDay(at: Instant): number {
  return at - startOf(dayOf(at));
}

function hourOf(at: Instant): number {
  return Math.floor(ofDay(at) / HOUR_MS);
}

/** The rests of one worker. */
export interface Rests {
  /** Whether the run that the timer starts at `at` rests. */
  at(at: Instant): boolean;
  /**
   * To be called after a run: a failed one, or one that ended near its time limit, may have left
   * what is due, so the next run of the slot works too.
   */
  ran(end: 'failed' | { readonly remainingMs: number }): void;
}

/** A run that ends with less of its time than this, in ms, ended because of its time limit. */
const NEAR_LIMIT_MS = 6_000;

/**
 * Whether a run that the timer of `worker` starts rests. It remembers the slot in which it last
 * worked, so that a run which comes late is not left out. A process without memory goes by the
 * expression and works at the first two times of a slot: the platform may have killed the process
 * whose run was the first. Where it starts a process for each run, a slot has two that work.
 */
export function restsOf(quiet: QuietHours | null, worker: WorkerName, cron: string): Rests {
  if (quiet === null || !RESTING_WORKERS.some((name) => name === worker)) return NO_REST;
  const times = (timesOfDay(cron) ?? []).map((second) => second * 1_000);
  let worked: Instant | 'left_work' | null = null;
  return {
    at(at) {
      if (!isQuietHour(quiet, hourOf(at))) return false;
      const now = ofDay(at);
      const begins = now - (now % quiet.everyMs);
      const slot = later(at, begins - now);
      const rests = worked === null ? now >= thirdFrom(times, begins) : worked === slot;
      if (!rests) worked = slot;
      return rests;
    },
    ran(end) {
      if (end === 'failed' || end.remainingMs < NEAR_LIMIT_MS) worked = 'left_work';
    },
  };
}

const NO_REST: Rests = { at: () => false, ran: () => undefined };

/**
 * The longest time between two runs that work, in seconds, if the whole day were quiet; Infinity
 * when the timer does not run every day. It is longer than `everyMs` where a slot begins between
 * two times of the timer. Pure.
 */
export function longestQuietGap({ everyMs }: Pick<QuietHours, 'everyMs'>, cron: string): number {
  const times = timesOfDay(cron) ?? [];
  const slotOf = (second: number): number => Math.floor((second * 1_000) / everyMs);
  const working = times.filter((second, n) => slotOf(second) !== slotOf(times[n - 1] ?? -1));
  const [first] = working;
  if (first === undefined) return Number.POSITIVE_INFINITY;
  return [...working.slice(1), first + DAY_SECONDS].reduce(
    (most, next, n) => Math.max(most, next - (working[n] ?? next)),
    0,
  );
}

/** The third time from `begins` on, ascending; Infinity where there is none. */
function thirdFrom(times: readonly number[], begins: number): number {
  const first = times.findIndex((time) => time >= begins);
  return (first < 0 ? undefined : times[first + 2]) ?? Number.POSITIVE_INFINITY;
}
