import type { Brand } from './brand';

/**
 * The merchant's order number (商户订单号): 1 to 32 of `0-9A-Za-z_-|*`, unique per merchant (WeChat Pay
 * v2 unifiedOrder). API v3 wants at least 6: `isNewOutTradeNo`.
 */
export type OutTradeNo = Brand<string, 'OutTradeNo'>;
/**
 * WeChat Pay's transaction ID of one payment (微信订单号): up to 32 digits. A text, because it does not
 * fit a JavaScript number.
 */
export type TransactionId = Brand<string, 'TransactionId'>;
/**
 * The merchant's refund number (商户退款单号): 1 to 64 of `0-9A-Za-z_-|*@`. It is the idempotency key of
 * a refund: every attempt uses the same.
 */
export type OutRefundNo = Brand<string, 'OutRefundNo'>;
/** The merchant number money is paid to (特约商户号, `subMchId`): digits. */
export type SubMchId = Brand<string, 'SubMchId'>;
/**
 * The payer within this mini program: the OPENID, which WeChat Pay calls `subOpenid`. Personal
 * data: mask it in logs.
 */
export type PayerId = Brand<string, 'PayerId'>;
/**
 * The idempotency key passed to a merchant's fulfilment: the same for every attempt on one order.
 */
export type FulfilmentKey = Brand<string, 'FulfilmentKey'>;

/** Guards the format of an order number. */
export function isOutTradeNo(value: unknown): value is OutTradeNo {
  return typeof value === 'string' && /^[0-9A-Za-z_\-|*]{1,32}$/.test(value);
}

/**
 * Guards the format of an order number that we give: at least 6 characters, so that every channel
 * takes it. Older and foreign ones may be shorter.
 */
export function isNewOutTradeNo(value: unknown): value is OutTradeNo {
  return isOutTradeNo(value) && value.length >= 6;
}

/** Guards the format of a transaction ID. */
export function isTransactionId(value: unknown): value is TransactionId {
  return typeof value === 'string' && /^[0-9A-Za-z]{1,32}$/.test(value);
}

/** Guards the format of a refund number. */
export function isOutRefundNo(value: unknown): value is OutRefundNo {
  return typeof value === 'string' && /^[0-9A-Za-z_\-|*@]{1,64}$/.test(value);
}

/** Guards the format of a merchant number. */
export function isSubMchId(value: unknown): value is SubMchId {
  return typeof value === 'string' && /^\d{1,32}$/.test(value);
}

/** Guards the format of an OPENID. */
export function isPayerId(value: unknown): value is PayerId {
  return typeof value === 'string' && /^[0-9A-Za-z_-]{1,128}$/.test(value);
}

/**
 * Masks a payer for logs and screens: enough to compare two lines, too little to identify a person.
 */
export function maskPayer(payer: string): string {
  return payer.length <= 8 ? '***' : `${payer.slice(0, 3)}***${payer.slice(-3)}`;
}

/** The idempotency key of every fulfilment attempt on this order. */
export function fulfilmentKey(outTradeNo: OutTradeNo): FulfilmentKey {
  const key: string = `fulfil:${outTradeNo}`;
  if (!isFulfilmentKey(key)) throw new TypeError('a fulfilment key starts with "fulfil:"');
  return key;
}

function isFulfilmentKey(value: string): value is FulfilmentKey {
  return value.startsWith('fulfil:');
}
