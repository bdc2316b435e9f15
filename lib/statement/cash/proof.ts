import type { FundFlow } from '../../bill/fund-flow/read';
import type {
  BookedMovement,
  CashBucket,
  CashCarried,
  CashItem,
  CashProof,
} from '../../model/statement/cash';
import type { CashSums, CashTrade } from '../../model/statement/cash';
import type { CountAndSum } from '../../model/count-and-sum';
import { fen, type Fen } from '../../values/fen';
import type { Instant } from '../../values/instant';

/** From the first booking day's start, before the end of the last. */
export interface BookingDays {
  readonly from: Instant;
  readonly to: Instant;
}

/** Where every trade and movement of the booking days ended. */
export interface TiedCash extends CashSums, Pick<CashProof, 'buckets' | 'movements' | 'result'> {
  /** Everything but `booked`, `nothing` and `other_days`. */
  readonly items: readonly CashItem[];
  /** What the last day leaves to the next. */
  readonly carried: CashCarried;
}

/** The proof of one account over its booking days. */
export interface AccountProof extends Omit<TiedCash, 'carried' | 'result'> {
  /** Null for bills without a row. */
  readonly opening: Fen | null;
  readonly closing: Fen | null;
  /** Where one bill does not begin with the balance that the one before it ended with. */
  readonly gaps: readonly { readonly before: Fen; readonly after: Fen; readonly at: Instant }[];
  /** `closes_but` where only items at the edge of the days are left. */
  readonly result: CashProof['result'];
}

/** A trade this close to midnight may be booked on the neighbouring day, in ms. */
const CUT_OFF_MS = 3_600_000;

/**
 * Proves an account: its movements against the trades, and each bill against the one before it.
 * Pure.
 */
export function proveCash(
  bills: readonly FundFlow[],
  trades: readonly CashTrade[],
  days: BookingDays,
): AccountProof {
  const ordered = [...bills]
    .filter(({ movements }) => movements.length > 0)
    .sort((a, b) => (a.movements[0]?.bookedAt ?? 0) - (b.movements[0]?.bookedAt ?? 0));
  const movements = ordered.flatMap((bill) => bill.movements);
  const { carried: _carried, result, ...tied } = tieCash(movements, trades, days, null);
  const gaps = gapsOf(ordered);
  return {
    opening: ordered[0]?.opening ?? null,
    closing: ordered.at(-1)?.closing ?? null,
    gaps,
    ...tied,
    result: gaps.length > 0 ? 'open' : result,
  };
}

/**
 * Ties movements to trades: settlement amounts less settlement refunds less net fees, and the named
 * other movements, are what was moved, each trade by its numbers. Pure.
 *
 * A trade is compared as a whole, because WeChat Pay books the fee of a refund either as a row of
 * its own or within the refund's.
 *
 * `before`: what the day before left. With it, the start of the first day is no edge any more: what
 * is not explained there is a difference. Null: the day before is not known.
 *
 * Failure policy: fail closed. A movement whose trade is not among the bills is named, never taken
 * for one that is absent on the other side.
 */
