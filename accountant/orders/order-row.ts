import type { RefundState } from '../../lib/model/refund';
import type { Fen } from '../../lib/values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../../lib/values/ids';
import type { Instant } from '../../lib/values/instant';

/**
 * An order's state in the orders file. `unknown`: the file says nothing about it. `unclear`: it
 * says a word that we do not know, which is never taken as paid.
 */
export const ORDER_STATES = ['unknown', 'pending', 'paid', 'closed', 'failed', 'unclear'] as const;
/** One of the states. */
export type OrderState = (typeof ORDER_STATES)[number];

/** A refund's state in the orders file; `unknown` and `unclear` as for an order. */
export type RowRefundState = RefundState | 'unknown' | 'unclear';

/**
 * Whether a row says that money of its order went back, apart from any refund that it names:
 * `full`, the order amount; `whole`, as a word without an amount says it; or `part`, which leaves
 * the amount unknown.
 */
export type MoneyBack = 'none' | 'full' | 'whole' | 'part';

/** A refund in the orders file. Null where the file has no value. */
export interface OrderRefund {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  readonly state: RowRefundState;
  readonly refundedAt: Instant | null;
  /** True when the file has a time that cannot be read, so that the day is not known. */
  readonly badTime: boolean;
}

/** What a row says of its order. Null where the file has no value. */
export interface RowOrder {
  readonly currency: string;
  readonly total: Fen;
  readonly state: OrderState;
  readonly paidAt: Instant | null;
  /** True when the file has a time that cannot be read, so that the day is not known. */
  readonly badTime: boolean;
}

/** By what a row of an orders file names its order, and where it is. */
export interface OrderNames {
  /** Null when the file has none, or a spreadsheet destroyed it. */
  readonly outTradeNo: OutTradeNo | null;
  readonly transactionId: TransactionId | null;
  readonly subMchId: SubMchId | null;
}

/**
 * What a row says of how its order was paid. `other`: by means that never reach WeChat Pay, and by
 * nothing else. `comparable`: by WeChat Pay, in parts, or in a word that is not known.
 */
export type PaymentMeans = 'unstated' | 'comparable' | 'other';

/** A row's names, how its order was paid, and its place: `places.ts`. */
export interface PlacedRow extends OrderNames {
  readonly place: number;
  readonly means: PaymentMeans;
}
