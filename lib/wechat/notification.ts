import { isFen, type Fen } from '../values/fen';
import { isOutRefundNo, isOutTradeNo, isSubMchId, isTransactionId, type OutTradeNo } from '../values/ids';
import { beijingTime } from '../values/instant';
import { isRecord } from '../values/json';
import { field } from './fields';
import { readPayment } from './payment-fields';
import type { PaymentDetails, RefundDetails } from '../model/facts';
import { refundStateOf } from './refund-state';

/**
 * Why a notification says nothing we can use:
 * `not_an_object` no fields at all · `not_a_success` it says something other than SUCCESS · `missing_fields` what
 * makes a payment is not all there · `ill_typed_fields` a field is there but is not what it must be.
 */
export type UnusableReason = 'not_an_object' | 'not_a_success' | 'missing_fields' | 'ill_typed_fields';

/** What a notification says. Whether to believe it is decided elsewhere: a forged one reads the same. */
export type NotificationReading =
  | { readonly kind: 'payment'; readonly payment: PaymentDetails }
  | { readonly kind: 'refund'; readonly refund: RefundDetails }
  | {
      readonly kind: 'unusable';
      readonly reason: UnusableReason;
      /** One line per problem, naming the field and never its value. */
      readonly problems: readonly string[];
      /** The order it names, where that much is readable. */
      readonly outTradeNo: OutTradeNo | null;
    };

/**
 * Reads the event WeChat Pay hands to the callback function, camelCase or snake_case
 * (https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/open/pay/paymentCallback.md).
 * Pure, never throws, whatever it is given.
 *
 * `userInfo` is not read: the platform adds it to every call of a mini program, so a forged event carries it too.
 *
 * Failure policy: fail open on absent result codes. Only successes are notified, and WeChat's page warns that
 * fields may be left out; a payment number with a payment time exists for a payment that happened. A code that is
 * there and is not `SUCCESS` is believed.
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
 * The same function may be set for payments and refunds; a refund is told apart by its own numbers. Which fields of
 * v2's `req_info` cloud development hands on is not documented, so only the refund's number is required.
 *
 * Failure policy: fail open on what is absent or odd beside the number: it becomes null or `unknown`, and is asked about.
 */
function readRefund(event: object, outTradeNo: OutTradeNo | null): NotificationReading {
  const outRefundNo = field(event, 'outRefundNo');
  if (outRefundNo === undefined) return unusable('missing_fields', ['outRefundNo: missing'], outTradeNo);
  if (!isOutRefundNo(outRefundNo)) {
    return unusable('ill_typed_fields', ['outRefundNo: not of its documented type'], outTradeNo);
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
): NotificationReading {
  return { kind: 'unusable', reason, problems, outTradeNo };
}
