import { backoffMs } from '../runtime/backoff';
import type { Finish, Settlement } from '../store/port';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { ClaimedMessage } from '../model/message';
import type { InboxSettings } from './settings';

/** One claimed message and what its turn comes to. */
export interface Turn {
  readonly message: ClaimedMessage;
  readonly settlement: Settlement;
}

/** A turn that only ends, without touching an order. */
export function ending(message: ClaimedMessage, finish: Finish): Turn {
  return {
    message,
    settlement: { key: message.key, change: null, refund: null, discrepancies: [], resolves: null, finish },
  };
}

/**
 * A failure that was decided about this message: back into the inbox until the backoff is over, or buried once its attempts are used up.
 * `chance` (0 to 1) is drawn once per batch, so that messages of the same age can be put back by one request.
 */
export function tryAgain(
  settings: InboxSettings,
  message: ClaimedMessage,
  now: Instant,
  chance: number,
  error: string,
): Turn {
  const attempts = message.attempts + 1;
  if (attempts >= settings.attempts) {
    return ending(message, { kind: 'dead', reason: 'too_many_attempts', error });
  }
  const dueAt = later(now, backoffMs(settings.backoff, attempts, chance));
  return ending(message, { kind: 'retry', dueAt, error });
}

/**
 * Back into the inbox through no fault of the message: something else is missing or did not answer. No attempt is spent, however often.
 * The waits grow with its age, as the backoff would have them, and never end by themselves.
 */
export function waitOn(
  settings: InboxSettings,
  message: ClaimedMessage,
  now: Instant,
  chance: number,
  error: string,
): Turn {
  const { firstMs, maxMs } = settings.backoff;
  const age = Math.max(0, now - message.receivedAt);
  const step = Math.min(maxMs, Math.max(firstMs, age));
  const dueAt = later(now, Math.round(step / 2 + (step / 2) * chance));
  return ending(message, { kind: 'wait', dueAt, error });
}
