import { gzipSync } from 'node:zlib';
import { fen, fenToYuan, type Fen } from '../../lib/values/fen';
import { fieldsOf, fiveDecimals, headerOf, type BillOwner, type BillType } from './columns';
import type { BillRow } from './row';

/** The format in which the gateway writes a bill. */
export interface BillForm {
  /** Starts with U+FEFF, as v2's files do. */
  readonly byteOrderMark: boolean;
  /** v2 ends its lines with CRLF, v3's files with LF. */
  readonly lineEnd: '\r\n' | '\n';
  readonly finalLineEnd: boolean;
}

/** The format of v2. */
export const V2_FORM: BillForm = { byteOrderMark: true, lineEnd: '\r\n', finalLineEnd: true };

/** The format of v3: the same columns, with LF. */
export const V3_FORM: BillForm = { byteOrderMark: false, lineEnd: '\n', finalLineEnd: true };

/** Damage to a bill as a whole, on request. */
export interface BillDamage {
  readonly totalsOff: boolean;
  readonly withoutSummary: boolean;
  readonly gzipCut: boolean;
}

/** An undamaged bill. */
export const NO_DAMAGE: BillDamage = { totalsOff: false, withoutSummary: false, gzipCut: false };

const SUMMARY_HEADER =
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

/**
 * Writes a bill: header, rows, summary; a back-tick before each field, commas between, no quoting
 * and no escaping, so a comma in 商品名称 stays as it is.
 */
export function writeBill(
  rows: readonly BillRow[],
  type: BillType,
  owner: BillOwner,
  form: BillForm,
  damage: BillDamage,
): Buffer {
  const lines = [headerOf(type), ...rows.map((row) => rowLine(row, type, owner))];
  if (!damage.withoutSummary) lines.push(SUMMARY_HEADER, ticked(summaryOf(rows, damage.totalsOff)));
  const text = `${form.byteOrderMark ? '\uFEFF' : ''}${lines.join(form.lineEnd)}`;
  return Buffer.from(form.finalLineEnd ? text + form.lineEnd : text);
}

/** Compresses a bill for `tar_type: GZIP`; a truncated one lacks its end. */
export function zipped(bill: Buffer, { gzipCut }: BillDamage): Buffer {
  const bytes = gzipSync(bill);
  return gzipCut ? bytes.subarray(0, Math.floor(bytes.length * 0.7)) : bytes;
}

function rowLine(row: BillRow, type: BillType, owner: BillOwner): string {
  const fields = fieldsOf(row, type, owner);
  return ticked(fields.slice(0, fields.length - row.fieldsLacking));
}

function ticked(fields: readonly string[]): string {
  return fields.map((field) => `\`${field}`).join(',');
}

/** The summary counts every row, and sums the complete ones. */
function summaryOf(rows: readonly BillRow[], off: boolean): readonly string[] {
  const whole = rows.filter(({ fieldsLacking }) => fieldsLacking === 0);
  const sum = (amountOf: (row: BillRow) => Fen): Fen =>
    fen(whole.reduce((total, row) => total + amountOf(row), 0));
  return [
    String(rows.length),
    fenToYuan(fen(sum((row) => row.settled) + (off ? 1 : 0))),
    fenToYuan(sum((row) => row.refund?.refunded ?? NONE)),
    fenToYuan(sum((row) => row.refund?.couponRefunded ?? NONE)),
    fiveDecimals(sum((row) => row.fee)),
    fenToYuan(sum((row) => row.total)),
    fenToYuan(sum((row) => row.refund?.asked ?? NONE)),
  ];
}

const NONE = fen(0);
