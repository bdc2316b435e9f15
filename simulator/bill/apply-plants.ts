import { startOf } from '../../lib/values/day';
import { fen, type Fen } from '../../lib/values/fen';
import { later, type Instant } from '../../lib/values/instant';
import { DEFAULT_FEE_RATE, feeOf } from '../fee';
import { belongs, type BillType } from './columns';
import type { Plant } from './plant';
import { refundOf, type BillRefund, type BillRow } from './row';
import { NO_DAMAGE, type BillDamage } from './write';

/** A day's bill before it is written. `refusal`: the gateway's answer in its place. */
export interface BillDraft {
  readonly type: BillType;
  readonly gzip: boolean;
  /** Every trade of the day; those of the bill's type are written. */
  readonly trades: readonly BillRow[];
  readonly damage: BillDamage;
  readonly refusal: string | null;
}

/** A bill without errors. */
export function truthful(type: BillType, gzip: boolean, trades: readonly BillRow[]): BillDraft {
  return { type, gzip, trades, damage: NO_DAMAGE, refusal: null };
}

/** The rows of a bill of this type. */
export function rowsOf(draft: BillDraft): readonly BillRow[] {
  return draft.trades.filter((row) => belongs(row, draft.type));
}

/** The bill with this planted error; null when the error does not apply to it. */
export function planted(draft: BillDraft, plant: Plant): BillDraft | null {
  const after = withError(draft, plant);
  const before = rowsOf(draft);
  const rows = rowsOf(after);
  const sameRows = rows.length === before.length && rows.every((row, index) => row === before[index]);
  if (!sameRows) return after;
  const sameFile = after.damage === draft.damage && after.refusal === draft.refusal;
  return sameFile || rows.length === 0 ? null : after;
}

function withError(draft: BillDraft, { request, subMchId, day, madeUp }: Plant): BillDraft {
  const trades = (changed: readonly BillRow[]): BillDraft => ({ ...draft, trades: changed });
  /** Replaces the payment's rows. */
  const payment = (outTradeNo: string, edit: (row: BillRow) => readonly BillRow[]): BillDraft =>
    trades(
      draft.trades.flatMap((row) =>
        row.subMchId === subMchId && row.refund === null && row.outTradeNo === outTradeNo ? edit(row) : [row],
      ),
    );
  const refund = (
    outRefundNo: string,
    edit: (row: BillRow, refund: BillRefund) => readonly BillRow[],
  ): BillDraft =>
    trades(
      draft.trades.flatMap((row) =>
        row.subMchId === subMchId && row.refund?.outRefundNo === outRefundNo ? edit(row, row.refund) : [row],
      ),
    );

  switch (request.class) {
    case 'missing_payment':
      return payment(request.outTradeNo, () => []);
    case 'missing_order':
      return trades([...draft.trades, unknownPayment(request.outTradeNo, request.says, subMchId, madeUp)]);
    case 'amount_mismatch':
      return payment(request.outTradeNo, (row) => [ofTotal(row, request.says)]);
    case 'currency_mismatch':
      return payment(request.outTradeNo, (row) => [{ ...row, currency: request.says }]);
    case 'merchant_mismatch':
      return payment(request.outTradeNo, (row) => [{ ...row, subMchId: request.says }]);
    case 'duplicate_payment':
      return payment(request.outTradeNo, (row) => [
        row,
        { ...row, transactionId: madeUp.transactionId, paidAt: madeUp.at },
      ]);
    case 'fee_mismatch':
      return payment(request.outTradeNo, (row) => [{ ...row, fee: request.says }]);
    case 'duplicate_row':
      return payment(request.outTradeNo, (row) => [row, { ...row }]);
    case 'scientific_notation':
      return payment(request.outTradeNo, (row) => [
        { ...row, transactionId: asSpreadsheet(row.transactionId) },
      ]);
    case 'too_few_fields':
      return payment(request.outTradeNo, (row) => [{ ...row, fieldsLacking: 3 }]);
    case 'refund_missing_here':
      return payment(request.outTradeNo, (row) => [
        row,
        unknownRefund(row, request.outRefundNo, request.says, madeUp),
      ]);
    case 'refund_missing_there':
      return refund(request.outRefundNo, () => []);
    case 'refund_amount_mismatch':
      return refund(request.outRefundNo, (row, trade) => [ofAmount(row, trade, request.says)]);
    case 'refund_state_mismatch':
      return refund(request.outRefundNo, (row, trade) => [ofState(row, trade, request.says)]);
    case 'other_day': {
      const by = startOf(request.says) - startOf(day);
      return trades(draft.trades.map((row) => atOtherTime(row, by)));
    }
    case 'other_merchant':
      return trades(draft.trades.map((row) => ({ ...row, subMchId: request.says })));
    case 'statement_corrupt':
      return corrupt(draft, request.says);
    case 'not_available':
      return { ...draft, refusal: request.says ?? 'No Bill Exist' };
  }
}

