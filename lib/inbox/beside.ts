import type { Budget } from '../runtime/budget';
import { stopwatch } from '../runtime/stopwatch';
import type { Timers } from '../runtime/timers';
import { within } from '../runtime/timers';
import type { Clock } from '../values/instant';

/** Slow work of a run, which waits for WeChat Pay or for a merchant's hook. */
export interface SlowWork {
  /** Resolves when nothing of it is under way. Never rejects. */
  idle(): Promise<void>;
  /** For how long the run waits for it, in ms. Absent: until the budget ends. */
  readonly longestMs?: number;
}

/** While slow work is under way, believed messages are looked for this often, in ms. */
const LOOK_MS = 2_000;

/**
 * Waits for slow work, and looks for believed messages meanwhile, so that none of them waits for
 * it. Ends when nothing is under way, with the budget, or when all work has had its longest time:
 * work that never ends is left behind, and what it still writes carries a token whose lease ends.
 *
 * Rejects when `look` does, once the work has ended: a hook that was called is not abandoned.
 */
export async function lookBeside(
  { timers, clock }: { readonly timers: Timers; readonly clock: Clock },
  budget: Budget,
  work: readonly SlowWork[],
  look: () => Promise<void>,
): Promise<void> {
  const elapsed = stopwatch(clock);
  const hasEnded = async (): Promise<boolean> => {
    const waited = work.filter(({ longestMs = Infinity }) => elapsed() < longestMs);
    const waitMs = Math.max(1, Math.min(LOOK_MS, budget.remaining()));
    const ended = await within(timers, waitMs, () => Promise.all(waited.map((one) => one.idle())));
    return ended.kind !== 'timeout' || budget.remaining() <= 0;
  };
  let isOver = await hasEnded();
  try {
    for (; !isOver; isOver = await hasEnded()) await look();
  } finally {
    while (!isOver) isOver = await hasEnded();
  }
}
