import { isFen, type Fen } from '../values/fen';
import { isOutRefundNo, isOutTradeNo, isSubMchId, isTransactionId, type OutTradeNo } from '../values/ids';
import { beijingTime } from '../values/instant';
import { isRecord } from '../values/json';
import { field } from './fields';
import { readPayment } from './payment-fields';
import type { PaymentDetails, RefundDetails } from '../model/facts';
import { refundStateOf } from './refund-state';

/**
 * Why a notification cannot be used:
 * - `not_an_object`: it has no fields;
 * - `not_a_success`: its result code is not SUCCESS;
 * - `missing_fields`: a field that a payment needs is absent;
 * - `ill_typed_fields`: a field does not have its documented type.
 */
export type UnusableReason = 'not_an_object' | 'not_a_success' | 'missing_fields' | 'ill_typed_fields';

/**
 * What a notification states. Whether to believe it is decided elsewhere: a forged one reads the
 * same.
 */
export type NotificationReading =
  | { readonly kind: 'payment'; readonly payment: PaymentDetails }
  | { readonly kind: 'refund'; readonly refund: RefundDetails }
  | {
      readonly kind: 'unusable';
      readonly reason: UnusableReason;
      /** One line per problem, with the field's name and never its value. */
      readonly problems: readonly string[];
      /** The order it names, where readable. */
      readonly outTradeNo: OutTradeNo | null;
      /** It is about a refund whose number cannot be read; otherwise absent. */
      readonly about?: 'refund';
    };

/**
 * Reads the event WeChat Pay passes to the callback function, camelCase or snake_case
 * (https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/open/pay/paymentCallback.md).
 * Pure. Never throws, whatever the input.
 *
 * `userInfo` is not read: the platform adds it to every call from a mini program, forged ones
 * included.
 *
 * Failure policy: fail open on absent result codes. WeChat Pay notifies successes only, and its
 * page warns that fields may be absent; a transaction ID with a payment time exists only for a
 * payment that happened. A result code that is present must be `SUCCESS`.
 */
export function readNotification(event: unknown): NotificationReading {
  if (!isRecord(event)) {
    return unusable('not_an_object', ['the event is not an object'], null);
  }
  const named = field(event, 'outTradeNo');
  const outTradeNo = isOutTradeNo(named) ? named : null;

  const notSuccess = ['returnCode', 'resultCode'].filter((name) => {
    const code = field(event, name);
    return code !== undefined && code !== 'SUCCESS';
  });
  if (notSuccess.length > 0) {
    return unusable(
      'not_a_success',
      notSuccess.map((name) => `${name}: not SUCCESS`),
      outTradeNo,
    );
  }
  if (field(event, 'outRefundNo') !== undefined || field(event, 'refundId') !== undefined) {
    return readRefund(event, outTradeNo);
  }
  const reading = readPayment(event);
  if (reading.kind === 'read') return { kind: 'payment', payment: reading.payment };
  return unusable(
    reading.missing.length > 0 ? 'missing_fields' : 'ill_typed_fields',
    [
      ...reading.missing.map((name) => `${name}: missing`),
      ...reading.illTyped.map((name) => `${name}: not of its documented type`),
    ],
    outTradeNo,
  );
}

/**
 * One function may receive both payments and refunds; a refund is recognised by its own numbers.
 * Which fields of v2's `req_info` CloudBase passes on is not documented, so only the refund number
 * is required.
 *
 * Failure policy: fail open. Any other absent or odd field becomes null or `unknown`, and a query
 * follows.
 */
function readRefund(event: object, outTradeNo: OutTradeNo | null): NotificationReading {
  const outRefundNo = field(event, 'outRefundNo');
  if (!isOutRefundNo(outRefundNo)) {
    const reading =
      outRefundNo === undefined
        ? unusable('missing_fields', ['outRefundNo: missing'], outTradeNo)
        : unusable('ill_typed_fields', ['outRefundNo: not of its documented type'], outTradeNo);
    return { ...reading, about: 'refund' };
  }
  const amount = (name: string): Fen | null => {
    const value = field(event, name);
    return isFen(value) && value >= 0 ? value : null;
  };
  const [transactionId, subMchId, refundId, successTime] = [
    field(event, 'transactionId'),
    field(event, 'subMchId'),
    field(event, 'refundId'),
    field(event, 'successTime'),
  ];
  return {
    kind: 'refund',
    refund: {
      outRefundNo,
      outTradeNo,
      transactionId: isTransactionId(transactionId) ? transactionId : null,
      subMchId: isSubMchId(subMchId) ? subMchId : null,
      refundId: typeof refundId === 'string' ? refundId : null,
      state: refundStateOf(field(event, 'refundStatus')),
      total: amount('totalFee'),
      refund: amount('refundFee'),
      settled: amount('settlementRefundFee'),
      succeededAt: typeof successTime === 'string' ? beijingTime(successTime) : null,
    },
  };
}

function unusable(
  reason: UnusableReason,
  problems: readonly string[],
  outTradeNo: OutTradeNo | null,
): Extract<NotificationReading, { kind: 'unusable' }> {
  return { kind: 'unusable', reason, problems, outTradeNo };
}
