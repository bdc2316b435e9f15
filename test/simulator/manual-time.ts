import { instant, type Clock, type Instant } from '../../lib/values/instant';
import type { Schedule } from '../../simulator/notifier';

/** A clock and a scheduler that only move when a test says so. */
export interface ManualTime {
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** Lets `ms` pass: runs what falls due, in order, each after everything before it has settled. */
  pass(ms: number): Promise<void>;
  /** How many timers wait. */
  waiting(): number;
}

export function manualTime(start: Instant): ManualTime {
  let now: number = start;
  let serial = 0;
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();

  function nextDue(until: number): [number, { readonly at: number; readonly run: () => void }] | undefined {
    return [...timers].filter(([, { at }]) => at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  }

  return {
    clock: { now: () => instant(Math.trunc(now)) },
    schedule(delayMs, run) {
      const id = serial++;
      timers.set(id, { at: now + delayMs, run });
      return () => void timers.delete(id);
    },
    async pass(ms) {
      const until = now + ms;
      for (let due = nextDue(until); due; due = nextDue(until)) {
        const [id, timer] = due;
        timers.delete(id);
        now = Math.max(now, timer.at);
        timer.run();
        await atRest();
      }
      now = until;
      await atRest();
    },
    waiting: () => timers.size,
  };
}

/** Every promise that can go on has gone on. */
function atRest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
