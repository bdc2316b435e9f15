import type { RefundEntry } from './history';
import type { HistoryLine, InboxKey, Source } from './message';
import type { StatementMark } from './statement/statement-mark';
import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';

/**
 * The state of a refund. States reported by WeChat Pay (all but `requested` and `processing`) enter
 * only through settled inbox messages.
 *
 *   requested ── WeChat Pay accepts ──▶ processing ── it says so ──▶ succeeded   (final)
 *       │                                   │                           ▲
 *       │                                   ├──▶ abnormal ── handled in the
 *       │                                   │     merchant platform ──▶ succeeded | closed
 *       └── declined for good ──▶ closed ◀──┘                           │
 *                                    └── WeChat Pay says it was refunded after
 *                                        all; opens `refund_state_mismatch`
 *
 * Every other state may become `succeeded`, because the money is gone then; nothing else overwrites
 * `closed`. A closed refund returns its reservation to the order.
 */
export type RefundProgress =
  /**
   * Durable here. WeChat Pay may or may not have received it: it is requested again with the same
   * number.
   */
  | { readonly state: 'requested' }
  | { readonly state: 'processing'; readonly refundId: string | null; readonly acceptedAt: Instant }
  | {
      readonly state: 'succeeded';
      readonly refundId: string | null;
      /**
       * The amount settled with the merchant, where WeChat Pay gave it; unsettled coupons are not
       * part of it.
       */
      readonly settled: Fen | null;
      /** The time of success according to WeChat Pay; null when it gave none. */
      readonly succeededAt: Instant | null;
      readonly knownAt: Instant;
      readonly knownBy: Source;
      readonly evidence: InboxKey;
      /** True when WeChat Pay had closed it before; otherwise absent. */
      readonly afterClose?: true;
    }
  | (NotPaidBack & { readonly state: 'closed' })
  | (NotPaidBack & {
      readonly state: 'abnormal';
      /** The last request to pay it out that WeChat Pay may have received; absent without one. */
      readonly payOut?: PayOutTry;
    });

/** A refund whose money did not reach the payer, by WeChat Pay's word. */
interface NotPaidBack {
  /** A stable reason code, where known. */
  readonly reason: string | null;
  readonly knownAt: Instant;
  readonly knownBy: Source;
  readonly evidence: InboxKey;
}

/** A request to pay an abnormal refund out to the merchant: durable before it is sent. */
export interface PayOutTry {
  readonly at: Instant;
  /** The operator who asked for it. */
  readonly by: string;
}

/** The states a refund can be in. */
export const REFUND_STATES = ['requested', 'processing', 'succeeded', 'closed', 'abnormal'] as const;

/** One of `REFUND_STATES`. */
export type RefundState = (typeof REFUND_STATES)[number];

/**
 * Who requested a refund: an operator, the merchant's code, the late-money policy, or a person in
 * the merchant platform.
 */
export const REFUND_ORIGINS = ['operator', 'merchant', 'policy', 'back_office'] as const;

/** One of `REFUND_ORIGINS`. */
export type RefundOrigin = (typeof REFUND_ORIGINS)[number];

/** Final refusals of a refund: requesting it again with the same values changes nothing. */
export const FINAL_REFUSALS = [
  'too_old',
  'amount_mismatch',
  'no_such_order',
  'payer_account',
  'bad_request',
] as const;

/** One of `FINAL_REFUSALS`. */
export type FinalRefusal = (typeof FINAL_REFUSALS)[number];

/** A final refusal that waits to be confirmed. */
export interface RefundRefusal {
  readonly at: Instant;
  readonly code: FinalRefusal;
  /** WeChat Pay's own words. */
  readonly detail: string;
}

/** Money on its way back to the payer. Its number is its idempotency key and never changes. */
export interface Refund {
  readonly outRefundNo: OutRefundNo;
  readonly outTradeNo: OutTradeNo;
  readonly subMchId: SubMchId;
  /**
   * The payment it refunds. WeChat Pay is asked by this id, which fixes the payment. Null for a
   * refund requested by the order's number, or made in the merchant platform without naming a
   * payment.
   */
  readonly transactionId: TransactionId | null;
  /** The amount of the payment: WeChat Pay requires it with every request. */
  readonly total: Fen;
  /** The amount to refund. */
  readonly amount: Fen;
  readonly reason: string | null;
  readonly origin: RefundOrigin;
  /** The operator or function that requested it. */
  readonly requestedBy: string;
  readonly createdAt: Instant;
  /** Rises by one with every change except the bill's mark. */
  readonly version: number;
  readonly progress: RefundProgress;
  /**
   * While requested, processing or abnormal: when to ask WeChat Pay next. Meaningless afterwards.
   */
  readonly nextAskAt: Instant;
  /** How often it was claimed to ask WeChat Pay about it. */
  readonly asks: number;
  readonly lastError: string | null;
  /** Of a refund made in the merchant platform: the fact it was taken over by; otherwise absent. */
  readonly takenOver?: { readonly by: Source; readonly evidence: InboxKey };
  /**
   * WeChat Pay's refusal that will end the refund once every try that may be under way has ended.
   * Absent where there was none, or a try began since.
   */
  readonly refusal?: RefundRefusal;
  /** The bill that contains it; null until one does. */
  readonly statement: StatementMark | null;
  readonly history: readonly HistoryLine[];
}

/**
 * What settling a message does to a refund. One conditional write, refused unless the version still
 * stands.
 */
export type RefundSettlement =
  /** Refused when the number is taken. */
  | { readonly kind: 'create'; readonly refund: Refund }
  | {
      readonly kind: 'change';
      readonly outRefundNo: OutRefundNo;
      readonly expectedVersion: number;
      readonly progress: RefundProgress;
      /** Added to the refund's history. */
      readonly entry: RefundEntry;
    };

/** What an import says of a refund: it succeeded; or its order was lost, and it is withdrawn. */
export type ImportedProgress = Extract<RefundProgress, { state: 'succeeded' | 'closed' }> & {
  readonly knownBy: 'import';
};

/**
 * What code that asks WeChat Pay may change on a refund: never to a final state, which only an
 * import may write.
 */
export interface RefundNote {
  readonly outRefundNo: OutRefundNo;
  readonly expectedVersion: number;
  readonly progress?:
    Extract<RefundProgress, { state: 'requested' | 'processing' | 'abnormal' }> | ImportedProgress;
  readonly nextAskAt?: Instant;
  readonly lastError?: string | null;
  /** Null takes back the refusal that stood. */
  readonly refusal?: RefundRefusal | null;
  /** Added to the refund's history when given. */
  readonly entry?: RefundEntry;
}

/** The number of refunds by state. */
export type RefundCounts = Readonly<Record<RefundState, number>>;
