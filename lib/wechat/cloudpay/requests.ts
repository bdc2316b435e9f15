import { formatBeijing } from '../../values/instant';
import type { TradeBillRequest, OrderQuestion, PrepayRequest, RefundQuestion, RefundRequest } from '../port';
import type { PayApiRequest } from './transport';

/** Settings the adapter adds to its requests. */
export interface CloudPaySettings {
  /**
   * The full environment id, not its alias: given an alias, WeChat Pay accepts the order and never
   * calls back.
   */
  readonly envId: string;
  /** Name of the cloud function that receives payment notifications. */
  readonly payFunction: string;
  /** Name of the cloud function that receives refund notifications. */
  readonly refundFunction: string;
  /** Makes a fresh `nonce_str`, at most 32 characters. */
  readonly nonce: () => string;
}

/**
 * Requests as documented at
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/open/pay/,
 * in the snake_case of the wire. `nonce_str` is documented as required everywhere.
 *
 * unifiedOrder omits `time_start`, which is optional and defaults to now: it would make a retry
 * differ from the first request, and WeChat Pay refuses an order number that returns with other
 * values.
 */
export function unifiedOrderRequest(settings: CloudPaySettings, request: PrepayRequest): PayApiRequest {
  return {
    function_name: settings.payFunction,
    env_id: settings.envId,
    sub_mch_id: request.subMchId,
    nonce_str: settings.nonce(),
    body: request.body,
    ...(request.attach === undefined ? {} : { attach: request.attach }),
    out_trade_no: request.outTradeNo,
    fee_type: 'CNY',
    total_fee: request.total,
    spbill_create_ip: request.payerIp,
    time_expire: formatBeijing(request.expiresAt, 'YYYYMMDDHHmmss'),
    trade_type: 'JSAPI',
    sub_openid: request.payer,
  };
}

/** Builds queryOrder and closeOrder, which identify an order in the same way. */
export function orderRequest(settings: CloudPaySettings, question: OrderQuestion): PayApiRequest {
  return {
    sub_mch_id: question.subMchId,
    nonce_str: settings.nonce(),
    out_trade_no: question.outTradeNo,
  };
}

/** Builds refund. The caller supplies the refund number, which is the idempotency key. */
export function refundRequest(settings: CloudPaySettings, request: RefundRequest): PayApiRequest {
  return {
    function_name: settings.refundFunction,
    env_id: settings.envId,
    sub_mch_id: request.subMchId,
    nonce_str: settings.nonce(),
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

/** The longest `refund_desc`, in bytes. */
const MAX_REASON_BYTES = 80;

/**
 * Cuts a reason to the length WeChat Pay accepts, between characters. The same reason is always cut
 * the same way.
 */
export function shortenedReason(reason: string): string {
  let kept = '';
  for (const character of reason) {
    if (Buffer.byteLength(kept + character) > MAX_REASON_BYTES) break;
    kept += character;
  }
  return kept;
}

/** Where a refund is taken from, in WeChat Pay's words. */
export const REFUND_ACCOUNTS = {
  unsettled: 'REFUND_SOURCE_UNSETTLED_FUNDS',
  available: 'REFUND_SOURCE_RECHARGE_FUNDS',
} as const;

/** Builds queryRefund. */
export function queryRefundRequest(settings: CloudPaySettings, question: RefundQuestion): PayApiRequest {
  return {
    sub_mch_id: question.subMchId,
    nonce_str: settings.nonce(),
    out_refund_no: question.outRefundNo,
  };
}

/**
 * Builds downloadBill. It always names the merchant: otherwise WeChat Pay returns the provider's
 * whole bill.
 */
export function downloadBillRequest(settings: CloudPaySettings, request: TradeBillRequest): PayApiRequest {
  return {
    sub_mch_id: request.subMchId,
    nonce_str: settings.nonce(),
    bill_date: request.day,
    bill_type: request.type,
    ...(request.gzip ? { tar_type: 'GZIP' } : {}),
  };
}
