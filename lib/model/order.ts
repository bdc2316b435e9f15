import type { HistoryEntry, InboxKey, Source } from './message';
import type { Lease } from './lease';
import type { Fen } from '../values/fen';
import type { StatementMark } from './statement-mark';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';
import type { PaymentParameters } from './facts';

/**
 * What is known about the money of an order. Only a settled inbox message changes it.
 *
 *   pending ── payment fact that agrees ──▶ paid      (for ever)
 *      │
 *      └── closure fact (WeChat Pay's word) ──▶ closed | failed
 *                                                  │ a payment fact after that leaves the state alone, is noted in
 *                                                  └ `otherPayments` and opens the discrepancy `paid_after_close`
 */
export type OrderPayment =
  | { readonly state: 'pending' }
  | {
      readonly state: 'paid';
      readonly transactionId: TransactionId;
      /** When WeChat Pay says it was paid. */
      readonly paidAt: Instant;
      /** When we came to know: the first message's arrival. */
      readonly knownAt: Instant;
      /** By which path we first heard. */
      readonly knownBy: Source;
      /** The inbox message this rests on. */
      readonly evidence: InboxKey;
      readonly cash: Fen | null;
      /** In which currency the cash was paid; absent where WeChat Pay did not say. */
      readonly cashFeeType?: string;
      readonly coupon: Fen | null;
      readonly settlementTotal: Fen | null;
      /** Why it counts although it did not agree with the order; absent for a payment that agreed. */
      readonly acceptance?: AcceptedPayment;
    }
  | { readonly state: 'closed' | 'failed'; readonly at: Instant; readonly evidence: InboxKey };

/** The currency of the payer's cash where it is known and not CNY; otherwise null. */
export function foreignCashOf(payment: Order['payment']): string | null {
  if (payment.state !== 'paid') return null;
  const { cashFeeType = 'CNY' } = payment;
  return cashFeeType === 'CNY' ? null : cashFeeType;
}

/** Why a paid order is not handed over yet: what is known that speaks against it (G3). */
export const HOLD_REASONS = [
  /** A believed refund message of the order is pending or dead. */
  'refund_message_open',
  /** A believed refund message of the order cannot be read, so nobody knows what it says. */
  'refund_message_unreadable',
  /** WeChat Pay answered that the order moved to refund, and no refund on our books says how much. */
  'refund_sum_unknown',
  /** A statement showed the payment, and the run has not gone over the refunds of that day yet. */
  'statement_refunds_pending',
  /** Above `orders.verifyAbove`: WeChat Pay has not confirmed the payment by a query yet. */
  'verify_above',
] as const;

/** Why a paid order is not handed over yet. */
export type HoldReason = (typeof HOLD_REASONS)[number];

/** The hold that an order was under last. `release`: an operator ended it; what was known by then holds no more. */
export interface PastHold {
  readonly reason: HoldReason;
  readonly heldAt: Instant;
  readonly release: { readonly at: Instant; readonly who: string; readonly why: string } | null;
}

/** The states of a fulfilment. */
export const FULFILMENT_STATES = ['none', 'due', 'held', 'done', 'dead'] as const;

/**
 * Whether the goods are delivered.
 *
 *   none ── order paid (same write) ──▶ due ── handing over began ── fulfilled ──▶ done
 *              │                      │ ▲ ▲
 *              │   claim, fail, retry └─┘ │ ── permanent error, or attempts used up ──▶ dead
 *              │                          │
 *              └── known evidence ──▶ held ── explained, or released by an operator
 *
 * A worker that finds evidence at hand-over puts a due order back to held.
 */
export type Fulfilment =
  | { readonly state: 'none' }
  | {
      readonly state: 'due';
      /** How often a worker took it: counted when claimed. */
      readonly attempts: number;
      readonly dueAt: Instant;
      readonly lease: Lease | null;
      readonly lastError: string | null;
      /** The hold it was under before; absent when it never was. */
      readonly hold?: PastHold;
      /** When handing over began under this lease; absent before. A refund that is asked for waits for its end. */
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
      /** What the merchant's fulfilment gave back, such as a parcel number. */
      readonly receipt: string | null;
    }
  | { readonly state: 'dead'; readonly attempts: number; readonly deadAt: Instant; readonly reason: string };

/**
 * What operators said of a payment that does not agree with its order. Above a configured amount a second person confirms it: until then
 * it is only proposed, and nothing follows from it.
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

/** The payment that counts by an operator's word. */
export type AcceptedPayment = Extract<Acceptance, { state: 'accepted' }> & {
  /** What came: not always what the order costs. */
  readonly total: Fen;
};

