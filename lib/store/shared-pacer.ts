import type { Clock, Instant } from '../values/instant';
import { later } from '../values/instant';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { Pacer } from '../runtime/pacer';
import type { Timers } from '../runtime/timers';
import type { PaceName, Paces } from './ports/paces-port';

/** What sharing a rate needs. */
export interface SharedPacerDeps {
  readonly store: { readonly paces: Paces };
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The longest span taken at once, in ms, which limits how often a busy run calls the store. The
 * first span is a single slot and each is twice as long as the one before, so a run with little to
 * do delays others only a little.
 */
const SPAN_MS = 2_000;

/**
 * A run that would wait longer than this, in ms, stops instead and leaves the rest to a later run.
 */
const WITHIN_MS = 5_000;

/** How late a slot may still be used, in ms: timers fire late. */
const LATE_MS = 100;

/** How often a slot that came too late is replaced. */
const ROUNDS = 10;

/**
 * A pacer whose `perSecond` is shared by every user of the pace of this name, in whatever process
 * or instance: each takes spans of time from the store and starts its calls within its own. A slot
 * not used in time is lost, so no burst follows a pause. When the clocks of two instances differ,
 * their calls come closer by that much.
 *
 * Failure policy: fail closed. When the store does not answer or grants nothing, there is no slot
 * and no call, and the work stays due. Calls without a slot could get refunds refused.
 */
export function sharedPacer(
  { store, clock, timers, log }: SharedPacerDeps & { readonly timers: Timers },
  name: PaceName,
  perSecond: number,
): Pacer {
  const gapMs = 1000 / perSecond;
  let turns = 1;
  let mine: { next: number; readonly end: Instant } | null = null;
  let queue: Promise<unknown> = Promise.resolve();

  /** When our next slot starts; null when none can be had. */
  const nextSlot = async (): Promise<number | null> => {
    const now = clock.now();
    // Slots whose time has passed are lost. A clock that was set back loses its whole span.
    if (mine !== null && mine.next <= now + WITHIN_MS) {
      const lost = Math.ceil((now - Math.max(gapMs, LATE_MS) - mine.next) / gapMs);
      mine.next += Math.max(0, lost) * gapMs;
      if (mine.next + gapMs <= mine.end) return takeSlot(mine);
    }
    const spanMs = Math.ceil(turns * gapMs);
    const from = await store.paces.take(name, { now, spanMs, withinMs: WITHIN_MS });
    if (from === null) return null;
    mine = { next: from, end: later(from, spanMs) };
    if (2 * turns * gapMs <= SPAN_MS) turns *= 2;
    return takeSlot(mine);
  };
  const takeSlot = (span: { next: number }): number => {
    const at = span.next;
    span.next += gapMs;
    return at;
  };

  const turn = async (): Promise<boolean> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const at = await nextSlot();
      if (at === null) {
        log.info('no_turn', { outTradeNo: null, pace: name });
        return false;
      }
      const waitMs = Math.ceil(at - clock.now());
      if (waitMs <= 0) return true;
      await new Promise<void>((resolve) => {
        timers.after(waitMs, resolve);
      });
      if (clock.now() <= at + Math.max(gapMs, LATE_MS)) return true;
    }
    return false;
  };
  return {
    turn() {
      const result = queue.then(turn).catch((error: unknown) => {
        log.warn('no_turn', { outTradeNo: null, pace: name, error: errorText(error) });
        return false;
      });
      queue = result;
      return result;
    },
  };
}

/**
 * Takes one slot of a shared rate for a call that a person waits for: it may start at once, and the
 * runs give way. False while so much is taken ahead that it must be left to a run.
 *
 * Failure policy: fail closed. When the store does not answer, the call is left to a run.
 */
export async function mayAskNow(
  { store, clock, log }: SharedPacerDeps,
  name: PaceName,
  perSecond: number,
): Promise<boolean> {
  const request = { now: clock.now(), spanMs: Math.ceil(1000 / perSecond), withinMs: WITHIN_MS };
  try {
    return (await store.paces.take(name, request)) !== null;
  } catch (error) {
    log.warn('no_turn', { outTradeNo: null, pace: name, error: errorText(error) });
    return false;
  }
}
