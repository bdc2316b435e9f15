import type { PaymentDetails, PaymentParameters } from '../model/facts';
import type { CashAccount } from '../values/cash-account';
import type { Fen } from '../values/fen';
import type { BeijingDay } from '../values/day';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';

/**
 * The calls we make to WeChat Pay. Each returns what WeChat Pay *said*, or that the outcome is
 * unknown:
 *
 * - its own kinds (`prepaid`, `paid`, `closed`, …): WeChat Pay answered, and this is what it means;
 * - `refused`: WeChat Pay declined; `code` is the reason in our words, `detail` in its own;
 * - `unknown`: nothing may be concluded. The request may or may not have taken effect.
 *
 * No call rejects: a failed call is an `unknown` like any other, so no catch can swallow it.
 */
export interface WeChatPay {
  /**
   * The body that asks to make an order payable, written once: a channel that refuses a repeat with
   * any other value gets these bytes again (`PrepayRequest.keptBody`). Null where the channel needs
   * none. It holds the payer's id. Pure.
   */
  prepayBody(draft: PrepayDraft): string | null;
  /**
   * Creates a prepay order that the payer can pay (unifiedOrder). Repeating it with the same order
   * number, values and kept body is safe.
   */
  unifiedOrder(request: PrepayRequest): Promise<PrepayAnswer>;
  /** Queries the state of an order (queryOrder). */
  queryOrder(request: OrderQuestion): Promise<OrderAnswer>;
  /**
   * Closes an unpaid order so that it can no longer be paid (closeOrder). WeChat Pay requires it to
   * be 5 minutes old.
   */
  closeOrder(request: OrderQuestion): Promise<CloseAnswer>;
  /**
   * Requests a refund (refund). `accepted` is a promise, not a refund; a retry must carry the same
   * `outRefundNo`.
   */
  refund(request: RefundRequest): Promise<RefundAnswer>;
  /**
   * Queries the state of a refund (queryRefund). Through CloudBase the state is often absent: that
   * is `unknown`. API v3 gives it.
   */
  queryRefund(request: RefundQuestion): Promise<RefundStatusAnswer>;
  /**
   * Asks that an abnormal refund goes to the merchant's own bank account, since the payer's does
   * not take it (apply-abnormal-refund). Queries the refund first, so repeating it is safe. Absent
   * where the channel has no such call.
   */
  payOutRefund?(request: PayOutRequest): Promise<PayOutAnswer>;
  /** Downloads the bill of one Beijing day (downloadBill), as the bytes WeChat Pay sent. */
  downloadBill(request: BillRequest): Promise<BillAnswer>;
}

/** Nothing may be concluded from this call. `reason` is stable, `detail` is for people. */
export interface UnknownAnswer {
  readonly kind: 'unknown';
  readonly reason: UnknownReason;
  readonly detail: string;
}

/**
 * Why nothing is known:
 * - `transport`: no answer arrived (time-out, reset, HTTP error);
 * - `gateway`: the platform answered instead of WeChat Pay;
 * - `missing_api_token`: the run has no cloud-call token, as under a timer trigger that was not
 *   uploaded with the WeChat developer tools;
 * - `system`: WeChat Pay had an internal error or asks to try again;
 * - `rate_limited`: too many requests;
 * - `unreadable`: the answer has an unknown shape;
 * - `unverified`: nothing proves that WeChat Pay answered, since its signature is missing or wrong;
 * - `clock`: refused because our clock and WeChat Pay's are too far apart.
 */
export const UNKNOWN_REASONS = [
  'transport',
  'gateway',
  'missing_api_token',
  'system',
  'rate_limited',
  'unreadable',
  'unverified',
  'clock',
] as const;

/** One of `UNKNOWN_REASONS`. */
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

/** WeChat Pay declined. `detail` is its own text, without payer data. */
export interface RefusedAnswer<Code extends string> {
  readonly kind: 'refused';
  readonly code: Code;
  readonly detail: string;
}

/**
 * Refusals that any call may meet: the set-up is wrong, the request is wrong, or WeChat Pay gave a
 * reason that is neither. A reason this version does not know is `unknown` and no refusal, so it is
 * tried again and noticed.
 */
export type CommonRefusal = 'not_authorised' | 'bad_request' | 'other';

/** What an order to be paid consists of. Amounts in fen. `expiresAt` is sent as Beijing time. */
export interface PrepayDraft {
  readonly subMchId: SubMchId;
  readonly outTradeNo: OutTradeNo;
  readonly total: Fen;
  readonly body: string;
  readonly attach?: string;
  readonly payer: PayerId;
  readonly payerIp: string;
  readonly expiresAt: Instant;
}

/** A request to make an order payable. */
export interface PrepayRequest extends PrepayDraft {
  /**
   * What `prepayBody` wrote when the order was created, sent byte for byte; null for an order that
   * has none, whose request is written anew.
   */
  readonly keptBody: string | null;
}

/**
 * The answer to `unifiedOrder`. After `already_paid`, `already_closed` or `number_used` (same
 * number, other values) the caller needs a query or a new order.
 */
export type PrepayAnswer =
  | { readonly kind: 'prepaid'; readonly prepayId: string; readonly payment: PaymentParameters }
  | RefusedAnswer<'already_paid' | 'number_used' | 'already_closed' | CommonRefusal>
  | UnknownAnswer;

