/*
 * Whether a destination is called, from what its last calls came to.
 *
 *            answers about an order                      ┌─ answer ──▶ closed
 *          ┌──────────┐                                  │
 *   closed ┘          │ `failures` orders without an     │
 *     └───────────────┴─ answer, or a rate limit ──────▶ open ── pause over, one call ──┐
 *                                                        ▲                              │
 *                                                        └─ no answer: twice the pause ─┘
 *
 * Orders are counted, not calls: one order that breaks the destination, called again and again,
 * must not keep the others from it. So a 503 that asks for time counts as any other; a 429 is about
 * the calls and not the order, and pauses at once.
 */

/** What is remembered of a destination. Times are ms on a clock that is never set back. */
export type Breaker =
  /** `failed`: the orders whose calls had no answer since the last one that had. */
  | { readonly state: 'closed'; readonly failed: readonly string[] }
  | { readonly state: 'open'; readonly until: number; readonly pauseMs: number };

/** When a breaker opens, and for how long. */
export interface BreakerSettings {
  /** So many orders in a row without an answer open it. */
  readonly failures: number;
  /** How long it stays open the first time, in ms. */
  readonly pauseMs: number;
  /** How long at most, in ms. */
  readonly longestPauseMs: number;
}

/** How one call ended. `beganAt`: when it began, on the same clock. */
export type CallEnd =
  /** With an answer about its order, whatever it said. */
  | { readonly kind: 'answered'; readonly beganAt: number }
  /**
   * Without. `afterMs`: the destination asks to be left alone for so long; null: it does not.
   * `isForAll`: it asks so of all calls, and not of this order's.
   */
  | {
      readonly kind: 'unanswered';
      readonly beganAt: number;
      readonly order: string;
      readonly afterMs: number | null;
      readonly isForAll: boolean;
    };

/** Before the first call. */
export const CLOSED: Breaker = { state: 'closed', failed: [] };

/** How many calls may begin: any number, one to test the destination, or none. Pure. */
export function callsAllowed(breaker: Breaker, now: number): 'any' | 'one' | 'none' {
  if (breaker.state === 'closed') return 'any';
  return now >= breaker.until ? 'one' : 'none';
}

/**
 * The breaker after a call. An answer closes it, unless its call is from before the end of the
 * pause: what the destination said then is older than what opened it. Pure.
 *
 * Failure policy: fail closed. A destination that limits its calls is left alone at once; what it
 * asks for is limited, because a wrong header must not stop fulfilment for a day.
 */
export function afterCall(breaker: Breaker, end: CallEnd, now: number, settings: BreakerSettings): Breaker {
  const isStale = breaker.state === 'open' && end.beganAt < breaker.until;
  if (end.kind === 'answered') return isStale ? breaker : CLOSED;
  const { failures, pauseMs, longestPauseMs } = settings;
  const open = (ms: number, pause: number): Breaker => ({
    state: 'open',
    until: now + Math.min(ms, longestPauseMs),
    pauseMs: Math.min(pause, longestPauseMs),
  });
  const asked = end.afterMs ?? 0;
  if (breaker.state === 'open') {
    // A call from before the pause says nothing new, unless it asks for more time.
    if (isStale) {
      const isLonger = end.isForAll && now + asked > breaker.until;
      return isLonger ? open(asked, breaker.pauseMs) : breaker;
    }
    const pause = Math.min(2 * breaker.pauseMs, longestPauseMs);
    return open(Math.max(pause, asked), pause);
  }
  if (end.isForAll && asked > 0) return open(asked, pauseMs);
  const failed = [...new Set([...breaker.failed, end.order])];
  return failed.length < failures ? { state: 'closed', failed } : open(Math.max(pauseMs, asked), pauseMs);
}
