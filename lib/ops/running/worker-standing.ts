import { timesOfDay } from '../../config/cron-times';
import type { WorkerName } from '../../config/jobs';
import { WORKER_NAMES } from '../../config/jobs';
import type { SharedState } from '../../runtime/shared-state';
import type { WorkerRun } from '../../store/worker-runs';
import { lastNotedRun } from '../../store/worker-runs';
import { dayOf, daysLater, startOf } from '../../values/day';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';

/** A worker's last and next run. */
export interface WorkerStanding {
  readonly worker: WorkerName;
  readonly isRunning: boolean;
  /** Null before the first run that is known. */
  readonly last: WorkerRun | null;
  /** When its timer starts it next; it may be woken earlier. Null when its timer never does. */
  readonly nextAt: Instant | null;
}

/** How all workers stand. */
export interface WorkerStandings {
  readonly workers: readonly WorkerStanding[];
  /**
   * How often runs are noted, in ms: `last` may be that much older than the last run, and whether
   * one is running is not known. Null where the process itself runs the workers.
   */
  readonly notedEveryMs: number | null;
}

/**
 * How the workers stand where no process remembers their runs: by what they noted, and by their
 * timers. Rejects with a `StoreError`. CloudBase: 7 requests.
 */
export async function notedStandings(
  shared: SharedState,
  timers: Readonly<Record<WorkerName, string>>,
  now: Instant,
  notedEveryMs: number,
): Promise<WorkerStandings> {
  const workers = await Promise.all(
    WORKER_NAMES.map(async (worker) => ({
      worker,
      isRunning: false,
      last: await lastNotedRun(shared, worker, now),
      nextAt: nextTime(timers[worker], now),
    })),
  );
  return { workers, notedEveryMs };
}

/**
 * When a timer runs next after `now`; null when it does not run every day. An expression is read in
 * Beijing time, whose offset is the same all year. Pure.
 */
export function nextTime(cron: string, now: Instant): Instant | null {
  const times = timesOfDay(cron);
  const [first] = times ?? [];
  if (times === null || first === undefined) return null;
  const midnight = startOf(dayOf(now));
  const today = times.find((time) => later(midnight, time * 1_000) > now);
  if (today !== undefined) return later(midnight, today * 1_000);
  return later(startOf(daysLater(dayOf(now), 1)), first * 1_000);
}
