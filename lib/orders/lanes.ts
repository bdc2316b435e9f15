import type { ClaimedOrder, OrderSource } from './order-source';

/** Lanes that fulfil orders until none is due, and can be set going again. */
export interface Lanes {
  /**
   * Something became due: each lane that has ended starts again. Lanes whose hook hangs stay where
   * they are, so that no more hooks run at a time than there are lanes.
   */
  refill(): void;
  /** While `work` runs, no lane begins an order. Rejects as `work` does. */
  pauseWhile(work: () => Promise<void>): Promise<void>;
  /** Resolves when no lane is at work. Never rejects. */
  idle(): Promise<void>;
  /** The first failure to claim since the last refill; null when there was none. */
  failure(): { readonly error: unknown } | null;
}

/**
 * `count` lanes that take orders from `source`. `work` fulfils one order and never rejects. No lane
 * runs before the first refill.
 */
export function lanesOf(
  count: number,
  source: Pick<OrderSource, 'next' | 'refill'>,
  work: (claimed: ClaimedOrder) => Promise<void>,
): Lanes {
  const atWork = new Set<Promise<void>>();
  let gate: Promise<unknown> = Promise.resolve();
  let failure: { readonly error: unknown } | null = null;
  const next = async (): Promise<ClaimedOrder | null> => {
    await gate;
    return source.next();
  };
  const run = async (): Promise<void> => {
    try {
      for (let claimed = await next(); claimed !== null; claimed = await next()) await work(claimed);
    } catch (error) {
      failure ??= { error };
    }
  };
  const start = (): void => {
    const lane = run().finally(() => atWork.delete(lane));
    atWork.add(lane);
  };
  return {
    refill() {
      failure = null;
      source.refill();
      while (atWork.size < count) start();
    },
    async pauseWhile(during) {
      const paused = during();
      gate = paused.catch(() => undefined);
      await paused;
    },
    async idle() {
      while (atWork.size > 0) await Promise.all(atWork);
    },
    failure: () => failure,
  };
}
