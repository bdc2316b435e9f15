import { idCell, type Cell, type Rows } from '../../values/sheet';
import { dayCell } from '../report/day-sheet';
import { monthCell } from './month-sheet';
import type { MonthReport } from './month-report';
import type { MonthWords } from './month-words';
import type { Voucher, VoucherAccount } from './voucher';

/**
 * The codes of the accounts in the chart of the Chinese accounting standards. An importing program
 * maps them to its own.
 */
const CODES: Readonly<Record<VoucherAccount, string>> = {
  balance: '1012',
  sales: '6001',
  returns: '6001',
  coupons: '6601',
  fees: '6603',
  suspense: '2241',
};

/** A voucher as a table of its lines, as docs/books.md describes it. */
export function voucherRows(
  { label, account }: MonthWords,
  { subMchId, month }: Pick<MonthReport, 'subMchId' | 'month'>,
  { date, lines }: Extract<Voucher, { kind: 'voucher' }>,
): Rows {
  return [
    [
      label.voucherDate,
      label.voucherNumber,
      label.line,
      label.summary,
      label.accountCode,
      label.accountName,
      label.debit,
      label.credit,
      label.auxiliary,
    ],
    ...lines.map((line, n): readonly Cell[] => [
      dayCell(date),
      { id: `WX-${subMchId}-${month}` },
      n + 1,
      `${label.title} ${monthCell(month)}`,
      { id: CODES[line.account] },
      account[line.account],
      { fen: line.debit },
      { fen: line.credit },
      idCell(subMchId),
    ]),
  ];
}
