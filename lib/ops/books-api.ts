import type { Discrepancy, DiscrepancyId } from '../model/discrepancy';
import type { ItemNotes } from '../model/operators/item-notes';
import type { ArchivedFile } from '../model/statement/archived-file';
import type { SignedFile, SignOff, SignOffId } from '../model/operators/sign-off';
import type { AgeBucket } from '../rules/ageing';
import type { BooksChange } from '../statement/books/day-books';
import type { SignOffStanding } from '../statement/books/sign-off-standing';
import type { MonthReport } from '../statement/month/month-report';
import type { Voucher } from '../statement/month/voucher';
import type { BillTotals } from '../model/statement/statement-run';
import type { CashAccount } from '../values/cash-account';
import type { Language } from '../values/language';
import type { SubMchId } from '../values/ids';
import type { Fen } from '../values/fen';
import type { BeijingMonth } from '../values/month';
import type { PageParams } from './people/people-api';

/*
 * The part of the operator API about books that close: signing days and months off, open items by
 * age and owner, and the month's papers.
 *
 * The console's bundle carries the values of this file, so it imports types only.
 */

/**
 * The files of a month: its report; the same without when it was made and how it is signed, which
 * is what a signature covers; its voucher.
 */
export const MONTH_PARTS = ['report', 'figures', 'voucher'] as const;

/** One of `MONTH_PARTS`. */
export type MonthPart = (typeof MONTH_PARTS)[number];

/** Why books cannot be signed now. */
export const SIGN_REFUSALS = [
  /** Its person has no name of their own here, so the signature would be nobody's. */
  'NOT_NAMED',
  /** The day or month is not over, or its statement run is not done. */
  'NOT_DONE',
  /** More items than can be signed as a whole: resolve them first. */
  'TOO_MANY_ITEMS',
  /** Something is open or missing: say why it is signed all the same. */
  'NEEDS_NOTE',
  /** The books are not as its person saw them. */
  'BOOKS_CHANGED',
] as const;

/** One of `SIGN_REFUSALS`. */
export type SignRefusal = (typeof SIGN_REFUSALS)[number];

/** Further codes of refusals about books. */
export type BooksRefusalCode =
  | SignRefusal
  /** The day or month is signed: say why it changes, which opens an amendment. */
  | 'SIGNED_OFF'
  /** Nobody has signed it, so there is nothing to amend. */
  | 'NOT_SIGNED'
  /** Another person changed it at the same moment: try again. */
  | 'BUSY'
  /** There is no voucher: the report says why. */
  | 'NO_VOUCHER';

/** The books of a day or month beside their signature. */
export interface ShownSignOff {
  readonly id: SignOffId;
  readonly standing: SignOffStanding;
  /** Identifies the books as they are now: send it to `sign_off`. Null where nothing is kept. */
  readonly digest: string | null;
  /** Why its reader cannot sign now; null when they can. A note may be needed. */
  readonly whyNot: Exclude<SignRefusal, 'NEEDS_NOTE' | 'BOOKS_CHANGED'> | null;
  /** True when a signature must say why it is given although something is open or missing. */
  readonly needsNote: boolean;
  /** The stored signatures and amendments; null when nobody has signed. */
  readonly signOff: SignOff | null;
  /** What has changed since the last signature, oldest first. */
  readonly changes: readonly BooksChange[];
  /** The files as they are now; those that were signed are in `signOff`. */
  readonly files: readonly SignedFile[];
}

/** One month in the list of books. */
export interface BooksMonth {
  readonly subMchId: SubMchId;
  readonly month: BeijingMonth;
  /** How many of its days have a statement run, and how many of them are signed, as below. */
  readonly runs: number;
  readonly signedDays: number;
  /**
   * True when the month itself is signed without an amendment since. Whether it has changed without
   * one, its page says: that costs reading all of it.
   */
  readonly isSigned: boolean;
}

/** An unresolved discrepancy with its age and what people wrote about it. */
export interface OpenItem {
  readonly discrepancy: Discrepancy;
  readonly bucket: AgeBucket;
  /** How much is unclear, whosever it is; null where neither side states an amount. */
  readonly amount: Fen | null;
  readonly owner: string | null;
  readonly comments: number;
}

/** The unresolved discrepancies of one owner, or of nobody, by age. */
export interface OwnerLine {
  readonly owner: string | null;
  readonly counts: Readonly<Record<AgeBucket, number>>;
}

