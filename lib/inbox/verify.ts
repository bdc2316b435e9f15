import type { OrderAnswer, RefundStatusAnswer } from '../wechat/port';
import type { PaymentDetails } from '../model/facts';
import { answerMessage, refundAnswerMessage } from '../rules/fact-messages';
import { hear } from './hear';
import type { Known } from './lookup';
import { rememberRefundSaid } from './refund-said';
import type { ClaimedMessage } from '../model/message';
import type { ProcessDeps } from './process-deps';
import type { Verdict } from './verdict';
import { ending, tryAgain, waitOn } from './verdict';

/** What verifying a message needs. */
interface Asking {
  readonly deps: ProcessDeps;
  readonly message: ClaimedMessage;
  readonly known: Known;
  readonly chance: number;
}

/**
 * The result of querying one message: its outcome and whether a new fact is in the inbox; or that
 * no more queries are possible.
 */
export type Verified =
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly learned: boolean }
  | { readonly kind: 'stop'; readonly because: 'rate_limited' | 'missing_api_token' };

/**
 * Verifies a claimed message of unproven origin: queries the order or refund it names. When WeChat
 * Pay says paid, or gives the refund's state, *its* answer enters the inbox as a fact of its own
 * and the message is done. The unverified text itself never counts (G7). Rejects with a
 * `StoreError` when that fact could not be recorded.
 *
 * Failure policy: fail closed. Without an answer, or with one that proves nothing, the query is
 * repeated with backoff. Only an answer about this very message spends an attempt; the others end
 * by their age, and never before a query: a message may have waited through a pause that is longer
 * than unverified messages are kept.
 */
export async function verifyOne(asking: Asking): Promise<Verified> {
  const { message } = asking;
  const { content } = message;
  switch (content.kind) {
    case 'payment':
      return verifyPayment(asking, content.payment);
    case 'refund':
      return verifyRefund(asking);
    case 'unusable':
      return verifyUnreadable(asking, content.reason);
    case 'other':
      return verdict(ending(message, { kind: 'done', outcome: 'noted' }));
    case 'closure':
      return verdict(unusable(asking, 'only payments and refunds can be verified'));
  }
}

async function verifyPayment(asking: Asking, claimed: PaymentDetails): Promise<Verified> {
  const { deps, message, known } = asking;
  const subMchId = known.order?.subMchId ?? claimed.subMchId;
  if (!deps.settings.merchants.includes(subMchId)) {
    return verdict(notConfirmed(asking, 'the merchant number is not ours'));
  }
  const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo: claimed.outTradeNo });
  logAsked(asking, answer.kind);
  if (known.order !== null)
    await rememberRefundSaid(deps.store.orders, known.order, answer, deps.clock.now());
  const payment = provenBy(answer, known);
  if (payment !== null) {
    await hear(deps, answerMessage(payment, deps.clock.now()));
    return confirmed(message);
  }
  if (provesOtherwise(answer)) return verdict(notConfirmed(asking, `WeChat Pay says: ${answer.kind}`));
  return againLater(asking, answer);
}

/**
 * A message that cannot be read, but names an order of ours that is not paid: something may have
 * happened to it, so WeChat Pay is queried instead of waiting for the order's schedule.
 */
async function verifyUnreadable(asking: Asking, reason: string): Promise<Verified> {
  const { deps, known } = asking;
  const { order } = known;
  if (order === null || order.payment.state === 'paid') {
    return verdict(unusable(asking, `unreadable (${reason}), and it names no order that waits for payment`));
  }
  const { subMchId, outTradeNo } = order;
  const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo });
  logAsked(asking, answer.kind);
  const now = deps.clock.now();
  await rememberRefundSaid(deps.store.orders, order, answer, now);
  if (answer.kind === 'paid') {
    await hear(deps, answerMessage(answer.payment, now));
    return confirmed(asking.message);
  }
  if (answer.kind === 'unknown' || answer.kind === 'refused') return againLater(asking, answer);
  return verdict(unusable(asking, `unreadable (${reason}); WeChat Pay says: ${answer.kind}`));
}

