import { isOutTradeNo, type OutTradeNo } from '../values/ids';
import { isRecord } from '../values/json';
import { field } from './fields';
import { readPayment } from './payment-fields';
import type { PaymentDetails } from './port';

/**
 * Why a notification says nothing we can use:
 * `not_an_object` no fields at all · `not_a_success` it says something other than SUCCESS · `missing_fields` what
 * makes a payment is not all there · `ill_typed_fields` a field is there but is not what it must be.
 */
export type UnusableReason = 'not_an_object' | 'not_a_success' | 'missing_fields' | 'ill_typed_fields';

/** What a notification says. Whether to believe it is decided elsewhere: a forged one reads the same. */
export type NotificationReading =
  | { readonly kind: 'payment'; readonly payment: PaymentDetails }
  | {
      readonly kind: 'refund';
      readonly outRefundNo: string;
      /** `SUCCESS`, `CHANGE` or `REFUNDCLOSE`; null when the notification does not say. */
      readonly refundStatus: string | null;
      readonly outTradeNo: OutTradeNo | null;
    }
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

/** The same function may be set for payments and refunds; a refund is told apart by its own numbers. */
function readRefund(event: object, outTradeNo: OutTradeNo | null): NotificationReading {
  const outRefundNo = field(event, 'outRefundNo');
  const refundStatus = field(event, 'refundStatus');
  if (outRefundNo === undefined) return unusable('missing_fields', ['outRefundNo: missing'], outTradeNo);
  const problems: string[] = [];
  if (!isOutRefundNo(outRefundNo)) problems.push('outRefundNo: not of its documented type');
  if (!isRefundStatus(refundStatus)) problems.push('refundStatus: not of its documented type');
  if (isOutRefundNo(outRefundNo) && isRefundStatus(refundStatus)) {
    return { kind: 'refund', outRefundNo, refundStatus: refundStatus ?? null, outTradeNo };
  }
  return unusable('ill_typed_fields', problems, outTradeNo);
}

function isOutRefundNo(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9A-Za-z_\-|*@]{1,64}$/.test(value);
}

function isRefundStatus(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && /^[A-Z_]{1,32}$/.test(value));
}

function unusable(
  reason: UnusableReason,
  problems: readonly string[],
  outTradeNo: OutTradeNo | null,
): NotificationReading {
  return { kind: 'unusable', reason, problems, outTradeNo };
}
