import { budgetOf } from '../../../lib/runtime/budget';
import type { BeijingDay } from '../../../lib/values/day';
import { startOf } from '../../../lib/values/day';
import type { ModelState } from '../model/state';
import type { WorkerName, World } from './world';

const SECOND = 1_000;
const HOUR = 3_600_000;

/** How often the timer of each worker rings, in ms, as configured by default. */
const PERIODS: Readonly<Record<WorkerName, number>> = {
  processInbox: 15 * SECOND,
  fulfillOrders: 15 * SECOND,
  reconcileOrders: 30 * SECOND,
  followRefunds: 30 * SECOND,
  reconcileStatement: 600 * SECOND,
  retain: 3600 * SECOND,
  watchdog: 300 * SECOND,
};

const WORKERS: readonly WorkerName[] = [
  'processInbox',
  'fulfillOrders',
  'reconcileOrders',
  'followRefunds',
  'reconcileStatement',
  'retain',
  'watchdog',
];

/** How long a run of a worker may take in the cloud, in ms. */
const BUDGET_MS = 60_000;

/** The timers of the workers. */
export interface Cron {
  /** To be called before time goes on to `next`: has the timers ring that would ring before. */
  beforeTimeGoesOn(next: number | null): void;
  /** Runs a worker now, on one of the machines. */
  ring(worker: WorkerName): void;
}

/**
 * Timers that fire when there is something to do. A run that finds nothing due changes nothing, so
 * of all runs of a day only those with something due in the database are played, and some more.
 */
export function startCron(world: World, until: number): Cron {
  const { scheduler, random, machines } = world;
  const last = new Map<WorkerName, number>(WORKERS.map((worker) => [worker, scheduler.now()]));
  // The next run of each worker. One that is due earlier, because something arrived meanwhile,
  // replaces it.
  const planned = new Map<WorkerName, { readonly at: number; readonly cancel: () => void }>();

  function start(worker: WorkerName): void {
    const machine = random.any(machines.filter((one) => one !== null));
    if (machine === undefined) return;
    scheduler.after(0, machine.group, () => {
      world.note(() => `${machine.group.name} runs ${worker}`);
      machine.workers[worker](budgetOf(machine.ports.clock, BUDGET_MS)).then(
        (report) => {
          world.note(() => `${machine.group.name} has run ${worker} ${JSON.stringify(report).slice(0, 300)}`);
        },
        (error: unknown) => {
          world.note(() => `${machine.group.name} broke off ${worker}: ${String(error)}`);
        },
      );
    });
  }

  function ring(worker: WorkerName): void {
    last.set(worker, scheduler.now());
    start(worker);
    if (random.chance(0.2)) scheduler.after(random.int(0, 40), null, () => start(worker));
  }

  return {
    ring,
    beforeTimeGoesOn(next) {
      const now = scheduler.now();
      for (const worker of WORKERS) {
        const due = dueOf(worker, world, last.get(worker) ?? 0, until);
        if (due === null) continue;
        const period = PERIODS[worker];
        const earliest = Math.max(due, now + 1, (last.get(worker) ?? 0) + 1);
        const at = Math.ceil(earliest / period) * period;
        if (at > until || (next !== null && at > next)) continue;
        const before = planned.get(worker);
        if (before !== undefined && before.at <= at) continue;
        before?.cancel();
        const cancel = scheduler.at(at, null, () => {
          planned.delete(worker);
          ring(worker);
        });
        planned.set(worker, { at, cancel });
      }
    },
  };
}

/** When a worker next has something to do, by the database; null when it has nothing. */
function dueOf(worker: WorkerName, { state, plan }: World, last: number, until: number): number | null {
  switch (worker) {
    case 'processInbox':
      return earliest(state.messages.values(), ({ message }) =>
        message.state === 'pending' ? Math.max(message.dueAt, message.lease?.until ?? 0) : null,
      );
    case 'fulfillOrders':
      return earliest(state.orders.values(), ({ order: { fulfilment } }) => {
        if (fulfilment.state === 'held') return nextReview(last, until);
        return fulfilment.state === 'due' ? Math.max(fulfilment.dueAt, fulfilment.lease?.until ?? 0) : null;
      });
    case 'reconcileOrders':
      return earliest(state.orders.values(), ({ order }) =>
        order.payment.state === 'pending' ? order.nextAskAt : null,
      );
    case 'followRefunds':
      return earliest(state.refunds.values(), ({ refund: { progress, nextAskAt } }) =>
        progress.state === 'succeeded' || progress.state === 'closed' ? null : nextAskAt,
      );
    case 'retain':
      return everyDayAt(3, last);
    case 'watchdog':
      return everyDayAt(13, last);
    case 'reconcileStatement': {
      if (state.orders.size === 0) return null;
      const run = earliest(state.runs.values(), ({ work, dueAt, lease }) =>
        work.state === 'done' ? null : Math.max(dueAt, lease?.until ?? 0),
      );
      return inTheDay(Math.min(run ?? Infinity, nextDay(state, plan.merchants), nextSlot(last)));
    }
  }
}

/**
 * Whatever ends a hold is in no one place of the database, so orders that are held are reviewed a
 * few times a day, and once more before a history ends.
 */
function nextReview(last: number, until: number): number | null {
  const end = until - HOUR;
  return last < end ? Math.min(last + 6 * HOUR, end) : null;
}

/** These always have something to do; once or twice a day is enough to see that they do no harm. */
function everyDayAt(hour: number, last: number): number {
  const midnight = midnightOf(last);
  return last < midnight + hour * HOUR ? midnight + hour * HOUR : midnight + DAY + hour * HOUR;
}

const DAY = 24 * HOUR;

/** When the Beijing day of this moment began. */
function midnightOf(at: number): number {
  return Math.floor((at + 8 * HOUR) / DAY) * DAY - 8 * HOUR;
}

const midnights = new Map<BeijingDay, number>();

function midnightOfDay(day: BeijingDay): number {
  const known = midnights.get(day) ?? startOf(day);
  midnights.set(day, known);
  return known;
}

/** When the first day that has no run yet of some merchant should have one. */
function nextDay(state: ModelState, merchants: number): number {
  const first = earliest(state.orders.values(), ({ order }) => order.createdAt) ?? 0;
  const have = new Map<number, number>();
  for (const { day } of state.runs.values()) {
    const midnight = midnightOfDay(day);
    have.set(midnight, (have.get(midnight) ?? 0) + 1);
  }
  let midnight = midnightOf(first);
  while ((have.get(midnight) ?? 0) >= merchants) midnight += DAY;
  return midnight + DAY + 10 * HOUR;
}

/** Hours of the day at which a day may have to be tried again. */
const SLOTS: readonly number[] = [10.5, 20];

function nextSlot(last: number): number {
  const midnight = midnightOf(last);
  const slot = SLOTS.map((hour) => midnight + hour * HOUR).find((at) => at > last);
  return slot ?? midnight + DAY + 10.5 * HOUR;
}

/** The worker's timer rings from 10 to 23 only. */
function inTheDay(at: number): number {
  const midnight = midnightOf(at);
  if (at < midnight + 10 * HOUR) return midnight + 10 * HOUR;
  return at < midnight + 23.8 * HOUR ? at : midnight + 34 * HOUR;
}

function earliest<Item>(items: Iterable<Item>, dueOfItem: (item: Item) => number | null): number | null {
  let first: number | null = null;
  for (const item of items) {
    const due = dueOfItem(item);
    if (due !== null && (first === null || due < first)) first = due;
  }
  return first;
}
