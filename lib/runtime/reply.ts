/** Why a function refused, as a stable code that the caller can act on. */
export type RefusalCode =
  | 'BAD_INPUT'
  | 'NO_PAYER'
  | 'PRICE_REFUSED'
  /** The merchant's price.ts failed; the log has the error. */
  | 'PRICE_BROKEN'
  | 'REQUEST_ID_REUSED'
  | 'ORDER_NOT_FOUND'
  | 'ORDER_ALREADY_PAID'
  | 'ORDER_NOT_PAYABLE'
  | 'TOO_EARLY_TO_CLOSE'
  | 'NOT_ALLOWED'
  | 'ORDER_NOT_REFUNDABLE'
  | 'PAYMENT_NOT_NAMED'
  | 'PAYMENT_NOT_FOUND'
  | 'REFUND_TOO_LARGE'
  | 'TOO_MANY_REFUNDS'
  /** The limits of operators' refunds: one refund, one operator's day, the day of all. */
  | 'REFUND_OVER_SINGLE'
  | 'REFUND_OVER_OPERATOR_DAY'
  | 'REFUND_OVER_DAY'
  /** A second person must approve it. */
  | 'NEEDS_APPROVAL'
  | 'REFUND_NUMBER_USED'
  | 'REFUND_CLOSED'
  | 'ORDER_BUSY'
  | 'WECHAT_PAY_REFUSED'
  | 'WECHAT_PAY_UNKNOWN'
  | 'INTERNAL';

/**
 * A refusal: what is wrong and what to do, without internals. `retry`: the same call may succeed
 * later.
 */
export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  readonly message: string;
  readonly retry: boolean;
}

/** The result of a function: its own value with `ok: true`, or a refusal. */
export type Reply<Value extends object> = ({ readonly ok: true } & Value) | Refusal;

/** A permanent refusal: repeating the call does not help. */
export function refuse(code: RefusalCode, message: string): Refusal {
  return { ok: false, code, message, retry: false };
}

/** A temporary refusal: repeating the call may help. */
export function refuseForNow(code: RefusalCode, message: string): Refusal {
  return { ok: false, code, message, retry: true };
}
