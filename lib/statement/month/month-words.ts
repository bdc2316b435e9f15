import type { CashAccount } from '../../values/cash-account';
import type { BooksChange } from '../books/day-books';
import type { SignOffStanding } from '../books/sign-off-standing';
import type { CutOff } from './cut-off';
import type { DayStanding, MoneyStep } from './month-day';
import type { VoucherAccount, VoucherRefusal } from './voucher';

/** The words of a month's papers, on the screen and in its files. */
export interface MonthWords {
  readonly standing: Readonly<Record<DayStanding, string>>;
  readonly signed: Readonly<Record<SignOffStanding, string>>;
  readonly step: Readonly<Record<MoneyStep, string>>;
  readonly cutOff: Readonly<Record<CutOff, string>>;
  readonly change: Readonly<Record<BooksChange['what'], string>>;
  readonly kind: Readonly<Record<'payment' | 'refund', string>>;
  readonly account: Readonly<Record<VoucherAccount, string>>;
  readonly cashAccount: Readonly<Record<CashAccount, string>>;
  readonly refused: Readonly<Record<VoucherRefusal['why'], string>>;
  readonly yes: string;
  readonly no: string;
  readonly label: Readonly<Record<MonthLabel, string>>;
}

/** Headings and labels of a month's papers. */
export type MonthLabel = (typeof MONTH_LABELS)[number];

/** The labels. */
export const MONTH_LABELS = [
  'title',
  'merchant',
  'month',
  'madeAt',
  'signOff',
  'closes',
  'day',
  'days',
  'standing',
  'count',
  'sum',
  'payments',
  'refunds',
  'revoked',
  'coupons',
  'fees',
  'net',
  'stated',
  'ours',
  'discrepancies',
  'unresolved',
  'equation',
  'difference',
  'bridge',
  'rates',
  'rate',
  'noRate',
  'settledPayments',
  'settledRefunds',
  'effective',
  'contract',
  'allRates',
  'cutOff',
  'kind',
  'number',
  'transaction',
  'ourDay',
  'billDay',
  'amount',
  'moreItems',
  'changes',
  'what',
  'item',
  'by',
  'at',
  'reason',
  'account',
  'opening',
  'movements',
  'closing',
  'balances',
  'noAccount',
  'voucher',
  'voucherDate',
  'voucherNumber',
  'line',
  'summary',
  'accountCode',
  'accountName',
  'debit',
  'credit',
  'auxiliary',
] as const;