/** Why money stands beside an order's payment. `mismatch`: it does not agree with the order, and somebody has dealt with it. */
export const OTHER_PAYMENT_KINDS = ['duplicate_payment', 'paid_after_close', 'mismatch'] as const;

/** Money that came for an order beside the payment that paid it. It waits for a decision. */
export interface OtherPayment {
  readonly transactionId: TransactionId;
  readonly total: Fen;
  readonly paidAt: Instant;
  readonly as: (typeof OTHER_PAYMENT_KINDS)[number];
  readonly evidence: InboxKey;
  /** The merchant it was paid to, where that is not the order's. */
  readonly paidTo?: SubMchId;
  /** What operators said of it; absent while nobody did. */
  readonly acceptance?: Acceptance;
}

/**
 * Money of an order that is promised to a refund, whether it has gone back yet or not. Their sum never exceeds what was
 * paid, because each is added by a write that names the order's version.
 */
export interface RefundReservation {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  /** The payment it belongs to. Absent where nobody said: in a refund of the merchant platform, or one that is older than this field. */
  readonly transactionId?: TransactionId;
}

/** A prepay order at WeChat Pay; its parameters can be used for 2 hours (WeChat Pay v2 unifiedOrder). */
export interface Prepay {
  readonly payment: PaymentParameters;
  readonly at: Instant;
}

/** What the schedule last heard of an order that put nothing into the inbox. */
export interface LastAnswer {
  /** When the batch of questions was over in which it was heard. */
  readonly at: Instant;
  /** A `Said`, or what another version of this service called it. */
  readonly said: string;
}

/** An order, and its own outbox: the write that makes it paid also makes its fulfilment due. */
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
  /** What was ordered, in the merchant's own words; priced by `merchant/price.ts`. */
  readonly cart: Json;
  readonly createdAt: Instant;
  /** Not payable after this. */
  readonly expiresAt: Instant;
  /** Goes up by one with every change, and every change names the version it was decided on. */
  readonly version: number;
  readonly payment: OrderPayment;
  readonly fulfilment: Fulfilment;
  readonly prepay: Prepay | null;
  /** When WeChat Pay was last asked about it on a payer's behalf. */
  readonly lastAskedAt: Instant | null;
  /** While payment is pending: when WeChat Pay is asked about it next. Means nothing afterwards. */
  readonly nextAskAt: Instant;
  /** How often it was asked about by the schedule: counted when claimed. */
  readonly asks: number;
  /** Null until an answer to the schedule came to nothing. It stays as it is once the order is paid or closed. */
  readonly lastAnswer: LastAnswer | null;
  /** When WeChat Pay first answered that the order moved to refund; absent until it did. It says of no refund how much. */
  readonly refundSaidAt?: Instant;
  readonly otherPayments: readonly OtherPayment[];
  /** At most 50, as WeChat Pay allows. A refund that was closed gives its money back to the order. */
  readonly refunds: readonly RefundReservation[];
  /** The statement that has its payment, agreeing or not; null until one does. */
  readonly statement: StatementMark | null;
  readonly history: readonly HistoryEntry[];
}

/** What of an order is compared with a statement. */
export type LedgerOrder = Pick<
  Order,
  'outTradeNo' | 'subMchId' | 'total' | 'currency' | 'payment' | 'otherPayments' | 'statement'
>;

/** What settling a message may change on an order: one conditional write, refused unless the version still stands. */
export interface OrderSettlement {
  readonly outTradeNo: OutTradeNo;
  readonly expectedVersion: number;
  readonly payment: OrderPayment;
  readonly fulfilment: Fulfilment;
  readonly otherPayments: readonly OtherPayment[];
  readonly refunds: readonly RefundReservation[];
  /**
   * The transaction that this change takes for the order. A transaction belongs to one order for all time: when another order has it,
   * nothing is written.
   */
  readonly takes?: TransactionId;
  /** Added to the order's history. */
  readonly entry: HistoryEntry;
}

/** What anybody else may change on an order. Payment and fulfilment are not among it. */
export interface OrderNote {
  readonly outTradeNo: OutTradeNo;
  readonly expectedVersion: number;
  readonly prepay?: Prepay;
  readonly lastAskedAt?: Instant;
  readonly refunds?: readonly RefundReservation[];
  readonly otherPayments?: readonly OtherPayment[];
  /** Added to the order's history when given. */
  readonly entry?: HistoryEntry;
}

/** How many orders there are by what is known of them. */
export interface OrderCounts {
  readonly payment: Readonly<Record<Order['payment']['state'], number>>;
  readonly fulfilment: Readonly<Record<Order['fulfilment']['state'], number>>;
}

/** What happens to money that comes for an order which is closed or has failed. */
export type LateMoneyPolicy = 'hold' | 'fulfil' | 'refund';
