import type { Refund } from '../model/refund';
import type { OutTradeNo, SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { OrderAnswer, RefundAnswer, RefundStatusAnswer } from '../wechat/port';
import type { PaymentDetails, RefundDetails } from '../model/facts';
import type { Content, InboxKey, NewMessage, Source } from '../model/message';
import { keyOf, orderOf } from '../model/message';

/** The message for a payment that WeChat Pay told us of when asked. It has the key a callback would have. */
export function answerMessage(payment: PaymentDetails, now: Instant): NewMessage {
  return told({ kind: 'payment', payment }, 'query', now);
}

/** The message for an order that WeChat Pay says is closed (after we closed it, or when asked) or failed for good. */
export function closureMessage(
  outTradeNo: OutTradeNo,
  subMchId: SubMchId,
  as: 'closed' | 'failed',
  path: Extract<Source, 'query' | 'close'>,
  now: Instant,
): NewMessage {
  return told({ kind: 'closure', outTradeNo, subMchId, as }, path, now);
}

/** What of a refund a question about it names. */
type NamedRefund = Pick<Refund, 'outRefundNo' | 'outTradeNo' | 'subMchId'>;

/** The message for how a refund stands, as WeChat Pay told it when asked. What it did not say stays null and is not compared. */
export function refundAnswerMessage(
  asked: NamedRefund,
  answer: Extract<RefundStatusAnswer, { kind: 'refund' }>,
  now: Instant,
): NewMessage {
  const { state, refundId, refund, succeededAt } = answer;
  return aboutRefund({ ...nothingKnown(asked, state), refundId, refund, succeededAt }, 'query', answer, now);
}

/**
 * The message for a refund that WeChat Pay declined for good when it was asked for, `answer` being what it said. The reason
 * stands on the refund (`lastError`) before this is recorded. It has a key of its own: a refund that is taken after all may be closed later.
 */
export function refundDeclinedMessage(
  asked: NamedRefund,
  answer: Extract<RefundAnswer, { kind: 'refused' }>,
  now: Instant,
): NewMessage {
  return aboutRefund(nothingKnown(asked, 'declined'), 'refund', answer, now);
}

/** The message for an order that has moved to refund, by WeChat Pay's word. It does not say how this refund stands; it is kept as evidence. */
export function orderInRefundMessage(
  asked: NamedRefund,
  answer: Extract<OrderAnswer, { kind: 'paid_then_refunded' }>,
  now: Instant,
): NewMessage {
  return aboutRefund(nothingKnown(asked, 'unknown'), 'query', answer, now);
}

/** The key of that message. */
export function refundDeclinedKey(asked: NamedRefund): InboxKey {
  return keyOf({ kind: 'refund', refund: nothingKnown(asked, 'declined') }, 'platform');
}

function nothingKnown(
  { outRefundNo, outTradeNo, subMchId }: NamedRefund,
  state: RefundDetails['state'],
): RefundDetails {
  return {
    outRefundNo,
    outTradeNo,
    subMchId,
    state,
    transactionId: null,
    refundId: null,
    total: null,
    refund: null,
    settled: null,
    succeededAt: null,
  };
}

function aboutRefund(
  refund: RefundDetails,
  path: Extract<Source, 'query' | 'refund'>,
  answer: object,
  now: Instant,
): NewMessage {
  return { ...told({ kind: 'refund', refund }, path, now), raw: JSON.stringify(answer) };
}

/** The message for a payment or refund that a statement of WeChat Pay's shows. It has the key a callback would have. */
export function statedMessage(
  content: Extract<Content, { kind: 'payment' | 'refund' }>,
  now: Instant,
): NewMessage {
  return told(content, 'statement', now);
}

function told(content: Content, path: Source, now: Instant): NewMessage {
  return {
    key: keyOf(content, 'platform'),
    content,
    outTradeNo: orderOf(content),
    trust: 'platform',
    raw: JSON.stringify(content),
    path,
    receivedAt: now,
  };
}
