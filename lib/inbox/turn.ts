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
 * Back into the inbox until the backoff is over, or buried once its attempts are used up. `chance` (0 to 1) is drawn once per
 * batch, so that messages of the same age can be put back by one request.
 */
export function tryAgain(
  settings: InboxSettings,
  message: ClaimedMessage,
  now: Instant,
  chance: number,
  error: string,
): Turn {
  if (message.attempts >= settings.attempts) {
    return ending(message, { kind: 'dead', reason: 'too_many_attempts', error });
  }
  const dueAt = later(now, backoffMs(settings.backoff, message.attempts, chance));
  return ending(message, { kind: 'retry', dueAt, error });
}
