import type { ClaimedMessage } from '../model/message';
import type { LeaseToken } from '../model/lease';
import type { Budget } from '../runtime/budget';
import { errorText } from '../runtime/error-text';
import { later } from '../values/instant';
import type { ProcessDeps } from './process-deps';
import type { Verdict } from './verdict';
import { ending, putOff } from './verdict';

/** With less than this left, in ms, no message is claimed alone. */
const RESERVE_MS = 2_000;

/**
 * Returns claimed messages after a store failure, so that their claims do not count as claims
 * without an outcome.
 *
 * Failure policy: fail open. A message that cannot be returned becomes due again when its lease
 * runs out.
 */
export async function returnClaims(
  deps: ProcessDeps,
  token: LeaseToken,
  messages: readonly ClaimedMessage[],
  error: unknown,
): Promise<void> {
  if (messages.length === 0) return;
  const now = deps.clock.now();
  const text = errorText(error);
  const verdicts = messages.map((message) => putOff(deps.settings, message, now, deps.random(), text));
  try {
    await deps.store.inbox.settle(
      token,
      now,
      verdicts.map(({ settlement }) => settlement),
    );
  } catch (again) {
    deps.log.warn('message_not_put_off', { outTradeNo: null, error: errorText(again) });
  }
}

/**
 * Processes the believed messages that are suspected of crashing their workers. Each gets a claim
 * of its own, the least claimed first, so one that crashes this run affects no other. A message
 * that reached the limit of attempts this way goes dead unprocessed. Returns how many were claimed.
 */
export async function processAlone(
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
    deps.log.error('message_dead', { outTradeNo, key, reason: 'too_many_attempts', error: null });
  }
}

/**
 * True for a message whose claims ended without an outcome as often as attempts are allowed, and
 * several times alone.
 */
export function isHopeless({ settings }: Pick<ProcessDeps, 'settings'>, { claims }: ClaimedMessage): boolean {
  return claims > CLAIMS_ALONE + settings.attempts;
}

/** The least number of claims alone before a message goes dead. */
const CLAIMS_ALONE = 3;

/** Lets such a message go dead. */
export function endedTooOften(message: ClaimedMessage): Verdict {
  const error = `its worker ended ${String(message.claims - 1)} times without an outcome`;
  return ending(message, { kind: 'dead', reason: 'too_many_attempts', error });
}
