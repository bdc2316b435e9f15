import { discrepancyId, PAYMENT_REJECTION_CLASSES, UNKNOWN_PAYMENT_CLASSES } from '../model/discrepancy';
import { decide, decideTransactionTaken } from '../rules/payment';
import { decideRefund } from '../rules/refunds/refund';
import { errorText } from '../runtime/error-text';
import type { Settlement } from '../store/port';
import type { Instant } from '../values/instant';
import type { DeadLetter, Decision, Done } from '../rules/decision';
import type { Known } from './lookup';
import type { ClaimedMessage } from '../model/message';
import { isBeside } from '../model/message';
import type { InboxSettings } from './settings';
import type { Verdict } from './verdict';
import { tryAgain, waitOn } from './verdict';

/**
 * Decides one believed message, given its order and refund. Pure. A payment that arrived before its
 * order waits, with backoff, for `missingOrderMs`. So does a refund before its payment, but for
 * half a minute at a time: a payment takes the refunds that wait for it along, except those that
 * another worker holds just then. No attempt is spent on waiting.
 */
export function judge(
  settings: InboxSettings,
  message: ClaimedMessage,
  known: Known,
  now: Instant,
  chance: number,
): Verdict {
  try {
    const decision = decided(settings, message, known, now);
    if (decision.kind !== 'wait') return verdictOf(message, decision, now);
    const waited = now - message.receivedAt;
    if (waited < settings.missingOrderMs) {
      const isForPayment = message.content.kind === 'refund' && known.order !== null;
      const most = isForPayment ? PAYMENT_WAIT_MS : settings.backoff.maxMs;
      return waitOn(settings, message, now, chance, decision.detail, most);
    }
    return verdictOf(message, decision.inTheEnd, now);
  } catch (error) {
    // Failure policy: fail closed. A message that cannot be decided changes nothing; it is retried
    // and goes dead in the end, and the rest of the batch goes on.
    return tryAgain(settings, message, now, chance, errorText(error));
  }
}

/** The longest wait of a refund message whose order is here, in ms. */
const PAYMENT_WAIT_MS = 30_000;

/** Each kind of fact has one decision, whatever its source. */
function decided(
  { lateMoney, verifyAbove }: InboxSettings,
  { key, content, confirmedBy, receivedAt }: ClaimedMessage,
  { order, refund, openRefunds, isTransactionTaken }: Known,
  now: Instant,
): Decision {
  const source = { evidence: key, path: confirmedBy[0] ?? 'callback', heardAt: receivedAt } as const;
  if (content.kind === 'refund') return decideRefund(order, refund, { content, ...source }, now);
  if (content.kind === 'payment' && isTransactionTaken) {
    return decideTransactionTaken({ content, ...source }, now);
  }
  const isStated = confirmedBy.includes('statement');
  const isVerified = isStated || confirmedBy.includes('query');
  const against = { verifyAbove, isVerified, isStated, openRefunds };
  return decide(order, { content, ...source }, now, { policy: lateMoney, refund }, against);
}

function verdictOf(message: ClaimedMessage, decision: Done | DeadLetter, now: Instant): Verdict {
  switch (decision.kind) {
    case 'done': {
      const settlement: Settlement = {
        key: message.key,
        change: decision.change,
        refund: decision.refund,
        discrepancies: decision.discrepancies,
        resolves: explainedBy(message, decision, now),
        finish: { kind: 'done', outcome: decision.outcome },
      };
      return { message, settlement };
    }
    case 'dead': {
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

function explainedBy(message: ClaimedMessage, { explains }: Done, now: Instant): Settlement['resolves'] {
  const fixed = fixedBy(message);
  const ids = [...fixed, ...(explains?.ids ?? [])];
  if (ids.length === 0) return null;
  const reason = explains?.reason ?? 'the payment counts now';
  return { ids, resolution: { by: 'auto', who: message.key, reason, at: now } };
}

/**
 * A payment that counts after all, replayed or found in a bill, explains the discrepancies opened
 * before. One that contradicts what was recorded first explains no mismatch: WeChat Pay said two
 * things, and a person must look at why.
 */
function fixedBy({
  key,
  replays,
  confirmedBy,
  content,
}: ClaimedMessage): readonly ReturnType<typeof discrepancyId>[] {
  const reconsidered = replays > 0 || confirmedBy.includes('statement');
  if (!reconsidered || content.kind !== 'payment') return [];
  const { outTradeNo, transactionId } = content.payment;
  const subject = { kind: 'payment', outTradeNo, transactionId } as const;
  const classes = isBeside(key) ? UNKNOWN_PAYMENT_CLASSES : PAYMENT_REJECTION_CLASSES;
  return classes.map((discrepancyClass) => discrepancyId(discrepancyClass, subject));
}