export function tieCash(
  movements: readonly BookedMovement[],
  trades: readonly CashTrade[],
  days: BookingDays,
  before: CashCarried | null,
): TiedCash {
  const left = before ?? NOTHING_LEFT;
  const bookedBefore = new Map<CashTrade, Fen>(left.trades.map(({ trade, booked }) => [trade, booked]));
  const everyTrade = [...trades, ...bookedBefore.keys()];
  const earlier: ReadonlySet<BookedMovement> = new Set(left.movements);
  const tied = tie([...left.movements, ...movements], everyTrade);
  const buckets = emptyBuckets();
  const items: CashItem[] = [];
  const openTrades: CashCarried['trades'][number][] = [];
  const openMovements: BookedMovement[] = [];
  const isLate = (at: Instant) => at >= days.to - CUT_OFF_MS && at < days.to;
  const isEdge = (at: Instant) =>
    isLate(at) || at >= days.to || (before === null && at < days.from + CUT_OFF_MS);
  const note = (item: CashItem, moved: Fen) => {
    const isStill = item.bucket === 'not_booked' || item.bucket === 'other_days';
    buckets[item.bucket].count += 1;
    buckets[item.bucket].sum += isStill ? item.expected : moved;
    if (!QUIET.has(item.bucket)) items.push(item);
  };
  const isOutside = (at: Instant) => at < days.from || at >= days.to;
  const today = (all: readonly BookedMovement[]) => sumOf(all.filter((one) => !earlier.has(one)));
  everyTrade.forEach((trade, n) => {
    const own = tied.of[n] ?? [];
    const already = bookedBefore.get(trade);
    const item = tradeItem(trade, own, already ?? fen(0), isEdge);
    const isOther =
      already === undefined && own.length === 0 && item.bucket !== 'nothing' && isOutside(trade.tradedAt);
    note(isOther ? { ...item, bucket: 'other_days' } : item, today(own));
    if (item.bucket === 'cut_off' && !isOther && isLate(trade.tradedAt)) {
      openTrades.push({ trade, booked: item.booked });
    }
  });
  tied.alone.forEach((movement) => {
    const item = movementItem(movement, isEdge);
    note(item, today([movement]));
    if (item.bucket === 'cut_off' && isLate(movement.bookedAt)) openMovements.push(slim(movement));
  });
  const wrong = ['differs', 'not_booked', 'without_trade', 'in_doubt'] as const;
  const isOpen = wrong.some((bucket) => buckets[bucket].count > 0);
  return {
    ...sumsOf(trades),
    buckets: closedBuckets(buckets),
    movements: { count: movements.length, sum: sumOf(movements) },
    items,
    carried: { trades: openTrades, movements: openMovements },
    result: isOpen ? 'open' : buckets.cut_off.count > 0 ? 'closes_but' : 'closes',
  };
}

const NOTHING_LEFT: CashCarried = { trades: [], movements: [] };

/** Buckets in which nobody must look at an item. */
const QUIET: ReadonlySet<CashBucket> = new Set(['booked', 'nothing', 'other_days']);

function sumOf(movements: readonly BookedMovement[]): Fen {
  return fen(movements.reduce((sum, { amount }) => sum + amount, 0));
}

/** A movement without what no tie needs: a note may hold 2,048 characters. */
function slim(movement: BookedMovement): BookedMovement {
  const { kind, line, bookedAt, business, flow, name, type, amount, voucher } = movement;
  return { kind, line, bookedAt, business, flow, name, type, amount, voucher };
}

/** What the account should gain by a trade; null when its fee cannot be read. */
function expectedOf({ kind, settled, fee }: CashTrade): Fen | null {
  if (fee === null) return null;
  return fen((kind === 'payment' ? settled : 0 - settled) - fee);
}

function tradeItem(
  trade: CashTrade,
  movements: readonly BookedMovement[],
  already: Fen,
  isEdge: (at: Instant) => boolean,
): CashItem {
  const expected = expectedOf(trade);
  const booked = fen(already + sumOf(movements));
  const bucket = (): CashBucket => {
    if (expected === null) return 'in_doubt';
    const isNothing = movements.length === 0 && already === 0;
    if (isNothing && expected === 0) return 'nothing';
    if (!isNothing && (booked === expected || isTakenBack(movements, booked))) return 'booked';
    if (isEdge(trade.tradedAt) && (isNothing || lacksFee(trade, movements, expected, booked)))
      return 'cut_off';
    return isNothing ? 'not_booked' : 'differs';
  };
  return {
    bucket: bucket(),
    kind: trade.kind,
    number: trade.outRefundNo ?? trade.outTradeNo,
    outTradeNo: trade.outTradeNo,
    transactionId: trade.transactionId,
    tradeLine: trade.line,
    fundLines: movements.map(({ line }) => line),
    at: trade.tradedAt,
    name: '',
    expected: expected ?? fen(0),
    booked,
  };
}

