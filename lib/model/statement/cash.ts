import type { Brand } from '../../values/brand';
import type { CashAccount } from '../../values/cash-account';
import type { Fen } from '../../values/fen';
import type { OutRefundNo, OutTradeNo, TransactionId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { ArchivedFile } from './archived-file';
import type { CountAndSum } from '../count-and-sum';
import type { DiscrepancyId } from '../discrepancy';

/**
 * What a movement of the account is about. `other` keeps WeChat Pay's own names: the lists of
 * 业务名称 and 业务类型 may grow.
 */
export const MOVEMENT_KINDS = [
  'payment',
  'fee',
  'refund',
  'fee_returned',
  'refund_closed',
  'withdrawal',
  'top_up',
  'other',
] as const;

/** One of `MOVEMENT_KINDS`. */
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** What a movement is tied to a trade by, and what it moved. */
export interface BookedMovement {
  readonly kind: MovementKind;
  /** Its line in the file, from 1. */
  readonly line: number;
  /** 记账时间: when it was booked. */
  readonly bookedAt: Instant;
  /** 微信支付业务单号: of a payment its transaction ID, of a refund its refund ID. */
  readonly business: string;
  /** 资金流水单号. Of a refund it is the transaction ID, as public files have it. */
  readonly flow: string;
  /** 业务名称 and 业务类型, as written. */
  readonly name: string;
  readonly type: string;
  /** What the account gained, below zero for what it lost. Signed by 收支类型. */
  readonly amount: Fen;
  /** 业务凭证号: the merchant's number, of a payment its order, of a refund its refund number. */
  readonly voucher: string;
}

/** What a row of a trade bill says the account should gain or lose. */
export interface CashTrade {
  readonly kind: 'payment' | 'refund' | 'revoked';
  readonly line: number;
  readonly tradedAt: Instant;
  readonly transactionId: TransactionId;
  readonly outTradeNo: OutTradeNo;
  /** Null unless it is a refund. */
  readonly outRefundNo: OutRefundNo | null;
  /** WeChat Pay's number of a refund; null for the others. */
  readonly refundId: string | null;
  /** What the payer paid or was to get back, coupons included. */
  readonly gross: Fen;
  /** The part that is settled with the merchant. */
  readonly settled: Fen;
  /** Above zero what was charged, below what was returned; null when it is finer than a fen. */
  readonly fee: Fen | null;
}

/**
 * Where a trade or a movement can end. `booked`: the account moved as the trade says. `differs`: it
 * moved otherwise. `not_booked`: a trade that moved nothing although it should. `without_trade`: a
 * movement of a trade that no bill has. `cut_off`: one of these within an hour of the first or last
 * booking day's edge, so the neighbouring day may have the other part. `in_doubt`: the trade's fee
 * cannot be read. `nothing`: a trade that moves nothing. `named`: a movement that is no trade, such
 * as a withdrawal. `other_days`: a trade outside of the booking days that moved nothing in them.
 */
export const CASH_BUCKETS = [
  'booked',
  'differs',
  'not_booked',
  'without_trade',
  'cut_off',
  'in_doubt',
  'nothing',
  'named',
  'other_days',
] as const;

/** One of `CASH_BUCKETS`. */
export type CashBucket = (typeof CASH_BUCKETS)[number];

/** A trade or movement that a person must look at, or a movement that goes to or from the bank. */
export interface CashItem {
  readonly bucket: CashBucket;
  /** What it is: the trade, or the kind of the movement. */
  readonly kind: CashTrade['kind'] | MovementKind;
  /** The trade's number, or the movement's 业务凭证号. */
  readonly number: string;
  /** The order's; null for a movement. */
  readonly outTradeNo: OutTradeNo | null;
  readonly transactionId: string;
  /** The lines in the trade bill and in the fund-flow bill. */
  readonly tradeLine: number | null;
  readonly fundLines: readonly number[];
  readonly at: Instant;
  /** WeChat Pay's names of a movement; empty for a trade. */
  readonly name: string;
  /** What the trade bill says the account should gain, and what it did. */
  readonly expected: Fen;
  readonly booked: Fen;
}

/** What the trades of a booking day say, from gross to net. */
export interface CashSums {
  /** Gross to settlement: what coupons took. */
  readonly gross: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  readonly coupons: { readonly payments: Fen; readonly refunds: Fen };
  readonly settlement: { readonly payments: Fen; readonly refunds: Fen };
  /** What was charged less what was returned. */
  readonly netFees: Fen;
}

/**
 * What a day leaves to the next: trades near its end of which a part is not booked yet, with what
 * was, and movements near its end whose trade no bill has yet.
 */
export interface CashCarried {
  readonly trades: readonly { readonly trade: CashTrade; readonly booked: Fen }[];
  readonly movements: readonly BookedMovement[];
}

/**
 * The fund-flow bill of one account and day.
 * - `waiting`: WeChat Pay has no file yet, or the download failed. Asked for again.
 * - `none`: the account did not move that day.
 * - `missing`: WeChat Pay has no file although the day's trades move money, or never gave it.
 * - `refused`: the file is archived, but does not prove itself.
 * - `proved`: its rows are of the day and add up to its summary, and each balance follows from the
 *   one before it.
 */
export type CashFile =
  | { readonly state: 'waiting' | 'none' | 'missing'; readonly detail: string; readonly tries: number }
  | {
      readonly state: 'refused';
      readonly file: ArchivedFile;
      readonly detail: string;
      /** How often a file was downloaded in vain. */
      readonly tries: number;
    }
  | {
      readonly state: 'proved';
      readonly file: ArchivedFile;
      readonly from: 'download' | 'operator';
      /** SHA-1 of the decompressed bytes in hex. */
      readonly sha1: string;
      /** What the account held before the first and after the last; null for a bill of no rows. */
      readonly opening: Fen | null;
      readonly closing: Fen | null;
      /** What each kind of movement came to; kinds without a movement are absent. */
      readonly moved: Readonly<Partial<Record<MovementKind, CountAndSum>>>;
    };

/** How a day's cash ended: see `CashProof.result`. */
export const CASH_RESULTS = ['closes', 'closes_but', 'open'] as const;

/** One of `CASH_RESULTS`. */
export type CashResult = (typeof CASH_RESULTS)[number];

/** A hash of what a proof was made of: the same files and the same day before give the same. */
export type CashBasis = Brand<string, 'CashBasis'>;

/** Checks that stored text names what a proof was made of. */
export function isCashBasis(value: unknown): value is CashBasis {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** The proof of one day: trades against movements, over all accounts together. */
export interface CashProof extends CashSums {
  readonly basis: CashBasis;
  readonly provedAt: Instant;
  /**
   * Every trade and every movement of none by where it ended, with what the accounts moved by it
   * that day; of `not_booked` and `other_days`, where it moved nothing, with what it should have
   * moved. All others add up to `movements`.
   */
  readonly buckets: Readonly<Record<CashBucket, CountAndSum>>;
  readonly movements: CountAndSum;
  /** Everything but `booked`, `nothing` and `other_days`: the first 500. */
  readonly items: readonly CashItem[];
  /** How many there are in all. */
  readonly itemCount: number;
  /** Where an account does not begin with the balance that the day before ended with. */
  readonly gaps: readonly { readonly account: CashAccount; readonly before: Fen; readonly after: Fen }[];
  /** What each account held in the end, of this day or the last one that moved; null: not known. */
  readonly balances: Readonly<Partial<Record<CashAccount, Fen | null>>>;
  /** Rows of the trade bill that could not be read or have a state that is not known. */
  readonly excluded: number;
  /** Null when too much is left to the next day to be kept: that day then has an open edge. */
  readonly carried: CashCarried | null;
  /**
   * `closes`: every fen is explained. `closes_but`: but for items at the edge of the day, which
   * wait for the neighbouring day. `open`: something differs, is missing, alone or in doubt.
   */
  readonly result: CashResult;
}

/** The cash of one merchant and day, kept beside its statement run. */
export interface DayCash {
  /** Raised by every write. */
  readonly version: number;
  /** When a worker looks at it again; null when nothing is left to do. */
  readonly dueAt: Instant | null;
  /** An account is absent where its bill cannot be downloaded and nobody has given it. */
  readonly accounts: Readonly<Partial<Record<CashAccount, CashFile>>>;
  /** Null until the files and the day's trade bill are there. */
  readonly proof: CashProof | null;
  /** False until what was found is stored as discrepancies, and what is explained is resolved. */
  readonly isSettled: boolean;
  /** The discrepancies that this cash, as it is or was, has opened and not resolved. */
  readonly discrepancies: readonly DiscrepancyId[];
}
