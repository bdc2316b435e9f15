import type { V3Party } from '../../config/v3-party';
import { isTransactionId } from '../../values/ids';
import { isRecord } from '../../values/json';
import type {
  BillAnswer,
  CloseAnswer,
  OrderAnswer,
  OrderQuestion,
  PayOutAnswer,
  PayOutRequest,
  RefundAnswer,
  RefundQuestion,
  RefundRequest,
  RefundStatusAnswer,
  UnknownAnswer,
} from '../port';
import { readableText } from '../readable-text';
import { unknown, verdict, type Said } from './answer';
import type { BillCheck } from './bill-file';
import { isAbout, namedParty } from './named-party';
import { readPaymentResource } from './read-payment';
import { readRefundResource } from './read-refund';
import { billMeaning, payOutMeaning, refundMeaning, type Declined } from './refusals';

/** The id of a prepay order; null when it is not there. */
export function readPrepayId(body: unknown): string | null {
  const id = isRecord(body) ? body['prepay_id'] : undefined;
  return typeof id === 'string' && /^[\x21-\x7e]{1,64}$/.test(id) ? id : null;
}

/**
 * The state of an order. The answer must name its number and the merchant: a mixed-up answer would
 * close or pay the wrong one.
 *
 * Failure policy: fail closed. `paid` needs every deciding field of the payment.
 */
export function readOrder(body: unknown, party: V3Party, question: OrderQuestion): OrderAnswer {
  if (!isRecord(body)) return unknown('unreadable', 'the answer is not an object');
  if (body['out_trade_no'] !== question.outTradeNo || !isAbout(namedParty(body), party)) {
    return aboutSomethingElse();
  }
  const state = body['trade_state'];
  switch (state) {
    case 'SUCCESS': {
      const reading = readPaymentResource(body);
      if (reading.kind === 'read') return { kind: 'paid', payment: reading.payment };
      return unknown('unreadable', `paid, but cannot be read: ${reading.problems.join(', ')}`);
    }
    case 'REFUND': {
      const reading = readPaymentResource(body);
      const transactionId = body['transaction_id'];
      return {
        kind: 'paid_then_refunded',
        transactionId: isTransactionId(transactionId) ? transactionId : null,
        payment: reading.kind === 'read' ? reading.payment : null,
      };
    }
    case 'NOTPAY':
      return { kind: 'not_paid' };
    case 'USERPAYING':
      return { kind: 'paying' };
    case 'CLOSED':
    case 'REVOKED': // Only card payments can be revoked. The order is closed.
      return { kind: 'closed' };
    case 'PAYERROR': {
      const said = body['trade_state_desc'];
      return { kind: 'failed', detail: readableText(`PAYERROR ${typeof said === 'string' ? said : ''}`) };
    }
    default:
      return unknown(
        'unreadable',
        `unknown trade state: ${typeof state === 'string' ? state : typeof state}`,
      );
  }
}

/**
 * What the query after a close proves. Only `closed` proves that nobody can pay any more.
 */
export function closeOf(order: OrderAnswer, said: Said): CloseAnswer {
  switch (order.kind) {
    case 'closed':
    case 'no_such_order':
      return { kind: order.kind };
    case 'paid':
    case 'paid_then_refunded':
      return { kind: 'already_paid' };
    case 'not_paid':
    case 'failed':
      return said.kind === 'unknown' ? said : unknown('system', 'after the close it can still be paid');
    case 'paying':
      return unknown('system', 'a payment is under way');
    case 'refused':
    case 'unknown':
      return order;
  }
}

/** The answer to the request of a refund: `accepted` only for its number and amount. */
export function readRefundAnswer(said: Said, request: RefundRequest): RefundAnswer {
  if (said.kind === 'unknown') return said;
  if (said.kind === 'declined') {
    // A final refusal that nobody has signed must not return money to the order.
    return verdict(said.declined, refundMeaning(said.declined), ['not_authorised', 'other']);
  }
  const standing = readRefundStatus(said.body, request);
  if (standing.kind === 'refund') return acceptedBefore(standing, request);
  return standing.kind === 'unknown' ? standing : unknown('unreadable', 'no refund');
}

/** A refund that WeChat Pay knows under our number, as the answer to its request. */
export function acceptedBefore(
  standing: Extract<RefundStatusAnswer, { kind: 'refund' }>,
  request: RefundRequest,
): RefundAnswer {
  const { refundId, refund, settled } = standing;
  if (refundId === null || refund !== request.refund) {
    return unknown('unreadable', 'accepted, but not as the requested refund');
  }
  return { kind: 'accepted', refundId, outRefundNo: request.outRefundNo, refund, settled };
}

/** The state of a refund, which must be the one that was asked about. */
export function readRefundStatus(
  body: unknown,
  question: RefundQuestion & { readonly outTradeNo?: OrderQuestion['outTradeNo'] },
): RefundStatusAnswer {
  const reading = readRefundResource(body);
  if (reading.kind === 'unreadable') {
    return unknown('unreadable', `the refund cannot be read: ${reading.problems.join(', ')}`);
  }
  const { outRefundNo, outTradeNo, subMchId, state, refundId, refund, settled, succeededAt } = reading.refund;
  const isOther =
    outRefundNo !== question.outRefundNo ||
    (subMchId !== null && subMchId !== question.subMchId) ||
    (question.outTradeNo !== undefined && outTradeNo !== null && outTradeNo !== question.outTradeNo);
  return isOther ? aboutSomethingElse() : { kind: 'refund', state, refundId, refund, settled, succeededAt };
}

/** The answer to paying out an abnormal refund: `accepted` only for the refund that was named. */
export function readPayOut(said: Said, request: PayOutRequest): PayOutAnswer {
  if (said.kind === 'unknown') return said;
  if (said.kind === 'declined') return verdict(said.declined, payOutMeaning(said.declined));
  const standing = readRefundStatus(said.body, request);
  if (standing.kind === 'refund') return { kind: 'accepted' };
  return standing.kind === 'unknown' ? standing : unknown('unreadable', 'no refund');
}

/**
 * Why there is no bill. An unsigned `no_bill` is taken for "not yet": it would end the waiting.
 */
export function readNoBill(declined: Declined): BillAnswer {
  const means = billMeaning(declined);
  if (means !== 'no_bill' && means !== 'not_yet') return verdict(declined, means);
  const detail = readableText(`${declined.code} ${declined.text}`);
  return { kind: declined.signed ? means : 'not_yet', detail };
}

/** The bill's file. Downloads are not signed; the hash was. */
export function readBill(bytes: Uint8Array, check: BillCheck): BillAnswer {
  switch (check) {
    case 'same':
      return { kind: 'bill', bytes };
    case 'different':
      return unknown('unverified', 'the bill’s bytes do not have the hash that WeChat Pay signed');
    case 'broken':
      return unknown('unreadable', 'the bill’s compressed bytes are damaged');
    case 'too_large':
      return unknown('unreadable', 'the bill expands beyond any bill');
    case 'no_time':
      return unknown('transport', 'no time was left to check the bill');
  }
}

function aboutSomethingElse(): UnknownAnswer {
  return unknown('unreadable', 'the answer is about something else than the request');
}