function corrupt(draft: BillDraft, how: 'totals_mismatch' | 'no_summary' | 'gzip_truncated'): BillDraft {
  const { damage } = draft;
  switch (how) {
    case 'totals_mismatch':
      return { ...draft, damage: { ...damage, totalsOff: true } };
    case 'no_summary':
      return { ...draft, damage: { ...damage, withoutSummary: true } };
    case 'gzip_truncated':
      return draft.gzip ? { ...draft, damage: { ...damage, gzipCut: true } } : draft;
  }
}

function unknownPayment(
  outTradeNo: string,
  total: Fen,
  subMchId: string,
  { transactionId, at }: Plant['madeUp'],
): BillRow {
  return {
    kind: 'payment',
    subMchId,
    transactionId,
    outTradeNo,
    payer: 'oSomebodyWithoutAnOrderHere0',
    currency: 'CNY',
    body: '一件商品',
    attach: '',
    paidAt: at,
    total,
    settled: total,
    coupon: fen(0),
    fee: feeOf(total, DEFAULT_FEE_RATE),
    feeRate: DEFAULT_FEE_RATE,
    refund: null,
    fieldsLacking: 0,
  };
}

function unknownRefund(
  payment: BillRow,
  outRefundNo: string,
  asked: Fen,
  { refundId, at }: Plant['madeUp'],
): BillRow {
  return {
    ...refundOf(payment, feeOf(asked, payment.feeRate)),
    refund: {
      refundId,
      outRefundNo,
      requestedAt: at,
      succeededAt: at,
      asked,
      refunded: asked,
      couponRefunded: fen(0),
      state: 'SUCCESS',
      fromRecharge: false,
    },
  };
}

/** Settled amount and fee follow the amount, so that only the amount differs. */
function ofTotal(row: BillRow, total: Fen): BillRow {
  const settled = fen(Math.max(0, total - (row.total - row.settled)));
  return { ...row, total, settled, fee: feeOf(settled, row.feeRate) };
}

function ofAmount(row: BillRow, refund: BillRefund, asked: Fen): BillRow {
  const refunded = fen(Math.max(0, asked - (refund.asked - refund.refunded)));
  const fee = refund.state === 'FAIL' ? row.fee : fen(0 - feeOf(refunded, row.feeRate));
  return { ...row, fee, refund: { ...refund, asked, refunded } };
}

function ofState(row: BillRow, refund: BillRefund, state: BillRefund['state']): BillRow {
  const succeededAt = state === 'SUCCESS' ? (refund.succeededAt ?? refund.requestedAt) : null;
  return { ...row, refund: { ...refund, state, succeededAt } };
}

function atOtherTime(row: BillRow, byMs: number): BillRow {
  const moved = (at: Instant): Instant => later(at, byMs);
  const { refund } = row;
  return {
    ...row,
    paidAt: moved(row.paidAt),
    refund: refund && {
      ...refund,
      requestedAt: moved(refund.requestedAt),
      succeededAt: refund.succeededAt && moved(refund.succeededAt),
    },
  };
}

/** Formats a long number as a spreadsheet does: `4200…` becomes `4.20001E+27`. */
function asSpreadsheet(digits: string): string {
  return `${digits.slice(0, 1)}.${digits.slice(1, 6)}E+${digits.length - 1}`;
}