/** True for a refund that was booked and closed on the same day. */
function isTakenBack(movements: readonly BookedMovement[], booked: Fen): boolean {
  return booked === 0 && movements.some(({ kind }) => kind === 'refund_closed');
}

/** True where exactly the row of the fee is absent: it may be booked after midnight. */
function lacksFee(
  { kind, fee }: CashTrade,
  movements: readonly BookedMovement[],
  expected: Fen,
  booked: Fen,
): boolean {
  const row = kind === 'payment' ? 'fee' : 'fee_returned';
  return booked - expected === fee && movements.every((one) => one.kind !== row);
}

function movementItem(movement: BookedMovement, isEdge: (at: Instant) => boolean): CashItem {
  const { kind, business, voucher, line, bookedAt, name, type, amount } = movement;
  const alone: CashBucket = isEdge(bookedAt) ? 'cut_off' : 'without_trade';
  return {
    // The refund that closed may be of any earlier day: what comes back of it is named, not tied.
    bucket: isOfTrade(movement) && kind !== 'refund_closed' ? alone : 'named',
    kind,
    number: voucher,
    outTradeNo: null,
    transactionId: business,
    tradeLine: null,
    fundLines: [line],
    at: bookedAt,
    name: name === type ? name : `${name} ${type}`,
    expected: fen(0),
    booked: amount,
  };
}

function isOfTrade({ kind }: BookedMovement): boolean {
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
function tie(movements: readonly BookedMovement[], trades: readonly CashTrade[]) {
  const payments = new Map<string, number>();
  const refunds = new Map<string, number>();
  trades.forEach(({ kind, transactionId, outRefundNo, refundId }, n) => {
    if (kind === 'payment') payments.set(transactionId, n);
    else if (kind === 'refund') {
      if (outRefundNo !== null) refunds.set(outRefundNo, n);
      if (refundId !== null) refunds.set(refundId, n);
    } else refunds.set(transactionId, n);
  });
  const ofRefunds: BookedMovement[][] = [];
  const alone: BookedMovement[] = [];
  for (const movement of movements) {
    const { business, flow, voucher } = movement;
    const n = isOfRefund(movement)
      ? (refunds.get(business) ?? refunds.get(voucher) ?? refunds.get(flow))
      : (payments.get(business) ?? payments.get(flow));
    if (!isOfTrade(movement) || n === undefined) alone.push(movement);
    else (ofRefunds[n] ??= []).push(movement);
  }
  return { of: ofRefunds, alone };
}

function isOfRefund({ kind }: BookedMovement): boolean {
  return kind === 'refund' || kind === 'fee_returned' || kind === 'refund_closed';
}

function gapsOf(bills: readonly FundFlow[]): AccountProof['gaps'] {
  return bills.flatMap(({ opening, movements }, n) => {
    const before = bills[n - 1]?.closing ?? null;
    const at = movements[0]?.bookedAt;
    if (before === null || opening === null || at === undefined || before === opening) return [];
    return [{ before, after: opening, at }];
  });
}

function sumsOf(trades: readonly CashTrade[]): CashSums {
  const payments = trades.filter(({ kind }) => kind === 'payment');
  const refunds = trades.filter(({ kind }) => kind !== 'payment');
  const sum = (trades: readonly CashTrade[], what: 'gross' | 'settled') =>
    trades.reduce((all, trade) => all + trade[what], 0);
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
  const sumsOf = ({ count, sum }: Sums[CashBucket]): CountAndSum => ({ count, sum: fen(sum) });
  return {
    booked: sumsOf(sums.booked),
    differs: sumsOf(sums.differs),
    not_booked: sumsOf(sums.not_booked),
    without_trade: sumsOf(sums.without_trade),
    cut_off: sumsOf(sums.cut_off),
    in_doubt: sumsOf(sums.in_doubt),
    nothing: sumsOf(sums.nothing),
    named: sumsOf(sums.named),
    other_days: sumsOf(sums.other_days),
  };
}
