import { JITTER } from '../config/ask-after';
import type { AskRequest } from '../store/requests';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';

/** Ages at which an unresolved item is queried, in ms from its creation, ascending. */
export type AskAfterMs = readonly [number, ...number[]];

/** What the schedule depends on: the item's age and its earlier queries. */
interface Asked {
  readonly createdAt: Instant;
  readonly asks: number;
}

/** `ms` plus up to a tenth, by `chance` (0 to 1). */
export function jittered(ms: number, chance: number): number {
  return ms * (1 + JITTER * chance);
}

/**
 * The times of the second, third, … query, seen from `now`: the gaps of the schedule. A schedule of
 * one age repeats it. `chance` (0 to 1) is drawn once per batch, so that one request defers all
 * items with the same number of queries.
 */
export function askAgainTimes(askAfterMs: AskAfterMs, now: Instant, chance: number): AskRequest['again'] {
  const [first, ...rest] = askAfterMs;
  const [gap = first, ...gaps] = rest.map((ms, n) => ms - (askAfterMs[n] ?? 0));
  const after = (ms: number) => later(now, jittered(ms, chance));
  return [after(gap), ...gaps.map(after)];
}

/**
 * When an order claimed at `now` with `again` is queried next, given what the claim set.
 *
 * A claim counts every query, even one that could not be made or got no answer. An hour without
 * WeChat Pay would use up the schedule that way, and the next query would come a day later. So the
 * next query is never later than the order's age demands.
 */
export function nextTurn(
  askAfterMs: AskAfterMs,
  again: AskRequest['again'],
  asked: Asked,
  now: Instant,
): { readonly at: Instant; readonly set: Instant } {
  const agesPassed = askAfterMs.filter((ms) => later(asked.createdAt, ms) <= now).length;
  const set = nth(again, asked.asks);
  const due = nth(again, Math.max(0, agesPassed - 1));
  return { at: earlier(set, due), set };
}

/**
 * When to query again after learning nothing: after the shortest gap, or at the next scheduled
 * query if that is sooner.
 */
export function soonTurn(again: AskRequest['again'], turn: Instant): Instant {
  return again.reduce(earlier, turn);
}

function nth([first, ...rest]: AskRequest['again'], n: number): Instant {
  return [first, ...rest][Math.min(n, rest.length)] ?? first;
}

function earlier(one: Instant, other: Instant): Instant {
  return one <= other ? one : other;
}
