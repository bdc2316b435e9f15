import type { Discrepancy } from '../../model/discrepancy';
import type { CountAndSum } from '../../model/count-and-sum';
import { NOTHING, plus } from '../../model/count-and-sum';
import { isStatementRunId } from '../../model/statement/statement-run-id';
import type { BeijingDay } from '../../values/day';
import { isFen, type Fen } from '../../values/fen';
import { monthOf, type BeijingMonth } from '../../values/month';
import { isBeijingDay } from '../../values/day';

/**
 * Where a payment or refund is that our books have in one month and the bill of its day has not.
 * `next_bill`: a bill of a later month shows it. `waiting`: no bill shows it yet, or none ever did
 * and nobody has resolved it. `from_last_month`: our books have it in an earlier month, and a bill
 * of this month shows it. `by_hand`: a person resolved it, so no bill is expected any more.
 */
export const CUT_OFFS = ['next_bill', 'waiting', 'from_last_month', 'by_hand'] as const;

/** One of `CUT_OFFS`. */
export type CutOff = (typeof CUT_OFFS)[number];

/** One payment or refund at the edge of a month. */
export interface CutOffItem {
  readonly where: CutOff;
  readonly kind: 'payment' | 'refund';
  readonly discrepancy: Discrepancy['id'];
  /** The order number of a payment, the refund number of a refund. */
  readonly number: string;
  readonly transactionId: string | null;
  /** The day of our books. */
  readonly day: BeijingDay;
  /** The day whose bill shows it; null while none does. */
  readonly billDay: BeijingDay | null;
  readonly amount: Fen;
}

/** The cut-off of a month: every item, and their sums by where they are. */
export interface CutOffs {
  readonly items: readonly CutOffItem[];
  readonly sums: Readonly<Record<CutOff, { readonly payments: CountAndSum; readonly refunds: CountAndSum }>>;
}

const NEITHER = { payments: NOTHING, refunds: NOTHING };

/**
 * The cut-off of a month, from the discrepancies of its days and of the last days before it. Items
 * that another bill of the same month shows are no cut-off. Pure.
 */
export function cutOffsOf(
  month: BeijingMonth,
  days: readonly { readonly day: BeijingDay; readonly found: readonly Discrepancy[] }[],
): CutOffs {
  const items = days.flatMap(({ day, found }) => found.flatMap((one) => cutOffOf(month, day, one)));
  const sums = { next_bill: NEITHER, waiting: NEITHER, from_last_month: NEITHER, by_hand: NEITHER };
  for (const { where, kind, amount } of items) {
    const side = kind === 'payment' ? 'payments' : 'refunds';
    sums[where] = { ...sums[where], [side]: plus(sums[where][side], { count: 1, sum: amount }) };
  }
  return { items, sums };
}

function cutOffOf(month: BeijingMonth, day: BeijingDay, one: Discrepancy): readonly CutOffItem[] {
  const { subject, ours, id } = one;
  if (one.class !== 'missing_payment' && one.class !== 'refund_missing_there') return [];
  if (subject.kind === 'statement' || !isFen(ours)) return [];
  const billDay = billDayOf(one);
  const where = placeOf(month, day, billDay, one);
  if (where === null) return [];
  const isPayment = subject.kind === 'payment';
  return [
    {
      where,
      kind: subject.kind,
      discrepancy: id,
      number: isPayment ? subject.outTradeNo : subject.outRefundNo,
      transactionId: isPayment ? subject.transactionId : null,
      day,
      billDay,
      amount: ours,
    },
  ];
}

function placeOf(
  month: BeijingMonth,
  day: BeijingDay,
  billDay: BeijingDay | null,
  { resolution }: Discrepancy,
): CutOff | null {
  if (monthOf(day) !== month)
    return billDay !== null && monthOf(billDay) === month ? 'from_last_month' : null;
  if (billDay !== null) return monthOf(billDay) === month ? null : 'next_bill';
  if (resolution === null) return 'waiting';
  return resolution.by === 'operator' ? 'by_hand' : null;
}

/** The day whose bill explained it: runs resolve discrepancies in their own name. */
function billDayOf({ resolution }: Discrepancy): BeijingDay | null {
  if (resolution?.by !== 'auto' || !isStatementRunId(resolution.who)) return null;
  const day = resolution.who.split(':')[1];
  return isBeijingDay(day) ? day : null;
}
