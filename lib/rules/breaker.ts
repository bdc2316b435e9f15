/*
 * Whether a destination is called, from what its last calls came to.
 *
 *            answers about an order                      ┌─ answer ──▶ closed
 *          ┌──────────┐                                  │
 *   closed ┘          │ `failures` orders without an     │
 *     └───────────────┴─ answer, or it asks for time ──▶ open ── pause over, one call ──┐
 *                                                        ▲                              │
 *                                                        └─ no answer: twice the pause ─┘
 *
 * Orders are counted, not calls: one order that breaks the destination, called again and again,
 * must not keep the others from it.
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

/** How one call ended. */
export type CallEnd =
  /** With an answer about its order, whatever it said. */
  | { readonly kind: 'answered' }
  /** Without; `afterMs`: the destination asks to be left alone for so long; null: it does not. */
  | { readonly kind: 'unanswered'; readonly order: string; readonly afterMs: number | null };

/** Before the first call. */
export const CLOSED: Breaker = { state: 'closed', failed: [] };

/** How many calls may begin: any number, one to test the destination, or none. Pure. */
export function callsAllowed(breaker: Breaker, now: number): 'any' | 'one' | 'none' {
  if (breaker.state === 'closed') return 'any';
  return now >= breaker.until ? 'one' : 'none';
}

/**
 * The breaker after a call. An answer closes it, even to a call from before the pause. Pure.
 *
 * Failure policy: fail closed. A destination that asks for time is left alone at once; what it asks
 * for is limited, because a wrong header must not stop fulfilment for a day.
 */
export function afterCall(breaker: Breaker, end: CallEnd, now: number, settings: BreakerSettings): Breaker {
  if (end.kind === 'answered') return CLOSED;
  const { failures, pauseMs, longestPauseMs } = settings;
  const open = (ms: number, pause: number): Breaker => ({
    state: 'open',
    until: now + Math.min(ms, longestPauseMs),
    pauseMs: Math.min(pause, longestPauseMs),
  });
  const asked = end.afterMs ?? 0;
  if (breaker.state === 'open') {
    // A call from before the pause says nothing new, unless it asks for more time.
    if (now < breaker.until) return now + asked > breaker.until ? open(asked, breaker.pauseMs) : breaker;
    const pause = Math.min(2 * breaker.pauseMs, longestPauseMs);
    return open(Math.max(pause, asked), pause);
  }
  if (asked > 0) return open(asked, pauseMs);
  const failed = [...new Set([...breaker.failed, end.order])];
  return failed.length < failures ? { state: 'closed', failed } : open(pauseMs, pauseMs);
}
