import { discrepancyId, PAYMENT_REJECTION_CLASSES } from '../discrepancies/discrepancy';
import type { Decision, Fact } from '../orders/decide';
import { decide, decideWithoutOrder } from '../orders/decide';
import type { Order } from '../orders/order';
import { errorText } from '../runtime/error-text';
import type { Settlement } from '../store/port';
import type { Instant } from '../values/instant';
import type { ClaimedMessage } from './message';
import type { InboxSettings } from './settings';
import type { Turn } from './turn';
import { ending, tryAgain } from './turn';

/**
 * What a believed message's turn comes to, given its order. Pure. A payment that came before its order waits, with
 * backoff, for `missingOrderMs`; a message that was taken too often is buried rather than decided.
 */
export function judge(
  settings: InboxSettings,
  message: ClaimedMessage,
  order: Order | null,
  now: Instant,
  chance: number,
): Turn {
  const fact: Fact = {
    content: message.content,
    evidence: message.key,
    path: message.confirmedBy[0] ?? 'callback',
    heardAt: message.receivedAt,
  };
  try {
    const decision = decide(order, fact, now);
    if (decision.kind !== 'wait') return turnOf(settings, message, decision, now);
    const waited = now - message.receivedAt;
    if (waited < settings.missingOrderMs && message.attempts < settings.attempts) {
      return tryAgain(settings, message, now, chance, 'the order is not here yet');
    }
    return turnOf(settings, message, decideWithoutOrder(fact, now), now);
  } catch (error) {
    // Failure policy: fail closed. What cannot be decided changes nothing; it is tried again and buried in the end,
    // and the rest of the batch goes on.
    return tryAgain(settings, message, now, chance, errorText(error));
  }
}

function turnOf(
  settings: InboxSettings,
  message: ClaimedMessage,
  decision: Exclude<Decision, { kind: 'wait' }>,
  now: Instant,
): Turn {
  switch (decision.kind) {
    case 'done': {
      if (message.attempts > settings.attempts) {
        const error = 'taken again and again without coming to an end';
        return ending(message, { kind: 'dead', reason: 'too_many_attempts', error });
      }
      const settlement: Settlement = {
        key: message.key,
        change: decision.change,
        refund: null,
        discrepancies: decision.discrepancies,
        resolves: explainedBy(message, now),
        finish: { kind: 'done', outcome: decision.outcome },
      };
      return { message, settlement };
    }
    case 'bury': {
      const settlement: Settlement = {
        key: message.key,
        change: null,
        refund: null,
        discrepancies: decision.discrepancies,
        resolves: null,
        finish: { kind: 'dead', reason: decision.reason, error: decision.detail },
      };
      return { message, settlement };
    }
  }
}

/** A payment that counts after it was buried and replayed, or found in a statement, explains the discrepancies opened before. */
function explainedBy(message: ClaimedMessage, now: Instant): Settlement['resolves'] {
  const reconsidered = message.replays > 0 || message.confirmedBy.includes('statement');
  if (!reconsidered || message.content.kind !== 'payment') return null;
  const { outTradeNo, transactionId } = message.content.payment;
  const subject = { kind: 'payment', outTradeNo, transactionId } as const;
  return {
    ids: PAYMENT_REJECTION_CLASSES.map((of) => discrepancyId(of, subject)),
    resolution: {
      by: 'auto',
      who: message.key,
      reason: 'the payment counts now',
      at: now,
    },
  };
}