/**
 * Only a refund that exists here can be queried usefully: queryRefund does not say which order a
 * number belongs to, and the message that does is not proven. A refund from the merchant platform
 * is left to the bill.
 *
 * queryOrder would not help: `REFUND` appears once WeChat Pay accepts any refund of the order, so
 * it proves neither which refund nor that it succeeded, not even for an order with one full refund.
 *
 * When WeChat Pay answers without the state, as it always does on CloudBase as far as known, a
 * repeated query brings nothing new: the message is kept, and the refund's schedule and the bill
 * follow the refund.
 */
async function verifyRefund(asking: Asking): Promise<Verified> {
  const { deps, message, known } = asking;
  const { refund } = known;
  if (refund === null) {
    return verdict(notConfirmed(asking, 'no such refund here: the bill will show it'));
  }
  const { state } = refund.progress;
  if (state === 'succeeded' || state === 'closed') {
    return verdict(ending(message, { kind: 'done', outcome: 'superseded' }));
  }
  const { subMchId, outRefundNo } = refund;
  const answer = await deps.wechat.queryRefund({ subMchId, outRefundNo });
  logAsked(asking, answer.kind);
  switch (answer.kind) {
    case 'refund':
      await hear(deps, refundAnswerMessage(refund, answer, deps.clock.now()));
      return confirmed(message);
    case 'no_such_refund':
      return verdict(notConfirmed(asking, 'WeChat Pay says: no such refund'));
    case 'refused':
      return againLater(asking, answer);
    case 'unknown':
      return answer.reason === 'unreadable'
        ? verdict(ending(message, { kind: 'done', outcome: 'noted' }))
        : againLater(asking, answer);
  }
}

function unusable({ message }: Asking, error: string): Verdict {
  return ending(message, { kind: 'dead', reason: 'unusable_notification', error });
}

function notConfirmed({ message }: Asking, error: string): Verdict {
  return ending(message, { kind: 'dead', reason: 'not_confirmed_by_query', error });
}

/**
 * The payment that an answer proves, or null.
 *
 * Failure policy: fail closed. A payment of which money went back counts only for an order that is
 * here: nothing else could remember that, and the order would be fulfilled once it appears.
 */
function provenBy(answer: OrderAnswer, { order }: Known): PaymentDetails | null {
  if (answer.kind === 'paid') return answer.payment;
  return answer.kind === 'paid_then_refunded' && order !== null ? answer.payment : null;
}

function verdict(decided: Verdict): Verified {
  return { kind: 'verdict', verdict: decided, learned: false };
}

function confirmed(message: ClaimedMessage): Verified {
  const end = ending(message, { kind: 'done', outcome: 'confirmed_by_query' });
  return { kind: 'verdict', verdict: end, learned: true };
}

function againLater(asking: Asking, answer: OrderAnswer | RefundStatusAnswer): Verified {
  const { deps, message, chance } = asking;
  const now = deps.clock.now();
  const text = `WeChat Pay says: ${sayOf(answer)}`;
  if (
    answer.kind === 'unknown' &&
    (answer.reason === 'rate_limited' || answer.reason === 'missing_api_token')
  ) {
    return { kind: 'stop', because: answer.reason };
  }
  if (now - message.receivedAt >= deps.settings.unverifiedMs) {
    return verdict(notConfirmed(asking, 'WeChat Pay did not confirm it while unverified messages are kept'));
  }
  const saidNothing = answer.kind === 'unknown' || answer.kind === 'refused';
  return verdict((saidNothing ? waitOn : tryAgain)(deps.settings, message, now, chance, text));
}

function logAsked({ deps, message }: Asking, answer: string): void {
  const { outTradeNo, key } = message;
  deps.log.info('verification_asked', { outTradeNo, key, answer });
}

/**
 * Unpaid, failed or unknown is not a contradiction yet: the query may be slightly behind the
 * payment.
 */
function provesOtherwise(answer: OrderAnswer): boolean {
  return answer.kind === 'closed';
}

function sayOf(answer: OrderAnswer | RefundStatusAnswer): string {
  if (answer.kind === 'unknown') return `nothing (${answer.reason})`;
  if (answer.kind === 'refused') return `refused (${answer.code})`;
  return answer.kind;
}
