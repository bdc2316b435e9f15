import type { PaymentDetails, PaymentParameters } from '../model/facts';
import type { Fen } from '../values/fen';
import type { BeijingDay } from '../values/day';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';

/**
 * What we may ask WeChat Pay. Every call answers with what WeChat Pay *said*, or that it is unknown:
 *
 * - its own kinds (`prepaid`, `paid`, `closed`, …): WeChat Pay answered and this is what it means;
 * - `refused`: WeChat Pay answered and declined, `code` says why in our words, `detail` in its own;
 * - `unknown`: nothing may be concluded. The request may or may not have taken effect.
 *
 * No call rejects: a failure on the way is an `unknown` like any other, so it cannot be forgotten in a catch.
 */
export interface WeChatPay {
  /** Makes a prepay order that the payer can pay (unifiedOrder). Asking again with the same order number and the same values is safe. */
  unifiedOrder(request: PrepayRequest): Promise<PrepayAnswer>;
  /** Asks what became of an order (queryOrder). */
  queryOrder(request: OrderQuestion): Promise<OrderAnswer>;
  /** Closes an unpaid order so that it can no longer be paid (closeOrder). WeChat Pay wants it to be 5 minutes old. */
  closeOrder(request: OrderQuestion): Promise<CloseAnswer>;
  /** Asks for money back (refund). `accepted` is a promise, not a refund; a retry must carry the same `outRefundNo`. */
  refund(request: RefundRequest): Promise<RefundAnswer>;
  /** Asks what became of a refund (queryRefund). Through cloud development the status is often missing: that is `unknown`. */
  queryRefund(request: RefundQuestion): Promise<RefundStatusAnswer>;
  /** Downloads the statement of one Beijing day (downloadBill), as the bytes WeChat Pay sent. */
  downloadBill(request: BillRequest): Promise<BillAnswer>;
}

/** Nothing may be concluded from this call; `reason` is stable, `detail` is for people. */
export interface UnknownAnswer {
  readonly kind: 'unknown';
  readonly reason: UnknownReason;
  readonly detail: string;
}

/**
 * Why nothing is known:
 * `transport` no answer came back (time-out, reset, HTTP error) · `gateway` the platform answered instead of
 * WeChat Pay · `missing_api_token` the run carries no token for cloud calls (as in a timer that was not uploaded
 * with the WeChat developer tools) · `system` WeChat Pay had an error of its own or asks to try again ·
 * `rate_limited` too many requests · `unreadable` the answer has a shape we do not know.
 */
export type UnknownReason =
  'transport' | 'gateway' | 'missing_api_token' | 'system' | 'rate_limited' | 'unreadable';

/** WeChat Pay answered and declined. `detail` is its own text, without payer data. */
export interface RefusedAnswer<Code extends string> {
  readonly kind: 'refused';
  readonly code: Code;
  readonly detail: string;
}

/**
 * Refusals any call may meet: set-up is wrong, the request is wrong, or WeChat Pay gave a reason that has no word of
 * ours. A reason this version does not know is no refusal but `unknown`, so that it is tried again and seen.
 */
export type CommonRefusal = 'not_authorised' | 'bad_request' | 'other';

/** A request to make an order payable. Amounts in fen; `expiresAt` is sent as Beijing time. */
export interface PrepayRequest {
  readonly subMchId: SubMchId;
  readonly outTradeNo: OutTradeNo;
  readonly total: Fen;
  readonly body: string;
  readonly attach?: string;
  readonly payer: PayerId;
  readonly payerIp: string;
  readonly expiresAt: Instant;
}

/** Answer to `unifiedOrder`. `already_paid` and `number_used` (same number, other values) and `already_closed` need a new order or a query. */
export type PrepayAnswer =
  | { readonly kind: 'prepaid'; readonly prepayId: string; readonly payment: PaymentParameters }
  | RefusedAnswer<'already_paid' | 'number_used' | 'already_closed' | CommonRefusal>
  | UnknownAnswer;