/**
 * A file that a person gives by hand, as downloaded, gzipped or not: the whole in Base64, or its
 * `parts` in order as `give_part` answered, with the hex SHA-256 of the whole.
 */
export interface GivenFile {
  readonly file?: string;
  readonly parts?: readonly ArchivedFile[];
  readonly sha256?: string;
}

/** What a file given by hand is: the trade bill, or the fund-flow bill of an account. */
export type GivenKind = 'trade_bill' | CashAccount;

/** Why a file would not be taken. */
export type FileFault =
  'not_done' | 'ours_counts' | 'not_proved' | 'other_type' | 'other_day' | 'other_merchant';

/**
 * What a file proves of a day, or why it proves nothing, with its line in `detail`. `sums`: of a
 * trade bill, what its summary states. `balances`: of a fund-flow bill, null without movements.
 */
export type FileCheck =
  | {
      readonly isProved: true;
      readonly rows: number;
      readonly sums: BillTotals | null;
      readonly balances: { readonly opening: Fen | null; readonly closing: Fen | null } | null;
    }
  | { readonly isProved: false; readonly fault: FileFault; readonly detail: string };

/** These operations: their parameters, and their answers in addition to `{ok: true}`. */
export interface BooksOperations {
  /** Says what a file would prove if it were given. Changes nothing. */
  check_file: {
    readonly params: GivenFile & { readonly id: string; readonly what: GivenKind };
    readonly answer: { readonly check: FileCheck };
  };
  /** Keeps a part of a large file, in Base64, that is then given for the day of this run. */
  give_part: {
    readonly params: { readonly id: string; readonly part: string };
    readonly answer: { readonly part: ArchivedFile };
  };
  /**
   * Gives the trade bill of a day by hand, of all trades, where WeChat Pay gave no valid one. The
   * day starts again in the round `round`. `reason`: required where the day or its month is signed.
   */
  give_trade_bill: {
    readonly params: GivenFile & { readonly id: string; readonly reason?: string };
    readonly answer: { readonly round: number; readonly rows: number };
  };
  /** The months with statement runs, latest first, of the last 14 months. */
  list_books: { readonly params: object; readonly answer: { readonly months: readonly BooksMonth[] } };
  show_month: {
    readonly params: { readonly subMchId: SubMchId; readonly month: BeijingMonth };
    readonly answer: {
      readonly report: MonthReport;
      readonly voucher: Voucher;
      readonly signOff: ShownSignOff;
    };
  };
  /** A part of the month as CSV. `language` absent: Chinese. */
  export_month: {
    readonly params: {
      readonly subMchId: SubMchId;
      readonly month: BeijingMonth;
      readonly part: MonthPart;
      readonly language?: Language;
    };
    readonly answer: { readonly csv: string };
  };
  show_sign_off: {
    readonly params: { readonly id: SignOffId };
    readonly answer: { readonly signOff: ShownSignOff };
  };
  /** Signs the books as they were seen: `seen` is the `digest` that was shown. */
  sign_off: {
    readonly params: { readonly id: SignOffId; readonly seen: string; readonly note?: string };
    readonly answer: { readonly signOff: SignOff };
  };
  /** Opens an amendment of signed books with its reason. */
  amend: {
    readonly params: { readonly id: SignOffId; readonly reason: string };
    readonly answer: { readonly signOff: SignOff };
  };
  /**
   * Unresolved discrepancies, latest seen first, all or of one owner (`''`: of nobody) or age, with
   * the table of all by owner and age on the first page. A page may have fewer items than `limit`.
   */
  list_open_items: {
    readonly params: PageParams & { readonly owner?: string | null; readonly bucket?: AgeBucket | null };
    readonly answer: {
      readonly items: readonly OpenItem[];
      readonly next: string | null;
      /** Null on further pages. */
      readonly table: readonly OwnerLine[] | null;
      /** False when there are more items than the table counts. */
      readonly isWhole: boolean;
    };
  };
  /** Makes an operator the owner of discrepancies, or nobody. */
  assign: {
    readonly params: { readonly names: readonly DiscrepancyId[]; readonly owner: string | null };
    readonly answer: { readonly notes: readonly ItemNotes[] };
  };
  /** Adds a comment to a discrepancy. Comments stay. */
  comment: {
    readonly params: { readonly id: DiscrepancyId; readonly text: string };
    readonly answer: { readonly notes: ItemNotes };
  };
}
