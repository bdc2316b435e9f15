import type { ClaimedMessage } from '../model/message';
import type { LeaseToken } from '../model/lease';
import type { Budget } from '../runtime/budget';
import { errorText } from '../runtime/error-text';
import { later } from '../values/instant';
import type { ProcessDeps } from './process-deps';
import type { Turn } from './turn';
import { ending, waitOn } from './turn';

/** With less than this left, in ms, no message is claimed alone. */
const RESERVE_MS = 2_000;

/**
 * Puts off what was claimed when the store failed, so that the claims are not counted as claims without an outcome.
 *
 * Failure policy: fail open. What cannot be put off either comes back when its lease has run out.
 */
export async function giveBack(
  deps: ProcessDeps,
  token: LeaseToken,
  messages: readonly ClaimedMessage[],
  error: unknown,
): Promise<void> {
  if (messages.length === 0) return;
  const now = deps.clock.now();
  const text = errorText(error);
  const turns = messages.map((message) => waitOn(deps.settings, message, now, deps.random(), text));
  try {
    await deps.store.inbox.settle(
      token,
      now,
      turns.map(({ settlement }) => settlement),
    );
  } catch (again) {
    deps.log.warn('message_not_put_off', { outTradeNo: null, error: errorText(again) });
  }
}

/**
 * Processes the believed messages that are suspected of ending their workers, each in a claim of its own, the least claimed first: one that
 * ends this run too takes no other with it. One that did so as often as attempts are allowed is buried without being looked at again.
 * Answers how many were claimed.
 */
export async function workAlone(
  deps: ProcessDeps,
  budget: Budget,
  work: (token: LeaseToken, batch: readonly ClaimedMessage[]) => Promise<unknown>,
): Promise<number> {
  for (let claimed = 0; ; claimed += 1) {
    if (budget.stopping || budget.remaining() < RESERVE_MS) return claimed;
    const token = deps.newToken();
    const now = deps.clock.now();
    const [message] = await deps.store.inbox.claim({
      token,
      now,
      leaseUntil: later(now, deps.settings.leaseMs),
      limit: 1,
      trust: 'platform',
      alone: true,
    });
    if (message === undefined) return claimed;
    const { outTradeNo, key, claims } = message;
    deps.log.error('message_claimed_alone', { outTradeNo, key, claims });
    if (!isHopeless(deps, message)) {
      await work(token, [message]);
      continue;
    }
    await deps.store.inbox.settle(token, deps.clock.now(), [endedTooOften(message).settlement]);
    deps.log.error('message_buried', { outTradeNo, key, reason: 'too_many_attempts', error: null });
  }
}

/** True for a message whose claims ended without an outcome as often as attempts are allowed, and more often than once alone. */
export function isHopeless({ settings }: Pick<ProcessDeps, 'settings'>, { claims }: ClaimedMessage): boolean {
  return claims > CLAIMS_ALONE + settings.attempts;
}

/** How often a message may be claimed alone, at the least, before it is buried. */
const CLAIMS_ALONE = 3;

/** The end of such a message. */
export function endedTooOften(message: ClaimedMessage): Turn {
  const error = `its worker ended ${String(message.claims - 1)} times without an outcome`;
  return ending(message, { kind: 'dead', reason: 'too_many_attempts', error });
}
