import type { HistoryEntry, InboxKey, Source } from './message';
import type { StatementMark } from './statement-mark';
import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';

/**
 * How a refund stands. What WeChat Pay says of it (all but `requested` and `processing`) enters by settled inbox messages only.
 *
 *   requested ── WeChat Pay accepts ──▶ processing ── it says so ──▶ succeeded   (for ever)
 *       │                                   │                           ▲
 *       │                                   ├──▶ abnormal ── handled in the merchant platform ──▶ succeeded | closed
 *       └── declined for good ──▶ closed ◀──┘                           │
 *                                    └── WeChat Pay says it was paid back after all; opens `refund_state_mismatch`
 *
 * Anything but `succeeded` may thus become `succeeded`, because then the money is gone; nothing else overwrites `closed`.
 * A refund that was closed gives its reservation back to the order.
 */
export type RefundProgress =
  /** Durable here. WeChat Pay may have heard of it or not: it is asked again with the same number. */
  | { readonly state: 'requested' }
  | { readonly state: 'processing'; readonly refundId: string | null; readonly acceptedAt: Instant }
  | {
      readonly state: 'succeeded';
      readonly refundId: string | null;
      /** What was settled with the merchant, when WeChat Pay said it; coupons it does not settle are not in it. */
      readonly settled: Fen | null;
      /** When WeChat Pay says it succeeded; null when it did not say. */
      readonly succeededAt: Instant | null;
      readonly knownAt: Instant;
      readonly knownBy: Source;
      readonly evidence: InboxKey;
    }
  | {
      readonly state: 'closed' | 'abnormal';
      /** Why, in a stable word, where it is known. */
      readonly reason: string | null;
      readonly knownAt: Instant;
      readonly knownBy: Source;
      readonly evidence: InboxKey;
    };

/** The states a refund can be in. */
export type RefundState = RefundProgress['state'];

/** Who wanted a refund: an operator, the merchant's own function, the policy for late money, or somebody in the merchant platform. */
export type RefundOrigin = 'operator' | 'merchant' | 'policy' | 'back_office';

/** Money on its way back to the payer. Its number is its idempotency key: whatever happens, it is never given another. */
export interface Refund {
  readonly outRefundNo: OutRefundNo;
  readonly outTradeNo: OutTradeNo;
  readonly subMchId: SubMchId;
  /**
   * The payment it gives back: WeChat Pay is asked by this number, so that it is certain which one goes back. Null for a refund that is
   * asked for by the order's number, or of the merchant platform that named none.
   */
  readonly transactionId: TransactionId | null;
  /** What the payment was: WeChat Pay wants it with every try. */
  readonly total: Fen;
  /** What goes back. */
  readonly amount: Fen;
  readonly reason: string | null;
  readonly origin: RefundOrigin;
  /** The operator or function that asked for it. */
  readonly requestedBy: string;
  readonly createdAt: Instant;
  /** Goes up by one with every change but the statement's mark. */
  readonly version: number;
  readonly progress: RefundProgress;
  /** While requested, processing or abnormal: when WeChat Pay is asked next. Means nothing afterwards. */
  readonly nextAskAt: Instant;
  /** How often it was taken to be asked about: counted when claimed. */
  readonly asks: number;
  readonly lastError: string | null;
  /** The statement that has it; null until one does. */
  readonly statement: StatementMark | null;
  readonly history: readonly HistoryEntry[];
}

/** What settling a message does to a refund: one conditional write, refused unless the version still stands. */
export type RefundSettlement =
  /** Refused when the number is taken. */
  | { readonly kind: 'create'; readonly refund: Refund }
  | {
      readonly kind: 'change';
      readonly outRefundNo: OutRefundNo;
      readonly expectedVersion: number;
      readonly progress: RefundProgress;
      /** Added to the refund's history. */
      readonly entry: HistoryEntry;
    };

/** What whoever asks WeChat Pay may change on a refund. No final state is among it. */
export interface RefundNote {
  readonly outRefundNo: OutRefundNo;
  readonly expectedVersion: number;
  readonly progress?: Extract<RefundProgress, { state: 'requested' | 'processing' }>;
  readonly nextAskAt?: Instant;
  readonly lastError?: string | null;
  /** Added to the refund's history when given. */
  readonly entry?: HistoryEntry;
}

/** How many refunds there are by their state. */
export type RefundCounts = Readonly<Record<RefundState, number>>;
