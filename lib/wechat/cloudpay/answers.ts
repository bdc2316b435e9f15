import { isPayableFen } from '../../values/fen';
import { isTransactionId } from '../../values/ids';
import { isRecord } from '../../values/json';
import { field, textField } from '../fields';
import { readPayment } from '../payment-fields';
import type {
  BillAnswer,
  CloseAnswer,
  OrderAnswer,
  OrderQuestion,
  PrepayAnswer,
  PrepayRequest,
  RefundAnswer,
  RefundRequest,
} from '../port';
import type { PaymentParameters } from '../../model/facts';
import { unknown, type Body } from './body';
import { readableText } from '../readable-text';
import * as refusals from './refusals';
import { aboutSomethingElse, declined, isAboutSomethingElse, notAnAnswer } from './verdicts';

/**
 * `prepaid` needs every parameter of `wx.requestPayment`: with only some of them the payment would
 * fail at the payer.
 */
export function readPrepay(body: Body, request: PrepayRequest): PrepayAnswer {
  if (body.kind === 'unknown') return body;
  if (body.kind === 'document') return notAnAnswer();
  if (body.kind === 'declined') {
    const means = refusals.meaning(refusals.UNIFIED_ORDER, body.code, body.text);
    return declined(means, body);
  }
  if (isAboutSomethingElse(body.fields, request)) return aboutSomethingElse();
  const prepayId = field(body.fields, 'prepayId');
  const payment = readPaymentParameters(field(body.fields, 'payment'));
  if (typeof prepayId !== 'string' || payment === null) {
    return unknown('unreadable', 'prepaid, but without the parameters to pay with');
  }
  return { kind: 'prepaid', prepayId, payment };
}

function readPaymentParameters(value: unknown): PaymentParameters | null {
  if (!isRecord(value)) return null;
  const appId = textField(value, 'appId');
  const stamp = field(value, 'timeStamp');
  const parameters = {
    timeStamp: typeof stamp === 'number' ? String(stamp) : textField(value, 'timeStamp'),
    nonceStr: textField(value, 'nonceStr'),
    package: textField(value, 'package'),
    signType: textField(value, 'signType'),
    paySign: textField(value, 'paySign'),
  };
  if (Object.values(parameters).includes('')) return null;
  return appId === '' ? parameters : { appId, ...parameters };
}

/**
 * The state of an order. The answer must name the order of the query: a mixed-up answer would close
 * or pay the wrong one.
 *
 * Failure policy: fail closed. `paid` needs both codes, the trade state and every deciding payment
 * field.
 */
export function readOrder(body: Body, question: OrderQuestion): OrderAnswer {
  if (body.kind === 'unknown') return body;
  if (body.kind === 'document') return notAnAnswer();
  if (body.kind === 'declined') {
    const means = refusals.meaning(refusals.QUERY_ORDER, body.code, body.text);
    if (means === 'no_such_order') return { kind: 'no_such_order' };
    return declined(means, body);
  }
  if (field(body.fields, 'outTradeNo') !== question.outTradeNo) return aboutSomethingElse();
  if (isAboutSomethingElse(body.fields, question)) return aboutSomethingElse();

  const state = field(body.fields, 'tradeState');
  switch (state) {
    case 'SUCCESS': {
      const reading = readPayment(body.fields);
      if (reading.kind === 'read') return { kind: 'paid', payment: reading.payment };
      const fields = [...reading.missing, ...reading.illTyped].join(', ');
      return unknown('unreadable', `paid, but these fields cannot be read: ${fields}`);
    }
    case 'REFUND': {
      const transactionId = field(body.fields, 'transactionId');
      // Documented without the amount; answers that merchants published have all of the payment.
      const reading = readPayment(body.fields);
      return {
        kind: 'paid_then_refunded',
        transactionId: isTransactionId(transactionId) ? transactionId : null,
        payment: reading.kind === 'read' ? reading.payment : null,
      };
    }
    case 'NOTPAY':
      return { kind: 'not_paid' };
    case 'USERPAYING':
    case 'ACCEPT':
      return { kind: 'paying' };
    case 'CLOSED':
    case 'REVOKED': // Only card payments can be revoked. The order is closed.
      return { kind: 'closed' };
    case 'PAYERROR':
      return { kind: 'failed', detail: readableText(`PAYERROR ${textField(body.fields, 'tradeStateDesc')}`) };
    default:
      return unknown(
        'unreadable',
        `unknown trade state: ${typeof state === 'string' ? state : typeof state}`,
      );
  }
}

/** `closed` when the close succeeded or the order was already closed. */
export function readClose(body: Body, question: OrderQuestion): CloseAnswer {
  if (body.kind === 'unknown') return body;
  if (body.kind === 'document') return notAnAnswer();
  if (body.kind === 'said') {
    return isAboutSomethingElse(body.fields, question) ? aboutSomethingElse() : { kind: 'closed' };
  }
  const means = refusals.meaning(refusals.CLOSE_ORDER, body.code, body.text);
  if (means === 'already_closed') return { kind: 'closed' };
  if (means === 'already_paid' || means === 'no_such_order') return { kind: means };
  return declined(means, body);
}

/** `accepted` only for the refund and the amount of the request. */
export function readRefund(body: Body, request: RefundRequest): RefundAnswer {
  if (body.kind === 'unknown') return body;
  if (body.kind === 'document') return notAnAnswer();
  if (body.kind === 'declined') {
    const means = refusals.meaning(refusals.REFUND, body.code, body.text);
    return declined(means, body);
  }
  const refundId = field(body.fields, 'refundId');
  const refund = field(body.fields, 'refundFee');
  if (
    field(body.fields, 'outRefundNo') !== request.outRefundNo ||
    isAboutSomethingElse(body.fields, request)
  ) {
    return aboutSomethingElse();
  }
  if (typeof refundId !== 'string' || !isPayableFen(refund) || refund !== request.refund) {
    return unknown('unreadable', 'accepted, but not as the requested refund');
  }
  return { kind: 'accepted', refundId, outRefundNo: request.outRefundNo, refund, settled: null };
}

/**
 * Passes on gzip, or text whose first line has columns, as the bill; the bill grammar judges it.
 * `not_available` covers both "not ready yet" and "no trades", which WeChat Pay does not tell
 * apart.
 */
export function readBill(body: Body): BillAnswer {
  if (body.kind === 'unknown') return body;
  if (body.kind === 'document') {
    return body.columns ? { kind: 'bill', bytes: body.bytes } : unknown('unreadable', 'not a statement');
  }
  if (body.kind === 'said') return unknown('unreadable', 'a success without a bill');
  const means = refusals.meaning(refusals.DOWNLOAD_BILL, body.code, body.text);
  if (means === 'not_available')
    return { kind: 'not_available', detail: readableText(`${body.code} ${body.text}`) };
  return declined(means, body);
}