/** Identifies one order of one merchant. */
export interface OrderQuestion {
  readonly subMchId: SubMchId;
  readonly outTradeNo: OutTradeNo;
}

/**
 * The answer to `queryOrder`. `paid` carries the proof. `paid_then_refunded` (tradeState REFUND):
 * it was paid, and some of it went back or is going back. It does not say how much of it. `payment`
 * is the proof of the payment; null when WeChat Pay no longer gives its amount, which then needs
 * another source. `failed`
 * (PAYERROR): one payment attempt failed; the prepay order is still payable, so this is not final.
 * `no_such_order` is never final while the order can be paid: the order may be younger than the
 * answer.
 */
export type OrderAnswer =
  | { readonly kind: 'paid'; readonly payment: PaymentDetails }
  | {
      readonly kind: 'paid_then_refunded';
      readonly transactionId: TransactionId | null;
      readonly payment: PaymentDetails | null;
    }
  | { readonly kind: 'not_paid' }
  | { readonly kind: 'paying' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'no_such_order' }
  | RefusedAnswer<CommonRefusal>
  | UnknownAnswer;

/**
 * The answer to `closeOrder`. `closed` proves that nobody can pay the order any more, also when it
 * was closed before. A channel whose answer does not prove that (API v3 answers 204 for unknown
 * numbers) calls queryOrder before it answers `closed`.
 */
export type CloseAnswer =
  | { readonly kind: 'closed' }
  | { readonly kind: 'already_paid' }
  | { readonly kind: 'no_such_order' }
  | RefusedAnswer<'too_early' | CommonRefusal>
  | UnknownAnswer;

/**
 * A refund request. `outRefundNo` is the idempotency key: the same for every attempt. A
 * `transactionId`, when given, identifies the payment instead of the order number, which two
 * payments may share.
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

/**
 * The answer to `refund`. `accepted`: WeChat Pay will do it; the outcome becomes known later.
 * `settled`: the part settled with the merchant; null where it does not say.
 */
export type RefundAnswer =
  | {
      readonly kind: 'accepted';
      readonly refundId: string;
      readonly outRefundNo: OutRefundNo;
      readonly refund: Fen;
      readonly settled: Fen | null;
    }
  | RefusedAnswer<
      'not_enough_funds' | 'too_old' | 'amount_mismatch' | 'no_such_order' | 'payer_account' | CommonRefusal
    >
  | UnknownAnswer;

/** Identifies one refund of one merchant. */
export interface RefundQuestion {
  readonly subMchId: SubMchId;
  readonly outRefundNo: OutRefundNo;
}

/**
 * The answer to `queryRefund`. Empty per-refund lists, all that CloudBase is known to send, are
 * `unknown` with reason `unreadable`, never success.
 */
export type RefundStatusAnswer =
  | {
      readonly kind: 'refund';
      readonly state: 'succeeded' | 'processing' | 'closed' | 'abnormal';
      readonly refundId: string | null;
      readonly refund: Fen | null;
      /** The part settled with the merchant (退款金额 in bills); null where it does not say. */
      readonly settled: Fen | null;
      readonly succeededAt: Instant | null;
    }
  | { readonly kind: 'no_such_refund' }
  | RefusedAnswer<CommonRefusal>
  | UnknownAnswer;

/** A refund that is to be paid out to the merchant. */
export interface PayOutRequest extends RefundQuestion {
  readonly outTradeNo: OutTradeNo;
}

/**
 * The answer to `payOutRefund`. `accepted` is a promise: the state of the refund tells when the
 * money has moved. `not_abnormal`: nothing was asked for, because the refund stands otherwise.
 */
export type PayOutAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'not_abnormal'; readonly state: 'succeeded' | 'processing' | 'closed' }
  | { readonly kind: 'no_such_refund' }
  | NotAsked
  | RefusedAnswer<'not_offered' | CommonRefusal>
  | UnknownAnswer;

/** How the refund stands is unknown: nothing was asked for. The rest is as in `UnknownAnswer`. */
export interface NotAsked {
  readonly kind: 'not_asked';
  readonly reason: UnknownReason;
  readonly detail: string;
}

/** Which bill: one Beijing day of one merchant. */
export type BillRequest = TradeBillRequest | FundFlowRequest;

/** A bill of trades. */
export interface TradeBillRequest {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly type: 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND';
  readonly gzip: boolean;
}

/** The fund-flow bill of one of the merchant's accounts. */
export interface FundFlowRequest {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly type: 'FUND_FLOW';
  readonly account: CashAccount;
  readonly gzip: boolean;
}

/**
 * The answer to `downloadBill`. `bill` is the file as received, gzipped or not whatever was
 * requested: check its first two bytes (0x1f 0x8b). `not_available` is WeChat Pay's 20002, which
 * means either "not ready yet" or "no trades". API v3 tells them apart: `no_bill`, there is none,
 * because the day had no trade or was asked for too early; `not_yet`, it is being made.
 * `not_offered`: the channel cannot download this kind of bill for this merchant, and no request
 * was made. Only of fund-flow bills: a merchant on cloud development or under a service provider
 * has none that it or its provider may download.
 */
export type BillAnswer =
  | { readonly kind: 'bill'; readonly bytes: Uint8Array }
  | { readonly kind: 'not_available' | 'no_bill' | 'not_yet' | 'not_offered'; readonly detail: string }
  | RefusedAnswer<CommonRefusal>
  | UnknownAnswer;
