import { allOf } from '../values/all-of';
import type { FulfilmentCall } from './fulfilment-call';
import type { OrderEntry } from './history';
import type { HistoryLine, InboxKey, Source } from './message';
import type { Lease } from './lease';
import type { Fen } from '../values/fen';
import type { StatementMark } from './statement/statement-mark';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';
import type { PaymentParameters, Promotion } from './facts';

/**
 * The payment state of an order. Only a settled inbox message changes it.
 *
 *   pending ── payment fact that agrees ──▶ paid      (final)
 *      │
 *      └── closure fact (WeChat Pay's word) ──▶ closed | failed
 *                                                  │ a later payment fact keeps the state,
 *                                                  │ is added to `otherPayments` and opens
 *                                                  └ the discrepancy `paid_after_close`
 */
export type OrderPayment =
  | { readonly state: 'pending' }
  | {
      readonly state: 'paid';
      readonly transactionId: TransactionId;
      /** The time of payment according to WeChat Pay. */
      readonly paidAt: Instant;
      /** When we learned of it: the arrival of the first message. */
      readonly knownAt: Instant;
      /** Its first source. */
      readonly knownBy: Source;
      /** The inbox message that proves it. */
      readonly evidence: InboxKey;
      readonly cash: Fen | null;
      /** The currency of the payer's cash; absent where WeChat Pay did not say. */
      readonly cashFeeType?: string;
      readonly coupon: Fen | null;
      readonly settlementTotal: Fen | null;
      /** Absent where WeChat Pay did not say. */
      readonly promotions?: readonly Promotion[];
      /**
       * Why it counts although it does not agree with the order; absent for a payment that agrees.
       */
      readonly acceptance?: AcceptedPayment;
      /**
       * True when it came after the order had ended and the policy accepted it; otherwise absent.
       */
      readonly afterClose?: true;
    }
  | { readonly state: 'closed' | 'failed'; readonly at: Instant; readonly evidence: InboxKey };

/** The states of what is known about an order's money. */
export const PAYMENT_STATES = allOf<OrderPayment['state']>()('pending', 'paid', 'closed', 'failed');

/** The currency of the payer's cash when it is known and not CNY; otherwise null. */
export function foreignCashOf(payment: Order['payment']): string | null {
  if (payment.state !== 'paid') return null;
  const { cashFeeType = 'CNY' } = payment;
  return cashFeeType === 'CNY' ? null : cashFeeType;
}

/** Why the fulfilment of a paid order is on hold: the evidence against it (G3). */
export const HOLD_REASONS = [
  /** A believed refund message of the order is pending or dead. */
  'refund_message_open',
  /** A believed refund message of the order cannot be read, so its content is unknown. */
  'refund_message_unreadable',
  /**
   * WeChat Pay answered that the order moved to refund, but no refund on our books says how much.
   */
  'refund_sum_unknown',
  /**
   * All its money is reserved for refunds, and not all of them have succeeded. It ends when they
   * have, or when one gives its money back to the order.
   */
  'refund_unfinished',
  /** A bill showed the payment, and the run has not compared the refunds of that day yet. */
  'statement_refunds_pending',
  /** Above `orders.verifyAbove`, and WeChat Pay has not confirmed the payment by a query yet. */
  'verify_above',
] as const;

/** Why the fulfilment of a paid order is on hold. */
export type HoldReason = (typeof HOLD_REASONS)[number];

/**
 * The order's last hold. `release`: an operator ended it; evidence known by then no longer holds
 * the order.
 */
export interface PastHold {
  readonly reason: HoldReason;
  readonly heldAt: Instant;
  readonly release: { readonly at: Instant; readonly who: string; readonly why: string } | null;
}

/** The states of a fulfilment. */
export const FULFILMENT_STATES = ['none', 'due', 'held', 'done', 'dead'] as const;

/**
 * The fulfilment state of an order.
 *
 *   none ── order paid (same write) ──▶ due ── hook called ── fulfilled ──▶ done
 *              │                      │ ▲ ▲
 *              │   claim, fail, retry └─┘ │ ── permanent error, or attempts used up ──▶ dead
 *              │                          │
 *              └── evidence against it ──▶ held ── explained, or released by an operator
 *
 * A worker that finds such evidence just before fulfilment puts a due order back to held.
 */
