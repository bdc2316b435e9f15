import { JITTER } from '../config/ask-after';
import type { AskRequest } from '../store/requests';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';

/** Ages at which something that heard nothing is asked about, in ms from its creation, rising. */
export type AskAfterMs = readonly [number, ...number[]];

/** What the schedule looks at: how old it is, and how often it was asked about before this time. */
interface Asked {
  readonly createdAt: Instant;
  readonly asks: number;
}

/** `ms` and up to a tenth more, by `chance` (0 to 1). */
export function jittered(ms: number, chance: number): number {
  return ms * (1 + JITTER * chance);
}

/**
 * When to ask again after the first, second, … time, seen from `now`: the gaps of the schedule. A schedule of one age repeats
 * that. `chance` (0 to 1) is drawn once per batch, so that what has been asked equally often is put off by one request.
 */
export function askAgainTimes(askAfterMs: AskAfterMs, now: Instant, chance: number): AskRequest['again'] {
  const [first, ...rest] = askAfterMs;
  const [gap = first, ...gaps] = rest.map((ms, n) => ms - (askAfterMs[n] ?? 0));
  const after = (ms: number) => later(now, jittered(ms, chance));
  return [after(gap), ...gaps.map(after)];
}

/**
 * When an order that was claimed at `now` with `again` has its next turn, given what claiming set.
 *
 * Claiming counts every question, also those that could not be put or got no answer. After an hour without WeChat Pay those
 * would have used up the schedule, and the next turn would come a day later. So an order's turn is never later than
 * its age says.
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

/** When to ask again about something of which nothing could be learned: after the shortest gap, unless its turn is before that. */
export function soonTurn(again: AskRequest['again'], turn: Instant): Instant {
  return again.reduce(earlier, turn);
}

function nth([first, ...rest]: AskRequest['again'], n: number): Instant {
  return [first, ...rest][Math.min(n, rest.length)] ?? first;
}

function earlier(one: Instant, other: Instant): Instant {
  return one <= other ? one : other;
}
