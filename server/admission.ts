import type { Monotonic } from './arrivals';

/*
 * Notifications go before everything else. Answering an operator can hold the thread for a tenth of a second (a list of a full store, a
 * scrape of the figures), and twenty of them at once hold it for two seconds in which no notification is even read. So whatever is no
 * notification begins through here: one in each turn of the event loop, a bounded number at a time, and only while no notification is
 * being answered, unless it has waited so long that a stream of notifications would lock operators out.
 *
 *   asked ──▶ waiting ── a turn of its own ──▶ running ──▶ left
 *     └── too many wait ──▶ refused
 */

/** How much of one kind of work there may be. */
export interface Lane {
  /** How many run at once. */
  readonly running: number;
  /** How many wait; more are refused at once. */
  readonly waiting: number;
}

/** The kinds of work that wait for notifications: payers' calls, and operators' questions with everything that is like them. */
export const LANES = {
  payer: { running: 64, waiting: 1_000 },
  operator: { running: 8, waiting: 100 },
} as const satisfies Readonly<Record<string, Lane>>;

/** The name of a kind of work. */
export type LaneName = keyof typeof LANES;

/** After this, in ms, work begins although notifications are being answered. */
export const PATIENCE_MS = 250;

/** What admission needs of the event loop. */
export interface AdmissionHooks {
  readonly now: Monotonic;
  /** Runs once in a later turn, after what has come meanwhile was read. */
  readonly nextTurn: (then: () => void) => void;
  /** Runs once after so many ms. */
  readonly after: (ms: number, then: () => void) => void;
}

/** Says when work may begin. */
export interface Admission {
  /** A notification begins to be answered. The function that is returned says that it has been, and may be called once. */
  notification(): () => void;
  /** Resolves when work of this kind may begin, with the function to call when it has ended; with null when too much waits already. */
  enter(lane: LaneName): Promise<(() => void) | null>;
}

interface Waiting {
  readonly lane: LaneName;
  readonly since: number;
  readonly begin: () => void;
}

/** An admission with nothing in it. */
export function openAdmission({ now, nextTurn, after }: AdmissionHooks): Admission {
  const queue: Waiting[] = [];
  const running: Record<LaneName, number> = { payer: 0, operator: 0 };
  let notifications = 0;
  let asked = false;
  let timed = false;

  /** The first that may run; payers' and operators' work keep their order among themselves. */
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
