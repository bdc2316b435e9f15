import type { DiscrepancyClass } from '../lib/model/discrepancy';
import type { StatementType } from '../lib/model/bill-columns';
import type { CountAndSum, SetAside, SetAsideReason } from '../lib/model/statement-run';
import type { Json } from '../lib/values/json';
import type { OrderProblem } from './order-file';

/**
 * One difference between the bill and the orders. Lines count from 1; null on the side that lacks
 * it.
 */
export interface FoundDifference {
  readonly class: DiscrepancyClass;
  readonly outTradeNo: string;
  readonly transactionId: string | null;
  readonly outRefundNo: string | null;
  readonly ours: Json;
  readonly theirs: Json;
  readonly billLine: number | null;
  readonly ordersLine: number | null;
}

/** The result of comparing a bill with an orders file. The JSON output has exactly these fields. */
export interface MatchReport {
  readonly bill: {
    readonly type: StatementType;
    readonly rows: number;
    readonly sha1: string;
    /** The Beijing days of its rows. */
    readonly days: readonly string[];
    readonly payments: CountAndSum;
    readonly refunds: CountAndSum;
    readonly revoked: CountAndSum;
    readonly fees: number;
  };
  readonly orders: {
    readonly rows: number;
    readonly orders: number;
    readonly refunds: number;
    /** Orders and refunds whose rows are unreadable or contradict each other; not compared. */
    readonly inDoubt: number;
    /** Paid orders of days not in the bill, so not expected in it. */
    readonly otherDays: number;
  };
  readonly matched: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  /** The first 100,000; `differenceCount` is the total. */
  readonly differences: readonly FoundDifference[];
  readonly differenceCount: number;
  readonly byClass: Readonly<Partial<Record<DiscrepancyClass, number>>>;
  readonly setAside: Readonly<Partial<Record<SetAsideReason, SetAside>>>;
  readonly orderProblems: readonly OrderProblem[];
  readonly orderProblemCount: number;
}

/** True when both sides agree and all of both could be read. */
export function agrees(report: MatchReport): boolean {
  const aside = Object.keys(report.setAside).length;
  return report.differenceCount === 0 && aside === 0 && report.orderProblemCount === 0;
}

/**
 * True when the bill has refunds but the orders file has none: they were not compared, which is not
 * a difference.
 */
export function skipsRefunds({ bill, orders }: MatchReport): boolean {
  return bill.refunds.count > 0 && orders.refunds === 0;
}
