import type { DiscrepancyClass } from './discrepancy';
import type { HistoryEntry } from './message';
import type { Lease } from './lease';
import type { BeijingDay } from '../values/day';
import type { Fen } from '../values/fen';
import type { SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { StatementType } from './bill-columns';
import type { RowProblem } from './row-problem';
import type { StatementRunId } from './statement-run-id';

/** A file in the archive: the bytes as WeChat Pay sent them, gzipped or not. */
export interface ArchivedFile {
  /** What the archive finds it by. */
  readonly location: string;
  readonly bytes: number;
  /** Hex SHA-256 of the bytes as they came. */
  readonly sha256: string;
}

/** A statement that proved itself: what later passes over the file are held to. */
export interface ProvedStatement {
  readonly type: StatementType;
  readonly rows: number;
  /** Rows that are refunds, so that a statement without any is not read for them. */
  readonly refundRows: number;
  readonly gzipped: boolean;
  /** Hex SHA-1 of the decompressed bytes. */
  readonly sha1: string;
}

/** How many, and how much together. */
export interface CountAndSum {
  readonly count: number;
  readonly sum: Fen;
}

/** Rows that were matched against nothing, by the reason, with the first lines of each. */
export interface SetAside {
  readonly count: number;
  readonly lines: readonly number[];
}

/** Why a row was set aside: it is of another merchant or day, stands there twice, is unreadable, or has a state WeChat Pay has not documented. */
export type SetAsideReason = 'other_merchant' | 'other_day' | 'duplicate_row' | 'unreadable' | 'undocumented';

/**
 * What a run has found, added up. A chunk that is done twice is counted once, because the tally is kept with the checkpoint, and what
 * counts is how the books stand after the repair, so that a run that was killed anywhere and begun again comes to the same.
 *
 * Every row is in `theirs` or in `setAside`. What of `theirs` is not `matched` disagrees, and `found` says how.
 */
export interface RunTally {
  /** What the rows that were compared say: payments what the order cost, refunds what was asked for, revoked what went back. */
  readonly theirs: {
    readonly payments: CountAndSum;
    readonly refunds: CountAndSum;
    readonly revoked: CountAndSum;
    readonly fees: Fen;
  };
  /** What our books say: what they hold of the rows compared, agreeing or not, and what is absent from the statement. */
  readonly ours: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  readonly matched: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  /** Payments and refunds nobody had told us of, that entered by this statement. Also counted as matched. */
  readonly repaired: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  /** Absent from the statement, and waiting for their deadline. */
  readonly carriedOver: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  /**
   * Disagreements this run saw, carried over ones not among them. The sum is what the statement says, ours where it says nothing;
   * of fees it is what was charged beyond the rate.
   */
  readonly found: Readonly<Partial<Record<DiscrepancyClass, CountAndSum>>>;
  /** Disagreements that this day's statement explained, in this round or an earlier one. Known when the run is done. */
  readonly explained: number;
  readonly setAside: Readonly<Partial<Record<SetAsideReason, SetAside>>>;
  /** The first oddities of rows, for people. */
  readonly problems: readonly RowProblem[];
}

/**
 * How far a run has come. It goes over the file's payments, then its refunds, then over what is ours and absent from the file.
 * `afterLine`: every row up to it is dealt with. `after`: the page of the list that was dealt with last.
 */
export type Checkpoint =
  | { readonly pass: 'payments' | 'refunds'; readonly afterLine: number }
  | { readonly pass: 'absent_payments' | 'absent_refunds'; readonly after: string | null };

/** Why a run still waits: nothing was asked yet, WeChat Pay has no file yet, the download failed, or the platform gives no token. */
export type WaitReason = 'not_asked' | 'not_available' | 'download_failed' | 'missing_api_token';

/**
 * How a run ended. `reconciled`: every row was compared. `none`: WeChat Pay has no statement and we have no payment.
 * `missing`: it has none although we have payments. `corrupt`: the file proves nothing.
 */
export type RunOutcome = 'reconciled' | 'none' | 'missing' | 'corrupt';

/** What a run comes to. Made again from the same file and books it is the same, but for the time it took. */
export interface StatementReport {
  readonly outcome: RunOutcome;
  readonly statement: ProvedStatement | null;
  readonly file: ArchivedFile | null;
  /** Why nothing is proved, in words, of a file with the line; null when it is, or when there is no file and no need of one. */
  readonly refusal: string | null;
  readonly tally: RunTally;
  /** Time spent working, in ms, all turns together. */
  readonly workedMs: number;
  readonly finishedAt: Instant;
}

/**
 * What a run is at.
 *
 *   waiting ── file downloaded, archived, proved, or there is none and we have payments ──▶ matching ── all passes done ──▶ done
 *      │ ▲                                              │ ▲ │
 *      └─┘ not available yet, download failed           └─┘ │ time is up: goes on from its checkpoint
 *      │ ▲                                                  │
 *      │ └── the archive gives other bytes back: next round ┘
 *      └── no statement and nothing of ours, or a file that proves nothing ──▶ done
 *
 *   done ── run again ──▶ waiting, next round
 */
export type RunWork =
  | { readonly state: 'waiting'; readonly reason: WaitReason; readonly detail: string | null }
  | {
      readonly state: 'matching';
      /** Both null when WeChat Pay has no statement: then only what is ours is gone over. */
      readonly file: ArchivedFile | null;
      readonly statement: ProvedStatement | null;
      readonly checkpoint: Checkpoint;
      readonly tally: RunTally;
      readonly workedMs: number;
    }
  | { readonly state: 'done'; readonly report: StatementReport };

/** The reconciliation of one merchant's day. */
export interface StatementRun {
  readonly id: StatementRunId;
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  /** From 1; running the day again begins the next one. */
  readonly round: number;
  readonly createdAt: Instant;
  /** When it is worked on next; for a run that is done, when it ended. */
  readonly dueAt: Instant;
  /** Turns taken in this round: counted when claimed. */
  readonly attempts: number;
  readonly lease: Lease | null;
  readonly work: RunWork;
  /** What happened to it, the latest 100 lines. */
  readonly history: readonly HistoryEntry[];
}
