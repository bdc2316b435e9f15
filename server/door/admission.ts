import type { Monotonic } from './arrivals';

/*
 * Notifications come before everything else. Answering an operator can block the thread for a tenth
 * of a second (a list of a full store, a scrape of the metrics), and twenty such requests at once
 * block it for two seconds in which no notification is even read. So all other work starts through
 * here: one item per turn of the event loop, a bounded number at a time, and only while no
 * notification is being answered, unless it has waited so long that a stream of notifications would
 * lock operators out.
 *
 *   entered ──▶ waiting ── a turn of the event loop ──▶ running ──▶ left
 *      └── too many wait ──▶ refused
 */

/** Limits for one kind of work. */
export interface Lane {
  /** How many run concurrently. */
  readonly running: number;
  /** How many may wait; more are refused at once. */
  readonly waiting: number;
}

/**
 * The kinds of work that yield to notifications: payers' calls, and operators' requests with
 * everything like them.
 */
export const LANES = {
  payer: { running: 64, waiting: 1_000 },
  operator: { running: 8, waiting: 100 },
} as const satisfies Readonly<Record<string, Lane>>;

/** The name of a kind of work. */
export type LaneName = keyof typeof LANES;

/** After this, in ms, work starts even while notifications are being answered. */
export const PATIENCE_MS = 250;

/** What admission needs of the event loop. */
export interface AdmissionHooks {
  readonly now: Monotonic;
  /** Runs once in a later turn, after everything that arrived meanwhile was read. */
  readonly nextTurn: (then: () => void) => void;
  /** Runs once after this many ms. */
  readonly after: (ms: number, then: () => void) => void;
}

/** Decides when work may start. */
export interface Admission {
  /** A notification is about to be answered. Call the returned function once it has been. */
  notification(): () => void;
  /**
   * Resolves when work of this kind may start, with the function to call when it ends; with null
   * when too much waits already.
   */
  enter(lane: LaneName): Promise<(() => void) | null>;
}

interface Waiting {
  readonly lane: LaneName;
  readonly since: number;
  readonly begin: () => void;
}

/** An admission without any work. */
export function openAdmission({ now, nextTurn, after }: AdmissionHooks): Admission {
  const queue: Waiting[] = [];
  const running: Record<LaneName, number> = { payer: 0, operator: 0 };
  let notifications = 0;
  let asked = false;
  let timed = false;

  /** The first that may run; payers' and operators' work each keep their order. */
  const nextIndex = (): number => queue.findIndex(({ lane }) => running[lane] < LANES[lane].running);

  const turn = (): void => {
    asked = false;
    const index = nextIndex();
    const next = queue[index];
    if (next === undefined) return;
    const left = next.since + PATIENCE_MS - now();
    if (notifications > 0 && left > 0) {
      waitAtMost(left);
      return;
    }
    queue.splice(index, 1);
    running[next.lane] += 1;
    next.begin();
    ask();
  };
  const ask = (): void => {
    if (asked || queue.length === 0) return;
    asked = true;
    nextTurn(turn);
  };
  const waitAtMost = (ms: number): void => {
    if (timed) return;
    timed = true;
    after(ms, () => {
      timed = false;
      ask();
    });
  };

  return {
    notification() {
      notifications += 1;
      return () => {
        notifications -= 1;
        if (notifications === 0) ask();
      };
    },
    enter(lane) {
      if (queue.filter((one) => one.lane === lane).length >= LANES[lane].waiting)
        return Promise.resolve(null);
      return new Promise((resolve) => {
        queue.push({
          lane,
          since: now(),
          begin: () => {
            resolve(() => {
              running[lane] -= 1;
              ask();
            });
          },
        });
        ask();
      });
    },
  };
}
