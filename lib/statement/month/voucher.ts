import { daysLater } from '../../values/day';
import { fen, type Fen } from '../../values/fen';
import { firstDayOf, monthsLater } from '../../values/month';
import type { BeijingDay } from '../../values/day';
import { openDays } from './month-day';
import type { MonthReport } from './month-report';

/**
 * The accounts of a voucher: the balance at WeChat Pay, sales, returned sales, coupons that the
 * merchant bears, fees, and what nobody has explained yet.
 */
export const VOUCHER_ACCOUNTS = ['balance', 'sales', 'returns', 'coupons', 'fees', 'suspense'] as const;

/** One of `VOUCHER_ACCOUNTS`. */
export type VoucherAccount = (typeof VOUCHER_ACCOUNTS)[number];

/** One line of a voucher: one of `debit` and `credit` is 0, and neither is below. */
export interface VoucherLine {
  readonly account: VoucherAccount;
  readonly debit: Fen;
  readonly credit: Fen;
}

/** Why there is no voucher. `days`: those that must be compared first. */
export type VoucherRefusal =
  | { readonly why: 'days_open' | 'days_unsplit'; readonly days: readonly BeijingDay[] }
  | { readonly why: 'does_not_balance'; readonly days: readonly BeijingDay[] };

/** The voucher of a month, dated on its last day; or why there is none. */
export type Voucher =
  | { readonly kind: 'voucher'; readonly date: BeijingDay; readonly lines: readonly VoucherLine[] }
  | ({ readonly kind: 'refused' } & VoucherRefusal);

/**
 * The voucher of a month. The balance is what WeChat Pay's own summaries state, all other lines are
 * sums of rows, so that debit and credit balance only when the rows are the bill. Pure.
 *
 * Failure policy: fail closed. A voucher that leaves out a day, or that does not balance to the
 * fen, is not made: books that are wrong are worse than books that are late.
 */
export function voucherOf({ month, days, money }: MonthReport): Voucher {
  const open = openDays(days);
  if (open.length > 0) return refusal('days_open', open);
  const unsplit = days.filter((one) => one.isUnsplit);
  if (unsplit.length > 0) return refusal('days_unsplit', unsplit);
  const suspense = money.excluded + money.unreadable;
  const lines = [
    debit('balance', money.stated),
    debit('fees', money.fees),
    debit('coupons', money.coupons),
    debit('returns', money.refunds.sum + money.revoked.sum),
    debit('sales', 0 - money.payments.sum),
    debit('suspense', 0 - suspense),
  ].filter((line) => line.debit !== line.credit);
  const [debits, credits] = [sumOf(lines, 'debit'), sumOf(lines, 'credit')];
  // Each day for itself: two that are wrong by the same fen add up to nothing.
  const unexplained = days.filter((one) => one.money.unexplained !== 0);
  if (debits !== credits || unexplained.length > 0) return refusal('does_not_balance', unexplained);
  return { kind: 'voucher', date: daysLater(firstDayOf(monthsLater(month, 1)), -1), lines };
}

function refusal(why: VoucherRefusal['why'], days: readonly { readonly day: BeijingDay }[]): Voucher {
  return { kind: 'refused', why, days: days.map(({ day }) => day) };
}

/** A line of this account: an amount below zero is on the other side. */
function debit(account: VoucherAccount, amount: number): VoucherLine {
  return { account, debit: fen(Math.max(0, amount)), credit: fen(Math.max(0, 0 - amount)) };
}

function sumOf(lines: readonly VoucherLine[], side: 'debit' | 'credit'): number {
  return lines.reduce((sum, line) => sum + line[side], 0);
}
