import { instant, later, type Instant } from '../../lib/values/instant';
import { RECEIVING_ACCOUNT } from '../refund/event';
import type { SimulatedOrder, SimulatedPayment, V3Asked } from '../order';
import type { SimulatedRefund } from '../refund/refund';
import type { DeliverV3 } from './http';
import type { SimulatedKeys } from './keys';
import { orderFieldsV3, ownersOf, rfc3339 } from './payment';
import { STATUS_V3 } from './refund-fields';
import { encrypted, type Seal } from './seal';

/** The plain content of a notification. */
export interface NoticeContent {
  readonly notifyUrl: string;
  /** 32 hexadecimal digits: `id` and the nonce come from it, so that every delivery is the same. */
  readonly nonce: string;
  readonly createdAt: Instant;
  readonly eventType: string;
  readonly summary: string;
  readonly originalType: string;
  readonly resource: object;
}

/** Delivers v3 notifications: encrypted with the APIv3 key, and signed anew each time. */
export interface NoticesV3 {
  /** Delivers once and resolves with whether it was acked: by 200 or 204. */
  deliver(content: NoticeContent, probe: boolean): Promise<boolean>;
}

/** Creates the delivery of v3 notifications. */
export function createNoticesV3(parts: {
  readonly keys: SimulatedKeys;
  readonly seal: Seal;
  readonly deliver: DeliverV3;
}): NoticesV3 {
  return {
    async deliver(content, probe) {
      const body = Buffer.from(envelope(content, parts.keys.apiV3Key));
      const { status } = await parts.deliver({
        path: new URL(content.notifyUrl).pathname,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Mozilla/4.0',
          accept: '*/*',
          ...parts.seal.headers(body, probe ? 'signtest' : 'truly'),
        },
        body,
      });
      return status === 200 || status === 204;
    },
  };
}

/** The envelope of a notification, as JSON. The same content gives the same bytes. */
export function envelope(content: NoticeContent, apiV3Key: string): string {
  const { nonce, originalType } = content;
  return JSON.stringify({
    id: nonce.replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5'),
    create_time: rfc3339(content.createdAt),
    resource_type: 'encrypt-resource',
    event_type: content.eventType,
    summary: content.summary,
    resource: {
      original_type: originalType,
      ...encrypted(JSON.stringify(content.resource), apiV3Key, nonce.slice(-12), originalType),
    },
  });
}

/** The notification of an echo (`/v3/security/echo`). */
export function echoNotice(notifyUrl: string, message: string, at: Instant, nonce: string): NoticeContent {
  return {
    notifyUrl,
    nonce,
    createdAt: at,
    eventType: 'SECURITY_ECHO.SUCCESS',
    summary: '安全回显成功',
    originalType: 'security_echo',
    resource: { echo_message: message },
  };
}

/** The notification of a payment: always SUCCESS, whatever was refunded since. */
export function paymentNotice(
  order: SimulatedOrder,
  v3: V3Asked,
  payment: SimulatedPayment,
  nonce: string,
): NoticeContent {
  return {
    notifyUrl: v3.notifyUrl,
    nonce,
    // The next second: an envelope is made after the payment.
    createdAt: later(payment.paidAt, 1_000),
    eventType: 'TRANSACTION.SUCCESS',
    summary: '支付成功',
    originalType: 'transaction',
    resource: orderFieldsV3(order, v3, payment, 'SUCCESS'),
  };
}

/** The notification of a refund's state, at `notifyUrl`. */
export function refundNotice(
  order: SimulatedOrder,
  v3: V3Asked,
  refund: SimulatedRefund,
  notified: SimulatedRefund['notifications'][number],
  notifyUrl: string,
): NoticeContent {
  const { asked } = refund;
  const coupon = order.payment?.coupon?.fee ?? 0;
  const status = STATUS_V3[notified.state];
  const { mchid, sp_mchid, sub_mchid } = ownersOf(v3);
  return {
    notifyUrl,
    nonce: notified.notification.nonce,
    createdAt: instant(notified.at),
    eventType: `REFUND.${status}`,
    summary: SUMMARIES[status],
    originalType: 'refund',
    resource: {
      ...(mchid === undefined ? { sp_mchid, sub_mchid } : { mchid }),
      transaction_id: refund.transactionId,
      out_trade_no: asked.outTradeNo,
      refund_id: refund.refundId,
      out_refund_no: asked.outRefundNo,
      refund_status: status,
      ...(status === 'SUCCESS' ? { success_time: rfc3339(notified.at) } : {}),
      user_received_account: RECEIVING_ACCOUNT,
      amount: {
        total: asked.totalFee,
        refund: asked.refundFee,
        payer_total: asked.totalFee - coupon,
        payer_refund: asked.refundFee - refund.couponFee,
      },
    },
  };
}

const SUMMARIES = {
  PROCESSING: '退款处理中',
  SUCCESS: '退款成功',
  CLOSED: '退款关闭',
  ABNORMAL: '退款异常',
} as const;
