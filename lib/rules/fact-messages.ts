import type { Refund } from '../model/refund';
import type { OutTradeNo, SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { OrderAnswer, RefundAnswer, RefundStatusAnswer } from '../wechat/port';
import type { PaymentDetails, RefundDetails } from '../model/facts';
import type { Content, InboxKey, NewMessage, Source } from '../model/message';
import { keyOf, orderOf } from '../model/message';

/**
 * The message for a payment that WeChat Pay answered a query with. It has the key a callback would
 * have.
 */
export function answerMessage(payment: PaymentDetails, now: Instant): NewMessage {
  return told({ kind: 'payment', payment }, 'query', now);
}

/**
 * The message for an order that WeChat Pay reports as closed (after we closed it, or when queried)
 * or as finally failed.
 */
export function closureMessage(
  outTradeNo: OutTradeNo,
  subMchId: SubMchId,
  as: 'closed' | 'failed',
  path: Extract<Source, 'query' | 'close'>,
  now: Instant,
): NewMessage {
  return told({ kind: 'closure', outTradeNo, subMchId, as }, path, now);
}

/** The fields of a refund that identify it in a query. */
type NamedRefund = Pick<Refund, 'outRefundNo' | 'outTradeNo' | 'subMchId'>;

/**
 * The message for a refund state that WeChat Pay answered a query with. A field it left out stays
 * null and is not compared.
 */
export function refundAnswerMessage(
  asked: NamedRefund,
  answer: Extract<RefundStatusAnswer, { kind: 'refund' }>,
  now: Instant,
): NewMessage {
  const { state, refundId, refund, settled, succeededAt } = answer;
  const said = { ...nothingKnown(asked, state), refundId, refund, settled, succeededAt };
  return aboutRefund(said, 'query', answer, now);
}

/**
 * The message for a refund request that WeChat Pay declined finally; `answer` is its answer. The
 * reason is stored on the refund (`lastError`) before this is recorded. It has its own key, because
 * a refund that WeChat Pay accepts after all may be closed later.
 */
export function refundDeclinedMessage(
  asked: NamedRefund,
  answer: Extract<RefundAnswer, { kind: 'refused' }>,
  now: Instant,
): NewMessage {
  return aboutRefund(nothingKnown(asked, 'declined'), 'refund', answer, now);
}

/**
 * The message for an order that WeChat Pay reports as moved to refund. It does not give the state
 * of this refund; it is kept as evidence.
 */
export function orderInRefundMessage(
  asked: NamedRefund,
  answer: Extract<OrderAnswer, { kind: 'paid_then_refunded' }>,
  now: Instant,
): NewMessage {
  return aboutRefund(nothingKnown(asked, 'unknown'), 'query', answer, now);
}

/** The key of the message for a declined refund request. */
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

/** The message for a payment or refund that a bill shows. It has the key a callback would have. */
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
