import type { StatementType } from '../lib/model/statement/bill-columns';
import type { DiscrepancyClass } from '../lib/model/discrepancy';
import type { CountAndSum } from '../lib/model/count-and-sum';
import type { SetAside, SetAsideReason } from '../lib/model/statement/statement-run';
import type { Json } from '../lib/values/json';
import type { Balance, Cause } from './compare/ledger';
import type { OrderColumn } from './orders/column-names';
import type { OrderProblem } from './orders/order-problem';

/**
 * One difference between the bills and the orders. Files count from 0, lines from 1; null on the
 * side that lacks it.
 */
export interface FoundDifference {
  readonly class: DiscrepancyClass;
  readonly outTradeNo: string;
  readonly transactionId: string | null;
  readonly outRefundNo: string | null;
  readonly ours: Json;
  readonly theirs: Json;
  readonly billFile: number | null;
  readonly billLine: number | null;
  readonly ordersFile: number | null;
  readonly ordersLine: number | null;
}

/** One bill that was compared. */
export interface ReadBill {
  readonly name: string;
  readonly type: StatementType;
  readonly rows: number;
  readonly sha1: string;
  /** How it is written: its encoding, and `resaved` when a spreadsheet saved it again. */
  readonly encoding: string;
  readonly resaved: boolean;
}

/** One file, or one sheet of a workbook, with orders or refunds. */
export interface ReadOrders {
  readonly name: string;
  readonly encoding: string;
  /** Which of its columns was read as what: our name and theirs. */
  readonly columns: readonly { readonly as: OrderColumn; readonly header: string }[];
  readonly rows: number;
  /** Lines that state nothing: titles, notes, totals, and blank or merged rows. */
  readonly skipped: number;
}

/** A sheet of a workbook that was passed over: hidden, or without a header of orders. */
export interface NotRead {
  readonly name: string;
  readonly because: 'hidden' | 'no_orders';
}

/**
 * The result of comparing bills with orders files. The JSON output has exactly these fields.
 * Amounts are in fen.
 */
export interface MatchReport {
  /** True when the exit code is 0. */
  readonly agree: boolean;
  /** What each side consists of, and where each item ended. */
  readonly equations: readonly Balance[];
  /** Why items are in doubt or were not looked for. */
  readonly causes: readonly Cause[];
  /** What `--canary` named, and no bill has as a canary's payment. */
  readonly canariesNotFound: readonly string[];
  readonly bill: {
    readonly files: readonly ReadBill[];
    /** The type of the only bill, and of several when they have the same. */
    readonly type: StatementType | null;
    readonly rows: number;
    /** The Beijing days of its rows. */
    readonly days: readonly string[];
    readonly payments: CountAndSum;
    readonly refunds: CountAndSum;
    readonly revoked: CountAndSum;
    /** A fee has up to five decimals of a yuan, so the sum may be a fraction of a fen. */
    readonly fees: number;
  };
  readonly orders: {
    readonly files: readonly ReadOrders[];
    readonly notRead: readonly NotRead[];
    readonly rows: number;
    readonly orders: number;
    readonly refunds: number;
    /** Further rows of an order that an earlier row states, such as one for each refund. */
    readonly furtherRows: number;
    /** Orders, refunds and rows that cannot be compared. */
    readonly inDoubt: number;
    /** Paid orders of days that no bill covers, so not expected in one. */
    readonly otherDays: number;
    /** The status words that are not known, with the number of their rows. */
    readonly unknownStates: readonly { readonly word: string; readonly rows: number }[];
  };
  readonly matched: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  /** The first 100,000; `differenceCount` is the total. */
  readonly differences: readonly FoundDifference[];
  readonly differenceCount: number;
  readonly byClass: Readonly<Partial<Record<DiscrepancyClass, number>>>;
  readonly setAside: Readonly<Partial<Record<SetAsideReason, SetAside>>>;
  /** Cells that cannot be read. One that is not needed leaves its order compared. */
  readonly orderProblems: readonly OrderProblem[];
  readonly orderProblemCount: number;
}

/**
 * True when both sides agree: every item of both was looked for, could be read, and is the same.
 * What was outside of the days or merchant asked for is no obstacle.
 */
export function agrees({
  equations,
  differenceCount,
}: Pick<MatchReport, 'equations' | 'differenceCount'>): boolean {
  return (
    differenceCount === 0 &&
    equations.every(({ buckets: { differing, inDoubt, notLookedFor } }) => {
      return differing.count + inDoubt.count + notLookedFor.count === 0;
    })
  );
}
