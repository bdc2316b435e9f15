/** Why a function declined, as a stable code its caller can act on. */
export type RefusalCode =
  | 'BAD_INPUT'
  | 'NO_PAYER'
  | 'PRICE_REFUSED'
  /** The merchant's price.ts has a fault, which the log names. */
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
  | 'REFUND_NUMBER_USED'
  | 'REFUND_CLOSED'
  | 'ORDER_BUSY'
  | 'WECHAT_PAY_REFUSED'
  | 'WECHAT_PAY_UNKNOWN'
  | 'INTERNAL';

/**
 * A function's "no": what was wrong and what to do, without internals. `retry`: the same call may
 * succeed later.
 */
export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  readonly message: string;
  readonly retry: boolean;
}

/** What a function answers: its own value with `ok: true`, or a refusal. */
export type Reply<Value extends object> = ({ readonly ok: true } & Value) | Refusal;

/** A refusal that the same call cannot overcome. */
export function refuse(code: RefusalCode, message: string): Refusal {
  return { ok: false, code, message, retry: false };
}

/** A refusal that the same call may overcome later. */
export function refuseForNow(code: RefusalCode, message: string): Refusal {
  return { ok: false, code, message, retry: true };
}
