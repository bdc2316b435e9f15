import type { FundFlow } from '../../bill/fund-flow/read';
import type { Movement } from '../../bill/fund-flow/movement';
import type { CountAndSum } from '../../model/statement-run';
import { fen, type Fen } from '../../values/fen';
import type { Instant } from '../../values/instant';

/** What a row of a trade bill says the account should gain or lose. */
export interface CashTrade {
  readonly kind: 'payment' | 'refund' | 'revoked';
  readonly line: number;
  readonly tradedAt: Instant;
  readonly transactionId: string;
  /** The order number of a payment, the refund number of a refund. */
  readonly number: string;
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
  /** The trade's number, or the movement's 业务凭证号. */
  readonly number: string;
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

/** The proof of an account over its booking days. */
export interface CashProof {
  /** Null for bills without a row. */
  readonly opening: Fen | null;
  readonly closing: Fen | null;
  /** Where one bill does not begin with the balance that the one before it ended with. */
  readonly gaps: readonly { readonly before: Fen; readonly after: Fen; readonly at: Instant }[];
  /** Gross to settlement: what coupons took. */
  readonly gross: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  readonly coupons: { readonly payments: Fen; readonly refunds: Fen };
  readonly settlement: { readonly payments: Fen; readonly refunds: Fen };
  /** What was charged less what was returned. */
  readonly netFees: Fen;
  /**
   * Every trade and every movement of none by where it ended, with what the account moved by it;
   * of `not_booked` and `other_days`, where it moved nothing, with what it should have moved. All
   * others add up to the movement of the account.
   */
  readonly buckets: Readonly<Record<CashBucket, CountAndSum>>;
  readonly movements: CountAndSum;
  /** Everything but `booked`, `nothing` and `other_days`. */
  readonly items: readonly CashItem[];
  /** True when nothing differs, is missing, alone or in doubt, and no balance has a gap. */
  readonly closes: boolean;
}

/** How near to the edge of the booking days a trade may be of the neighbouring day. */
const CUT_OFF_MS = 3_600_000;

/**
 * Proves an account: settlement amounts less settlement refunds less net fees, and the named other
 * movements, are the movement of the account, each trade by its numbers. Pure.
 *
 * A trade is compared as a whole, because WeChat Pay books the fee of a refund either as a row of
 * its own or within the refund's.
 *
 * Failure policy: fail closed. A movement whose trade is not among the bills is named, never taken
 * for one that is absent on the other side.
 */
export function proveCash(
  bills: readonly FundFlow[],
  trades: readonly CashTrade[],
  days: { readonly from: Instant; readonly to: Instant },
): CashProof {
  const ordered = [...bills]
    .filter(({ movements }) => movements.length > 0)
    .sort((a, b) => (a.movements[0]?.bookedAt ?? 0) - (b.movements[0]?.bookedAt ?? 0));
  const movements = ordered.flatMap((bill) => bill.movements);
  const tied = tie(movements, trades);
  const buckets = emptyBuckets();
  const items: CashItem[] = [];
  const isEdge = (at: Instant) => at < days.from + CUT_OFF_MS || at >= days.to - CUT_OFF_MS;
  const note = (item: CashItem) => {
    const moved = item.bucket !== 'not_booked' && item.bucket !== 'other_days';
    const sum = moved ? item.booked : item.expected;
    buckets[item.bucket].count += 1;
    buckets[item.bucket].sum += sum;
    if (!QUIET.has(item.bucket)) items.push(item);
  };
  const isOutside = (at: Instant) => at < days.from || at >= days.to;
  trades.forEach((trade, n) => {
    const item = tradeItem(trade, tied.of[n] ?? [], isEdge);
    const isOther = item.fundLines.length === 0 && item.bucket !== 'nothing' && isOutside(trade.tradedAt);
    note(isOther ? { ...item, bucket: 'other_days' } : item);
  });
  tied.alone.forEach((movement) => {
    note(movementItem(movement, isEdge));
  });
  const gaps = gapsOf(ordered);
  const wrong = ['differs', 'not_booked', 'without_trade', 'in_doubt'] as const;
  return {
    opening: ordered[0]?.opening ?? null,
    closing: ordered.at(-1)?.closing ?? null,
    gaps,
    ...sumsOf(trades),
    buckets: closedBuckets(buckets),
    movements: { count: movements.length, sum: fen(movements.reduce((sum, { amount }) => sum + amount, 0)) },
    items,
    closes: gaps.length === 0 && wrong.every((bucket) => buckets[bucket].count === 0),
  };
}

/** Buckets in which nobody must look at an item. */
const QUIET: ReadonlySet<CashBucket> = new Set(['booked', 'nothing', 'other_days']);

/** What the account should gain by a trade; null when its fee cannot be read. */
function expectedOf({ kind, settled, fee }: CashTrade): Fen | null {
  if (fee === null) return null;
  return fen((kind === 'payment' ? settled : 0 - settled) - fee);
}

function tradeItem(
  trade: CashTrade,
  movements: readonly Movement[],
  isEdge: (at: Instant) => boolean,
): CashItem {
  const expected = expectedOf(trade);
  const booked = fen(movements.reduce((sum, { amount }) => sum + amount, 0));
  const bucket = (): CashBucket => {
    if (expected === null) return 'in_doubt';
    if (movements.length > 0) return booked === expected ? 'booked' : 'differs';
    if (expected === 0) return 'nothing';
    return isEdge(trade.tradedAt) ? 'cut_off' : 'not_booked';
  };
  return {
    bucket: bucket(),
    number: trade.number,
    transactionId: trade.transactionId,
    tradeLine: trade.line,
    fundLines: movements.map(({ line }) => line),
    at: trade.tradedAt,
    name: '',
    expected: expected ?? fen(0),
    booked,
  };
}

function movementItem(movement: Movement, isEdge: (at: Instant) => boolean): CashItem {
  const { business, voucher, line, bookedAt, name, type, amount } = movement;
  const alone: CashBucket = isEdge(bookedAt) ? 'cut_off' : 'without_trade';
  return {
    bucket: isOfTrade(movement) ? alone : 'named',
    number: voucher,
    transactionId: business,
    tradeLine: null,
    fundLines: [line],
    at: bookedAt,
    name: name === type ? name : `${name} ${type}`,
    expected: fen(0),
    booked: amount,
  };
}

function isOfTrade({ kind }: Movement): boolean {
  switch (kind) {
    case 'payment':
    case 'fee':
    case 'refund':
    case 'fee_returned':
    case 'refund_closed':
      return true;
    case 'withdrawal':
    case 'top_up':
    case 'other':
      return false;
  }
}

/** The movements of each trade, and those of none. */
function tie(movements: readonly Movement[], trades: readonly CashTrade[]) {
  const payments = new Map<string, number>();
  const refunds = new Map<string, number>();
  trades.forEach(({ kind, transactionId, number, refundId }, n) => {
    if (kind === 'payment') payments.set(transactionId, n);
    else if (kind === 'refund') {
      refunds.set(number, n);
      if (refundId !== null) refunds.set(refundId, n);
    } else refunds.set(transactionId, n);
  });
  const of: Movement[][] = [];
  const alone: Movement[] = [];
  for (const movement of movements) {
    const { business, flow, voucher } = movement;
    const n = isOfRefund(movement)
      ? (refunds.get(business) ?? refunds.get(voucher) ?? refunds.get(flow))
      : (payments.get(business) ?? payments.get(flow));
    if (!isOfTrade(movement) || n === undefined) alone.push(movement);
    else (of[n] ??= []).push(movement);
  }
  return { of, alone };
}

function isOfRefund({ kind }: Movement): boolean {
  return kind === 'refund' || kind === 'fee_returned' || kind === 'refund_closed';
}

function gapsOf(bills: readonly FundFlow[]): CashProof['gaps'] {
  return bills.flatMap(({ opening, movements }, n) => {
    const before = bills[n - 1]?.closing ?? null;
    const at = movements[0]?.bookedAt;
    if (before === null || opening === null || at === undefined || before === opening) return [];
    return [{ before, after: opening, at }];
  });
}

function sumsOf(
  trades: readonly CashTrade[],
): Pick<CashProof, 'gross' | 'coupons' | 'settlement' | 'netFees'> {
  const payments = trades.filter(({ kind }) => kind === 'payment');
  const refunds = trades.filter(({ kind }) => kind !== 'payment');
  const sum = (of: readonly CashTrade[], what: 'gross' | 'settled') =>
    of.reduce((all, trade) => all + trade[what], 0);
  const [paid, back] = [sum(payments, 'gross'), sum(refunds, 'gross')];
  const [settled, returned] = [sum(payments, 'settled'), sum(refunds, 'settled')];
  return {
    gross: {
      payments: { count: payments.length, sum: fen(paid) },
      refunds: { count: refunds.length, sum: fen(back) },
    },
    coupons: { payments: fen(paid - settled), refunds: fen(back - returned) },
    settlement: { payments: fen(settled), refunds: fen(returned) },
    netFees: fen(trades.reduce((all, { fee }) => all + (fee ?? 0), 0)),
  };
}

type Sums = Record<CashBucket, { count: number; sum: number }>;

function emptyBuckets(): Sums {
  const none = () => ({ count: 0, sum: 0 });
  return {
    booked: none(),
    differs: none(),
    not_booked: none(),
    without_trade: none(),
    cut_off: none(),
    in_doubt: none(),
    nothing: none(),
    named: none(),
    other_days: none(),
  };
}

function closedBuckets(sums: Sums): CashProof['buckets'] {
  const of = ({ count, sum }: Sums[CashBucket]): CountAndSum => ({ count, sum: fen(sum) });
  return {
    booked: of(sums.booked),
    differs: of(sums.differs),
    not_booked: of(sums.not_booked),
    without_trade: of(sums.without_trade),
    cut_off: of(sums.cut_off),
    in_doubt: of(sums.in_doubt),
    nothing: of(sums.nothing),
    named: of(sums.named),
    other_days: of(sums.other_days),
  };
}