export type Fulfilment =
  | { readonly state: 'none' }
  | {
      readonly state: 'due';
      /** How often a worker claimed it. */
      readonly attempts: number;
      readonly dueAt: Instant;
      readonly lease: Lease | null;
      readonly lastError: string | null;
      /** Its previous hold; absent when there was none. */
      readonly hold?: PastHold;
      /**
       * When fulfilment began under this lease; absent before. A requested refund waits for its
       * end.
       */
      readonly begunAt?: Instant;
    }
  | {
      readonly state: 'held';
      readonly attempts: number;
      readonly heldAt: Instant;
      readonly reason: HoldReason;
    }
  | {
      readonly state: 'done';
      readonly attempts: number;
      readonly doneAt: Instant;
      /** What the merchant's code returned, such as a parcel number. */
      readonly receipt: string | null;
    }
  | { readonly state: 'dead'; readonly attempts: number; readonly deadAt: Instant; readonly reason: string };

/**
 * What operators decided about a payment that does not agree with its order. Above a configured
 * amount it is only proposed, without effect, until a second person approves.
 */
export type Acceptance =
  | { readonly state: 'proposed'; readonly who: string; readonly reason: string; readonly at: Instant }
  | {
      readonly state: 'accepted';
      readonly who: string;
      /** The second person; null where none was needed. */
      readonly approver: string | null;
      readonly reason: string;
      readonly at: Instant;
    };

/** A payment that counts because operators accepted it. */
export type AcceptedPayment = Extract<Acceptance, { state: 'accepted' }> & {
  /** The amount paid, which may differ from the order amount. */
  readonly total: Fen;
};

/**
 * Why money stands beside an order's own payment. `mismatch`: it does not agree with the order, and
 * an operator has dealt with it.
 */
export const OTHER_PAYMENT_KINDS = ['duplicate_payment', 'paid_after_close', 'mismatch'] as const;

/** A payment for an order other than the one that paid it. It waits for a decision. */
export interface OtherPayment {
  readonly transactionId: TransactionId;
  readonly total: Fen;
  readonly paidAt: Instant;
  readonly as: (typeof OTHER_PAYMENT_KINDS)[number];
  readonly evidence: InboxKey;
  /** The merchant it was paid to, when not the order's. */
  readonly paidTo?: SubMchId;
  /** What operators decided about it; absent until they do. */
  readonly acceptance?: Acceptance;
}

/**
 * Money of an order that is reserved for a refund, whether or not it has gone back yet. The sum
 * never exceeds what was paid, because each is added by a write conditional on the order's version.
 */
export interface RefundReservation {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  /**
   * The payment it belongs to. Absent when unknown: in refunds made in the merchant platform, or
   * older than this field.
   */
  readonly transactionId?: TransactionId;
  /**
   * When a call reserved it. Absent where a message did, and in those older than this field. It
   * dates a reservation whose call broke off before it created the refund.
   */
  readonly at?: Instant;
}

/**
 * A prepay order at WeChat Pay. Its parameters are valid for 2 hours (WeChat Pay v2 unifiedOrder).
 */
export interface Prepay {
  readonly payment: PaymentParameters;
  readonly at: Instant;
}

/** The last scheduled query of an order whose answer put nothing into the inbox. */
export interface LastAnswer {
  /** When the batch of queries with this answer ended. */
  readonly at: Instant;
  /** A `Said`, or a word of another version of this service. */
  readonly said: string;
}

/**
 * An order, which is its own outbox: the write that makes it paid also makes its fulfilment due.
 */
