import { backoffMs } from '../runtime/backoff';
import type { Finish, Settlement } from '../store/port';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { ClaimedMessage } from '../model/message';
import type { InboxSettings } from './settings';

/** One claimed message and the outcome decided for it. */
export interface Verdict {
  readonly message: ClaimedMessage;
  readonly settlement: Settlement;
}

/** An outcome that touches no order. */
export function ending(message: ClaimedMessage, finish: Finish): Verdict {
  return {
    message,
    settlement: { key: message.key, change: null, refund: null, discrepancies: [], resolves: null, finish },
  };
}

/**
 * A failure of this message itself: it waits for the backoff, or goes dead once its attempts are
 * used up. `chance` (0 to 1) is drawn once per batch, so that one request returns all messages of
 * the same age.
 */
export function tryAgain(
  settings: InboxSettings,
  message: ClaimedMessage,
  now: Instant,
  chance: number,
  error: string,
): Verdict {
  const attempts = message.attempts + 1;
  if (attempts >= settings.attempts) {
    return ending(message, { kind: 'dead', reason: 'too_many_attempts', error });
  }
  const dueAt = later(now, backoffMs(settings.backoff, attempts, chance));
  return ending(message, { kind: 'retry', dueAt, error });
}

/**
 * Something else is missing or did not answer: the message waits, and no attempt is spent, however
 * often. The waits grow with its age like the backoff, to `mostMs` at most, and never end by
 * themselves.
 */
export function waitOn(
  settings: InboxSettings,
  message: ClaimedMessage,
  now: Instant,
  chance: number,
  error: string,
  mostMs = settings.backoff.maxMs,
): Verdict {
  const { firstMs, maxMs } = settings.backoff;
  const age = Math.max(0, now - message.receivedAt);
  const step = Math.min(mostMs, maxMs, Math.max(firstMs, age));
  const dueAt = later(now, Math.round(step / 2 + (step / 2) * chance));
  return ending(message, { kind: 'wait', dueAt, error });
}

/**
 * The longest that a store failure puts a message off, in ms, so that it follows soon after the
 * store's recovery.
 */
const PUT_OFF_MS = 15_000;

/**
 * The store failed, or other workers kept winning: the message waits, and no attempt is spent. The
 * wait stays short however old the message is, since its cause may end at once.
 */
export function putOff(
  settings: InboxSettings,
  message: ClaimedMessage,
  now: Instant,
  chance: number,
  error: string,
): Verdict {
  const most = Math.min(settings.backoff.firstMs, PUT_OFF_MS);
  const dueAt = later(now, Math.round(most / 2 + (most / 2) * chance));
  return ending(message, { kind: 'wait', dueAt, error: `${PUT_OFF}${error}` });
}

const PUT_OFF = 'put off: ';

/** True for a message that `putOff` left waiting: it is due in seconds, and nothing was decided. */
export function isPutOff({ lastError }: { readonly lastError: string | null }): boolean {
  return lastError?.startsWith(PUT_OFF) === true;
}
