import type { Source } from './message';
import type { Brand } from '../values/brand';
import type { StatementRunId } from './statement/statement-run-id';
import type { BeijingDay } from '../values/day';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';

/** Every way in which WeChat Pay's books and ours can differ. */
export const DISCREPANCY_CLASSES = [
  /** Paid at WeChat Pay, no such order here. */
  'missing_order',
  /** The bill says paid, the order was still pending here. The inbox repairs it. */
  'unpaid_order',
  /** Paid here, absent from the bill of its day. Carried over until its deadline. */
  'missing_payment',
  'amount_mismatch',
  'currency_mismatch',
  'merchant_mismatch',
  'payer_mismatch',
  /** The order was already paid by another transaction. */
  'duplicate_payment',
  /** The order was closed or had failed when the money arrived. */
  'paid_after_close',
  /** The transaction already belongs to another order, so it did not pay this one. */
  'transaction_reused',
  /** The order is paid but its fulfilment is on hold, for one of `HOLD_REASONS`. */
  'fulfilment_held',
  /** The bill's fee does not match the configured rate of the settlement amount. */
  'fee_mismatch',
  /** Refunded at WeChat Pay, no such refund here. */
  'refund_missing_here',
  /** Refunded here, absent from the bill of its day. Carried over until its deadline. */
  'refund_missing_there',
  'refund_amount_mismatch',
  'refund_state_mismatch',
  /** The refund names a transaction that is not the order's. */
  'refund_transaction_mismatch',
  /**
   * The file is not a complete trade bill, or its rows do not add up: nothing was compared with it.
   */
  'statement_corrupt',
  /** Rows of a valid bill that were not compared, all of a day together. */
  'excluded_rows',
  /** Our books hold payments or refunds of a day that its run did not account for. */
  'books_incomplete',
  /** The account moved otherwise than the trade bill says, by a fen or more. */
  'cash_mismatch',
  /** A trade of the bill that moved nothing in the account. */
  'cash_missing',
  /** Movements whose trade no bill has, all of a day together. */
  'cash_unexplained',
  /** An account does not begin with the balance that it ended with the day before. */
  'balance_gap',
  /** WeChat Pay has no fund-flow bill of a day whose trades move money. */
  'fund_flow_missing',
  /** The file is not a complete fund-flow bill, or does not prove itself. */
  'fund_flow_invalid',
] as const;

/** One of the ways in which WeChat Pay's books and ours can differ. */
export type DiscrepancyClass = (typeof DISCREPANCY_CLASSES)[number];

/**
 * The same difference found twice is one discrepancy: `<class>:<outTradeNo>:<transactionId>` about
 * a payment, `<class>:<outTradeNo>:<outRefundNo>` about a refund, `<class>:<subMchId>:<day>` about
 * a whole bill.
 */
export type DiscrepancyId = Brand<string, 'DiscrepancyId'>;

/** What a discrepancy is about. */
export type DiscrepancySubject =
  | { readonly kind: 'payment'; readonly outTradeNo: OutTradeNo; readonly transactionId: TransactionId }
  | { readonly kind: 'refund'; readonly outTradeNo: OutTradeNo; readonly outRefundNo: OutRefundNo }
  | { readonly kind: 'statement'; readonly subMchId: SubMchId; readonly day: BeijingDay };

/** Who resolves a discrepancy: a later fact, or an operator. */
export const RESOLVERS = ['auto', 'operator'] as const;

/** How a discrepancy was resolved. */
export interface Resolution {
  readonly by: (typeof RESOLVERS)[number];
  /** The inbox key that explained it, or the operator. */
  readonly who: string;
  readonly reason: string;
  readonly at: Instant;
}

/**
 * A difference between the books, with its class and both sides' values. It stays open until a
 * person or a later fact resolves it with a reason.
 *
 * `opensAt`: a difference that may still explain itself is carried over and counts as open from
 * this instant; for the others it is when they were first seen. Time alone opens it, so no run can
 * miss doing so.
 */
export interface Discrepancy {
  readonly id: DiscrepancyId;
  readonly class: DiscrepancyClass;
  readonly subject: DiscrepancySubject;
  readonly ours: Json;
  readonly theirs: Json;
  readonly path: Source;
  /** The run whose bill shows it, whatever source was first; null when no bill does. */
  readonly statementRun: StatementRunId | null;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  readonly opensAt: Instant;
  readonly resolution: Resolution | null;
}

/** How a discrepancy stands, as a list of them asks for it. */
export const DISCREPANCY_STATES = ['open', 'carried_over', 'resolved'] as const;

/** One of `DISCREPANCY_STATES`. */
export type DiscrepancyState = (typeof DISCREPANCY_STATES)[number];

/** The order a discrepancy is about; null when it is about a whole bill. */
export function orderOfDiscrepancy({ subject }: Pick<Discrepancy, 'subject'>): OutTradeNo | null {
  return subject.kind === 'statement' ? null : subject.outTradeNo;
}

/** True when somebody must look at it: not resolved, and not carried over any more. */
export function isOpen(discrepancy: Discrepancy, now: Instant): boolean {
  return discrepancy.resolution === null && discrepancy.opensAt <= now;
}

/** Classes about a payment that has not reached its order. They say nothing against it. */
export const UNKNOWN_PAYMENT_CLASSES = [
  'unpaid_order',
  'missing_order',
] as const satisfies readonly DiscrepancyClass[];

/**
 * Classes about a payment that was rejected. They are explained once that payment counts after all.
 */
export const PAYMENT_REJECTION_CLASSES = [
  ...UNKNOWN_PAYMENT_CLASSES,
  'amount_mismatch',
  'currency_mismatch',
  'merchant_mismatch',
  'payer_mismatch',
] as const satisfies readonly DiscrepancyClass[];

/**
 * The id of the discrepancy of this class about this subject. `since` tells apart several that
 * began at different times.
 */
export function discrepancyId(
  discrepancyClass: DiscrepancyClass,
  subject: DiscrepancySubject,
  since: Instant | null = null,
): DiscrepancyId {
  const id: string = `${discrepancyClass}:${namesOf(subject)}${since === null ? '' : `@${since}`}`;
  if (!isDiscrepancyId(id)) throw new TypeError('a discrepancy id has three parts');
  return id;
}

/** A discrepancy that a fact opens now, under the id of its class and subject. */
export function newDiscrepancy(
  found: Pick<Discrepancy, 'class' | 'subject' | 'ours' | 'theirs' | 'path'>,
  now: Instant,
): Discrepancy {
  return {
    id: discrepancyId(found.class, found.subject),
    ...found,
    statementRun: null,
    firstSeenAt: now,
    lastSeenAt: now,
    opensAt: now,
    resolution: null,
  };
}

/** Checks that outside text is a discrepancy id. */
export function isDiscrepancyId(value: unknown): value is DiscrepancyId {
  return typeof value === 'string' && value.length <= 160 && /^[a-z_]+:[^:]+:[^:]+$/.test(value);
}

/** Checks that outside text is a class. */
export function isDiscrepancyClass(value: unknown): value is DiscrepancyClass {
  return DISCREPANCY_CLASSES.some((one) => one === value);
}

function namesOf(subject: DiscrepancySubject): string {
  switch (subject.kind) {
    case 'payment':
      return `${subject.outTradeNo}:${subject.transactionId}`;
    case 'refund':
      return `${subject.outTradeNo}:${subject.outRefundNo}`;
    case 'statement':
      return `${subject.subMchId}:${subject.day}`;
  }
}
