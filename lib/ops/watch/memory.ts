import type { Discrepancies } from '../../store/ports/discrepancies-port';
import type { OrderCounts } from '../../model/order';
import type { RefundCounts } from '../../model/refund';
import { stopwatch } from '../../runtime/stopwatch';
import type { Clock } from '../../values/instant';
import type { Statements } from './statements';

/** One thing that is watched. */
export interface Watched<Value> {
  readonly read: () => Promise<Value>;
  /** Whether nothing can have come of it since, seen from now. */
  readonly isQuiet: (value: Value) => boolean;
}

/** What was found last, as long as it is quiet and not old; otherwise what is found now. */
export type Recall<Value> = (watched: Watched<Value>) => Promise<Value>;

/**
 * What a watchdog's process remembers of looks that found nothing to watch. Something that begins
 * in a quiet shop is seen up to an hour late where a cause has a window of a day, or where only
 * charts show it; whatever is not quiet is looked at in every run.
 */
export interface WatchMemory {
  /** Half an hour: what begins late enough to matter is not quiet, since it depends on the time. */
  readonly statements: Recall<Statements>;
  readonly discrepancies: Recall<Awaited<ReturnType<Discrepancies['countOpenByClass']>>>;
  /** An hour. */
  readonly refunds: Recall<RefundCounts>;
  readonly overdueRefunds: Recall<number>;
  readonly orders: Recall<OrderCounts>;
  /** The last run found nothing that waits for a time, beside pending orders. */
  isIdle: boolean;
}

const HALF_HOUR_MS = 1_800_000;
const HOUR_MS = 3_600_000;

/** Looks at everything in every run: where a look costs nothing. */
export function noMemory(): WatchMemory {
  const now = <Value>({ read }: Watched<Value>): Promise<Value> => read();
  return {
    statements: now,
    discrepancies: now,
    refunds: now,
    overdueRefunds: now,
    orders: now,
    isIdle: false,
  };
}

/** Remembers what was quiet: where each look costs a call. */
export function watchMemory(clock: Clock): WatchMemory {
  const elapsed = stopwatch(clock);
  const kept = <Value>(forMs: number): Recall<Value> => {
    let last: { readonly at: number; readonly value: Value } | null = null;
    return async ({ read, isQuiet }) => {
      if (last !== null && elapsed() - last.at < forMs && isQuiet(last.value)) return last.value;
      const at = elapsed();
      last = null;
      const value = await read();
      last = { at, value };
      return value;
    };
  };
  return {
    statements: kept(HALF_HOUR_MS),
    discrepancies: kept(HALF_HOUR_MS),
    refunds: kept(HOUR_MS),
    overdueRefunds: kept(HOUR_MS),
    orders: kept(HOUR_MS),
    isIdle: false,
  };
}