/** Names one order of one merchant. */
export interface OrderQuestion {
  readonly subMchId: SubMchId;
  readonly outTradeNo: OutTradeNo;
}

/**
 * Answer to `queryOrder`. `paid` carries the proof. `paid_then_refunded` means it was paid, but WeChat Pay no
 * longer says how much (tradeState REFUND), so the amount must be proved by another source. `failed`: a try to pay failed
 * (PAYERROR); the prepay order can still be paid, so it proves no end. `no_such_order` is never final inside the payment
 * window: the order may be a moment younger than the answer.
 */
export type OrderAnswer =
  | { readonly kind: 'paid'; readonly payment: PaymentDetails }
  | { readonly kind: 'paid_then_refunded'; readonly transactionId: TransactionId | null }
  | { readonly kind: 'not_paid' }
  | { readonly kind: 'paying' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'no_such_order' }
  | RefusedAnswer<CommonRefusal>
  | UnknownAnswer;

/**
 * Answer to `closeOrder`. `closed` is the proof that nobody can pay the order any more, also when it was closed before. A channel
 * whose answer proves no such thing (API v3 says 204 to numbers it does not know) asks queryOrder before it answers `closed`.
 */
export type CloseAnswer =
  | { readonly kind: 'closed' }
  | { readonly kind: 'already_paid' }
  | { readonly kind: 'no_such_order' }
  | RefusedAnswer<'too_early' | CommonRefusal>
  | UnknownAnswer;

/**
 * A request for money back. `outRefundNo` is the idempotency key: the same for every try. With a `transactionId` WeChat Pay is asked by
 * it and not by the order's number, which two payments may share.
 */
export interface RefundRequest {
  readonly subMchId: SubMchId;
  readonly outTradeNo: OutTradeNo;
  readonly transactionId?: TransactionId;
  readonly outRefundNo: OutRefundNo;
  readonly total: Fen;
  readonly refund: Fen;
  readonly reason?: string;
  readonly source?: 'unsettled' | 'available';
}

/** Answer to `refund`. `accepted`: WeChat Pay will do it; whether it did is known later. */
export type RefundAnswer =
  | {
      readonly kind: 'accepted';
      readonly refundId: string;
      readonly outRefundNo: OutRefundNo;
      readonly refund: Fen;
    }
  | RefusedAnswer<
      'not_enough_funds' | 'too_old' | 'amount_mismatch' | 'no_such_order' | 'payer_account' | CommonRefusal
    >
  | UnknownAnswer;

/** Names one refund of one merchant. */
export interface RefundQuestion {
  readonly subMchId: SubMchId;
  readonly outRefundNo: OutRefundNo;
}

/**
 * Answer to `queryRefund`. Empty per-refund lists, which are all that cloud development is known to send, are
 * `unknown` with reason `unreadable`, never success.
 */
export type RefundStatusAnswer =
  | {
      readonly kind: 'refund';
      readonly state: 'succeeded' | 'processing' | 'closed' | 'abnormal';
      readonly refundId: string | null;
      readonly refund: Fen | null;
      readonly succeededAt: Instant | null;
    }
  | { readonly kind: 'no_such_refund' }
  | RefusedAnswer<CommonRefusal>
  | UnknownAnswer;

/** Which statement: one Beijing day of one merchant. */
export interface BillRequest {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly type: 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND';
  readonly gzip: boolean;
}

/**
 * Answer to `downloadBill`. `bill` is what came, gzipped or not: look at its first two bytes (0x1f 0x8b), not at
 * what was asked. `not_available` is WeChat Pay's 20002, which says both "not made yet" and "no trades".
 */
export type BillAnswer =
  | { readonly kind: 'bill'; readonly bytes: Uint8Array }
  | { readonly kind: 'not_available'; readonly detail: string }
  | RefusedAnswer<CommonRefusal>
  | UnknownAnswer;
