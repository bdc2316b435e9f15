import { formatBeijing } from '../../values/instant';
import { REFUND_ACCOUNTS, shortenedReason } from '../cloudpay/requests';
import type { PayApiRequest } from '../cloudpay/transport';
import type { TradeBillRequest, OrderQuestion, PrepayDraft, RefundQuestion, RefundRequest } from '../port';

/** What the adapter adds to its requests. */
export interface CloudRunSettings {
  /** The environment's full id. */
  readonly envId: string;
  /** The name of the service that notifications are sent to: this one. */
  readonly service: string;
  /** Where in that service payment notifications arrive. */
  readonly payPath: string;
  /** Where refund notifications arrive. */
  readonly refundPath: string;
}

/** Notifications go to a container, not to a cloud function. */
const TO_CONTAINER = 2;

/**
 * Requests of the open-interface service of WeChat Cloud Run, in the snake_case of the wire. They
 * are those of cloudpay without `nonce_str`, since nothing is signed: the same order always gives
 * the same bytes. The payer is `openid`, and a container takes the place of the function.
 */
export function unifiedOrderRequest(settings: CloudRunSettings, draft: PrepayDraft): PayApiRequest {
  return {
    ...to(settings, settings.payPath),
    sub_mch_id: draft.subMchId,
    body: draft.body,
    ...(draft.attach === undefined ? {} : { attach: draft.attach }),
    out_trade_no: draft.outTradeNo,
    fee_type: 'CNY',
    total_fee: draft.total,
    spbill_create_ip: draft.payerIp,
    time_expire: formatBeijing(draft.expiresAt, 'YYYYMMDDHHmmss'),
    trade_type: 'JSAPI',
    openid: draft.payer,
  };
}

/** Builds queryOrder and closeOrder. */
export function orderRequest(question: OrderQuestion): PayApiRequest {
  return { sub_mch_id: question.subMchId, out_trade_no: question.outTradeNo };
}

/** Builds refund. The refund number is the idempotency key. */
export function refundRequest(settings: CloudRunSettings, request: RefundRequest): PayApiRequest {
  return {
    ...to(settings, settings.refundPath),
    sub_mch_id: request.subMchId,
    ...(request.transactionId === undefined
      ? { out_trade_no: request.outTradeNo }
      : { transaction_id: request.transactionId }),
    out_refund_no: request.outRefundNo,
    total_fee: request.total,
    refund_fee: request.refund,
    refund_fee_type: 'CNY',
    ...(request.reason === undefined ? {} : { refund_desc: shortenedReason(request.reason) }),
    ...(request.source === undefined ? {} : { refund_account: REFUND_ACCOUNTS[request.source] }),
  };
}

/** Builds queryRefund. */
export function queryRefundRequest(question: RefundQuestion): PayApiRequest {
  return { sub_mch_id: question.subMchId, out_refund_no: question.outRefundNo };
}

/** Builds downloadBill. It always names the merchant. */
export function downloadBillRequest(request: TradeBillRequest): PayApiRequest {
  // Never gzipped: a bill comes as text inside the envelope.
  return { sub_mch_id: request.subMchId, bill_date: request.day, bill_type: request.type };
}

function to({ envId, service }: CloudRunSettings, path: string): PayApiRequest {
  return { env_id: envId, callback_type: TO_CONTAINER, container: { service, path } };
}
