import { formatBeijing } from '../../values/instant';
import type { BillRequest, OrderQuestion, PrepayRequest, RefundQuestion, RefundRequest } from '../port';
import type { PayApiRequest } from './transport';

/** What the adapter adds to every request it builds. */
export interface CloudPaySettings {
  /** The full environment id, not its alias: with an alias WeChat Pay takes the order and never calls back. */
  readonly envId: string;
  /** Name of the cloud function that payment notifications go to. */
  readonly payFunction: string;
  /** Name of the cloud function that refund notifications go to. */
  readonly refundFunction: string;
  /** Makes a fresh `nonce_str`, at most 32 characters. */
  readonly nonce: () => string;
}

/**
 * The requests as https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/open/pay/
 * documents them, snake_case as they travel. `nonce_str` is documented as required everywhere.
 *
 * `time_start` is left out of unifiedOrder (it is optional and defaults to now): it would make a second try differ
 * from the first, and WeChat Pay refuses an order number that comes again with other values.
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

/** Builds queryOrder and closeOrder, which name an order in the same way. */
export function orderRequest(settings: CloudPaySettings, question: OrderQuestion): PayApiRequest {
  return {
    sub_mch_id: question.subMchId,
    nonce_str: settings.nonce(),
    out_trade_no: question.outTradeNo,
  };
}

/** Builds refund. The refund number is the idempotency key and comes from the caller, never from here. */
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
    ...(request.reason === undefined ? {} : { refund_desc: shortened(request.reason) }),
    ...(request.source === undefined ? {} : { refund_account: REFUND_ACCOUNTS[request.source] }),
  };
}

/** The longest `refund_desc`, in bytes. */
const MAX_REASON_BYTES = 80;

/** As much of a reason as WeChat Pay takes, cut between characters. The same reason is always cut the same way. */
function shortened(reason: string): string {
  let kept = '';
  for (const character of reason) {
    if (Buffer.byteLength(kept + character) > MAX_REASON_BYTES) break;
    kept += character;
  }
  return kept;
}

const REFUND_ACCOUNTS = {
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

/** Builds downloadBill. The merchant is always named: without it the provider's whole bill would be asked for. */
export function downloadBillRequest(settings: CloudPaySettings, request: BillRequest): PayApiRequest {
  return {
    sub_mch_id: request.subMchId,
    nonce_str: settings.nonce(),
    bill_date: request.day,
    bill_type: request.type,
    ...(request.gzip ? { tar_type: 'GZIP' } : {}),
  };
}
