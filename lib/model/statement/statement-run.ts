import type { ArchivedFile } from './archived-file';
import type { DayCash } from './cash';
import type { CountAndSum } from '../count-and-sum';
import type { DiscrepancyClass } from '../discrepancy';
import type { HistoryLine } from '../message';
import type { Lease } from '../lease';
import { allOf } from '../../values/all-of';
import type { BeijingDay } from '../../values/day';
import type { Fen } from '../../values/fen';
import type { OutTradeNo, SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { StatementType } from './bill-columns';
import type { RowProblem } from './row-problem';
import type { StatementRunId } from './statement-run-id';

/** A bill that passed its checks. Later passes over the file must find the same. */
export interface ProvedStatement {
  readonly type: StatementType;
  readonly rows: number;
  /** The number of refund rows. A bill without any is not read for them. */
  readonly refundRows: number;
  readonly gzipped: boolean;
  /** Hex SHA-1 of the decompressed bytes. */
  readonly sha1: string;
  /** What the bill's own summary states. Absent from what earlier versions stored. */
  readonly totals?: BillTotals;
  /** Present where a person gave the file by hand, because WeChat Pay gave none that is valid. */
  readonly from?: 'operator';
}

/** A bill that is verified, and in the archive. */
export interface KeptBill {
  readonly file: ArchivedFile;
  readonly statement: ProvedStatement;
}

/** One that a person gave by hand. */
export interface GivenBill extends KeptBill {
  readonly statement: ProvedStatement & { readonly from: 'operator' };
}

/**
 * What a bill's summary states over all its rows; null where it states nothing, or no whole number
 * of fen.
 */
export interface BillTotals {
  /** 应结订单总金额. */
  readonly settled: Fen | null;
  /** 退款总金额. */
  readonly refunded: Fen | null;
  /** 手续费总金额: charged less returned. */
  readonly fee: Fen | null;
}

/**
 * What a run found of one class. `sum`: what the bill states of the items, or our books where the
 * bill has none; of a fee, the fee. `difference`: what the bill states beyond our books, below zero
 * where our books have more, and 0 where the amounts agree. A row with several discrepancies has
 * its difference in one of them, so the differences of payments add up to the bridge from WeChat
 * Pay's sum to ours; those of refunds likewise.
 */
export interface FoundSum extends CountAndSum {
  /** Absent from what earlier versions stored. */
  readonly difference?: Fen;
}

/** What a bill states of rows that have one rate. */
export interface RateSum {
  /** As the bill prints it, such as `0.60%`; empty where it states none. */
  readonly rate: string;
  readonly payments: CountAndSum;
  readonly refunds: CountAndSum;
  /** Charged less returned, without fees that are finer than a fen. */
  readonly fee: Fen;
}

/**
 * What the rows of a bill move, as the bill states it: `theirs` in another breakdown. Sums of
 * payments and refunds are settlement amounts here, after coupons that WeChat Pay does not settle.
 */
export interface BillMoney {
  /**
   * Of the compared rows by rate; revoked orders are refunds. Rows of further rates than
   * `RATES_KEPT` are under the empty one.
   */
  readonly rates: readonly RateSum[];
  /** Readable rows whose fee is finer than a fen. */
  readonly unreadFees: number;
  /** Of the excluded rows that are readable. */
  readonly excluded: BillMovement;
}

/** Payments and refunds, each counted and added up. */
export interface BothSums {
  readonly payments: CountAndSum;
  readonly refunds: CountAndSum;
}

/**
 * What became of our own items, and what our books hold of the day, counted apart from it: at the
 * end both must be the same. `matched` and `carriedOver` of the tally are parts of the first.
 */
export interface BooksCount {
  /** In the bill and not the same there, or absent from it and no longer carried over. */
  readonly differing: BothSums;
  /** Not compared although the bill names them, or an earlier round found them in a bill. */
  readonly inDoubt: BothSums;
  /**
   * Of all that was compared, what is no paid order and no succeeded refund of this day in our
   * books: of another day there, a further payment of an order, a refund that is not finished.
   */
  readonly beyond: BothSums;
  /**
   * The first orders that rows name which could not be compared. Some of them may have been
   * compared by another row.
   */
  readonly named: readonly OutTradeNo[];
  /** What the store holds of the day, as far as it has been counted. */
  readonly stored: BothSums;
  /** Of it, what bills of other days have. */
  readonly otherDays: BothSums;
  /** True when the comparison is repeated because the first one did not account for all of it. */
  readonly again: boolean;
  /**
   * Of `stored`, what the run did not look for: 0, or something was lost. Below zero where an item
   * was counted twice. Null until everything is counted.
   */
  readonly missed: BothSums | null;
}

/** The most orders that are kept in `BooksCount.named`. */
export const NAMED_KEPT = 200;

/** What rows move: settled with the merchant, given back, and charged less returned. */
export interface BillMovement {
  readonly settled: Fen;
  readonly refunded: Fen;
  readonly fee: Fen;
}

/** The most rates of a day that are kept apart. */
export const RATES_KEPT = 32;

/** Excluded rows by reason, with the first lines of each. */
export interface SetAside {
  readonly count: number;
  readonly lines: readonly number[];
  /**
   * What the rows state, as `theirs` counts it, and how many have no readable amount. Absent from
   * what earlier versions stored.
   */
  readonly money?: { readonly sum: Fen; readonly unread: number };
}

/**
 * Why a row was excluded: it is of another merchant or day, a duplicate, unreadable, or in a state
 * WeChat Pay has not documented.
 */
export const SET_ASIDE_REASONS = [
  'other_merchant',
  'other_day',
  'duplicate_row',
  'unreadable',
  'undocumented',
] as const;

/** One of `SET_ASIDE_REASONS`. */
export type SetAsideReason = (typeof SET_ASIDE_REASONS)[number];

/**
 * The totals of a run. A chunk done twice counts once, because the tally is stored with the
 * checkpoint. It counts the books as they stand after repair, so a run that was killed and
 * restarted comes to the same totals.
 *
 * Every row is in `theirs` or in `setAside`. Every row in `theirs` is `matched` or has a
 * discrepancy in `found`.
 */
export interface RunTally {
  /**
   * What the compared rows say: the order amount of payments, the requested amount of refunds, the
   * returned amount of revoked orders.
   */
  readonly theirs: {
    readonly payments: CountAndSum;
    readonly refunds: CountAndSum;
    readonly revoked: CountAndSum;
    readonly fees: Fen;
  };
  /**
   * What our books say: the items of the compared rows, agreeing or not, and the items absent from
   * the bill.
   */
  readonly ours: BothSums;
  readonly matched: BothSums;
  /** Payments and refunds that became known through this bill. They also count as matched. */
  readonly repaired: BothSums;
  /**
   * Of `theirs`, what canaries paid and got back: part of the sums of the day, and no sale. Absent
   * where there is none.
   */
  readonly canary?: BothSums;
  /** Absent from the bill, and waiting for their deadline. */
  readonly carriedOver: BothSums;
  /** The discrepancies this run found, without those carried over. */
  readonly found: Readonly<Partial<Record<DiscrepancyClass, FoundSum>>>;
  /**
   * Discrepancies that this day's bill explained, in this round or an earlier one. Known when the
   * run is done.
   */
  readonly explained: number;
  readonly setAside: Readonly<Partial<Record<SetAsideReason, SetAside>>>;
  /** The first problems in rows, for people. */
  readonly problems: readonly RowProblem[];
  /** Absent where an earlier version counted some of the rows. */
  readonly money?: BillMoney;
  /** Likewise. */
  readonly books?: BooksCount;
}

/**
 * How far a run has come. It goes over the file's payments, then its refunds, then over our items
 * that are absent from the file, and at last counts what our books hold of the day. `afterLine`:
 * every row up to it is done. `after`: the last page of the list that is done.
 */
export type Checkpoint =
  | { readonly pass: 'payments' | 'refunds'; readonly afterLine: number }
  | {
      readonly pass: 'absent_payments' | 'absent_refunds' | 'stored_payments' | 'stored_refunds';
      readonly after: string | null;
    };

/** The passes of a run, in their order. */
export const PASSES = allOf<Checkpoint['pass']>()(
  'payments',
  'refunds',
  'absent_payments',
  'absent_refunds',
  'stored_payments',
  'stored_refunds',
);

/**
 * Why a run waits: nothing was requested yet, WeChat Pay has no file yet or is making it, the
 * download failed, or the run has no cloud-call token.
 */
export const WAIT_REASONS = [
  'not_asked',
  'not_available',
  'not_yet',
  'download_failed',
  'missing_api_token',
] as const;

/** One of `WAIT_REASONS`. */
export type WaitReason = (typeof WAIT_REASONS)[number];

/**
 * How a run ended. `reconciled`: every row was compared. `none`: WeChat Pay has no bill and we have
 * no payment. `missing`: it has none although we have payments. `corrupt`: the file proves nothing.
 */
export const RUN_OUTCOMES = ['reconciled', 'none', 'missing', 'corrupt'] as const;

/** One of `RUN_OUTCOMES`. */
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/**
 * The result of a run. Repeated over the same file and books it is the same, except for the time
 * taken.
 */
export interface StatementReport {
  readonly outcome: RunOutcome;
  readonly statement: ProvedStatement | null;
  readonly file: ArchivedFile | null;
  /**
   * Why nothing is proved, in words, for a file with the line. Null when it is proved, or when
   * there is no file and none is needed.
   */
  readonly refusal: string | null;
  readonly tally: RunTally;
  /** Working time in ms, of all workers together. */
  readonly workedMs: number;
  readonly finishedAt: Instant;
}

/**
 * The work state of a run.
 *
 *   waiting ── file proved, or no bill but payments ──▶ matching ── all passes ──▶ done
 *      │ ▲                                              │ ▲ │
 *      └─┘ not ready yet, download failed               └─┘ │ budget spent: goes on at checkpoint
 *      │ ▲                                                  │
 *      │ └── the archive returns other bytes: next round ───┘
 *      └── no bill and no payments, or a file that proves nothing ──▶ done
 *
 *   done ── rerun ──▶ waiting, next round
 */
export type RunWork =
  | {
      readonly state: 'waiting';
      readonly reason: WaitReason;
      readonly detail: string | null;
      /**
       * What is compared where WeChat Pay gives no valid bill: one that was given by hand, or its
       * own of an earlier round, once it no longer keeps that.
       */
      readonly kept?: KeptBill;
    }
  | {
      readonly state: 'matching';
      /** Both null when WeChat Pay has no bill: then only our side is checked. */
      readonly file: ArchivedFile | null;
      readonly statement: ProvedStatement | null;
      readonly checkpoint: Checkpoint;
      readonly tally: RunTally;
      readonly workedMs: number;
    }
  | { readonly state: 'done'; readonly report: StatementReport };

/** The states of a run. */
export const RUN_STATES = allOf<RunWork['state']>()('waiting', 'matching', 'done');

/** The reconciliation of one merchant's day. */
export interface StatementRun {
  readonly id: StatementRunId;
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  /** From 1. Rerunning the day starts the next round. */
  readonly round: number;
  readonly createdAt: Instant;
  /** When to work on it next; once done, when it ended. */
  readonly dueAt: Instant;
  /** How often this round was claimed. */
  readonly attempts: number;
  /** When the day was last run again on purpose; null when it never was. */
  readonly begunAgainAt: Instant | null;
  /** Downloads of this round whose file was refused as damaged. */
  readonly refusedDownloads: number;
  readonly lease: Lease | null;
  readonly work: RunWork;
  /** What happened to it, the latest 100 lines. */
  readonly history: readonly HistoryLine[];
  /**
   * The day's cash; null until a fund-flow bill was looked for. Written by `saveCash` alone: the
   * run's lease does not protect it, and rerunning the day keeps it.
   */
  readonly cash: DayCash | null;
}