export interface Order {
  readonly outTradeNo: OutTradeNo;
  /** The mini program's idempotency key of this order, unique per payer. */
  readonly requestId: string;
  readonly subMchId: SubMchId;
  readonly payer: PayerId;
  readonly total: Fen;
  readonly currency: 'CNY';
  /** What the payer sees (商品描述). */
  readonly body: string;
  readonly attach: string | null;
  readonly createdAt: Instant;
  /** The payment deadline. */
  readonly expiresAt: Instant;
  /** Rises by one with every change. Every write names the version it was decided on. */
  readonly version: number;
  readonly payment: OrderPayment;
  readonly fulfilment: Fulfilment;
  readonly prepay: Prepay | null;
  /** When WeChat Pay was last queried about it on a payer's behalf. */
  readonly lastAskedAt: Instant | null;
  /** While the payment is pending: when to query it next. Meaningless afterwards. */
  readonly nextAskAt: Instant;
  /** How often the schedule queried it: counted when claimed. */
  readonly asks: number;
  /** Null until a scheduled query changed nothing. Kept once the order is paid or closed. */
  readonly lastAnswer: LastAnswer | null;
  /**
   * When WeChat Pay first answered that the order moved to refund; absent before. That answer gives
   * no amount.
   */
  readonly refundSaidAt?: Instant;
  /**
   * When its personal data was erased, or when it was imported without any; absent: it is as it was
   * stored. Its payer is `ERASED_PAYER` since, and it is never fulfilled again.
   */
  readonly erasedAt?: Instant;
  readonly otherPayments: readonly OtherPayment[];
  /** At most 50, WeChat Pay's limit. A closed refund returns its money to the order. */
  readonly refunds: readonly RefundReservation[];
  /** The bill that contains its payment, agreeing or not; null until one does. */
  readonly statement: StatementMark | null;
  readonly history: readonly HistoryLine[];
}

/**
 * An order with what was bought. The cart can be the largest part of an order and changes nothing
 * that is decided, so only those who need it read it: the merchant's code and an operator.
 */
export interface WholeOrder extends Order {
  /** The purchase in the merchant's own format; `merchant/price.ts` prices it. */
  readonly cart: Json;
  /**
   * The first request that made it payable, byte for byte: the channel refuses a repeat with any
   * other value. Absent where the channel needs none, and once the order has ended, since it holds
   * the payer's id.
   */
  readonly prepayBody?: string;
  /**
   * The latest calls of the merchant's system about it, the latest last; absent: there was none, or
   * the merchant's code keeps no record of them.
   */
  readonly calls?: readonly FulfilmentCall[];
}

/** The fields of an order that are compared with a bill. */
export type LedgerOrder = Pick<
  Order,
  'outTradeNo' | 'subMchId' | 'total' | 'currency' | 'payment' | 'otherPayments' | 'statement'
>;

/**
 * What settling a message may change on an order. One conditional write, refused unless the version
 * still stands.
 */
export interface OrderSettlement {
  readonly outTradeNo: OutTradeNo;
  readonly expectedVersion: number;
  readonly payment: OrderPayment;
  readonly fulfilment: Fulfilment;
  readonly otherPayments: readonly OtherPayment[];
  readonly refunds: readonly RefundReservation[];
  /**
   * The transaction this change assigns to the order. A transaction belongs to one order only: when
   * another order has it, nothing is written.
   */
  readonly takes?: TransactionId;
  /** Added to the order's history. */
  readonly entry: OrderEntry;
}

/** True for a transaction that the order has beside its own payment. Pure. */
export function isPaymentBeside(
  { otherPayments }: Pick<Order, 'otherPayments'>,
  transactionId: TransactionId,
): boolean {
  return otherPayments.some((one) => one.transactionId === transactionId);
}

/** What all other code may change on an order: never its payment or fulfilment. */
export interface OrderNote {
  readonly outTradeNo: OutTradeNo;
  readonly expectedVersion: number;
  readonly prepay?: Prepay;
  readonly lastAskedAt?: Instant;
  readonly refunds?: readonly RefundReservation[];
  readonly otherPayments?: readonly OtherPayment[];
  /** Added to the order's history when given. */
  readonly entry?: OrderEntry;
}

/** The number of orders by state. */
export interface OrderCounts {
  readonly payment: Readonly<Record<Order['payment']['state'], number>>;
  readonly fulfilment: Readonly<Record<Order['fulfilment']['state'], number>>;
}

/** What happens to a payment for an order that is closed or has failed. */
export const LATE_MONEY_POLICIES = ['hold', 'fulfil', 'refund'] as const;

/** One of `LATE_MONEY_POLICIES`. */
export type LateMoneyPolicy = (typeof LATE_MONEY_POLICIES)[number];
