import { readStatementRows, type RowOptions, type StatementVerdict } from '../../lib/bill/read';
import type { RowProblem } from '../../lib/model/statement/row-problem';
import type { StatementRow } from '../../lib/bill/row';
import type { Chunks } from '../../lib/bill/bytes';

/** One trade of a bill that a test writes. Amounts in fen, times as the bill writes them. */
export interface Trade {
  readonly kind: 'payment' | 'refund' | 'revoked';
  readonly time: string;
  readonly number: number;
  readonly amount: number;
  readonly coupon: number;
  readonly fee: number;
  readonly deviceInfo: string;
  readonly body: string;
  readonly attach: string;
}

/** How a bill is written. */
export interface BillForm {
  readonly type: 'ALL' | 'SUCCESS' | 'REFUND';
  readonly eol: '\r\n' | '\n';
  readonly mark: '' | '\uFEFF' | '?' | 'ï»¿';
  readonly finalEol: boolean;
}

/** A whole bill and where its parts begin, so that tests can spoil it. */
export interface Bill {
  readonly header: string;
  readonly rows: readonly string[];
  readonly summaryHeader: string;
  readonly summary: string;
}

/** What came out of reading a file: everything that was handed out, and the verdict. */
export interface WholeReading {
  readonly rows: readonly StatementRow[];
  readonly problems: readonly RowProblem[];
  readonly batches: readonly number[];
  readonly lastLine: number;
  readonly verdict: StatementVerdict;
}

export const PLAIN: BillForm = { type: 'ALL', eol: '\r\n', mark: '\uFEFF', finalEol: true };

const START =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额';
const REFUND_TIMES = '退款申请时间,退款成功时间';
const REFUND = '微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态';
const HEADERS: Readonly<Record<BillForm['type'], string>> = {
  ALL: `${START},${REFUND},商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注`,
  SUCCESS: `${START},商品名称,商户数据包,手续费,费率,订单金额,费率备注`,
  REFUND: `${START},${REFUND_TIMES},${REFUND},商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注`,
};
const SUMMARY =
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

/** The numbers WeChat Pay and the merchant give a trade. */
export const numbers = (trade: Trade) => numbersOf(trade.number);

/** The same, by the trade's number here. */
export const numbersOf = (number: number) => ({
  // Ends in no zeros: those would be what a spreadsheet leaves of a number.
  transactionId: `4200002${String(number).padStart(20, '0')}1`,
  outTradeNo: `order-${number}`,
  payer: `oPayer_${number}`,
  refundId: `5030000${String(number).padStart(21, '0')}`,
  outRefundNo: `back-${number}`,
});

/** An order paid in full, unless told otherwise. */
export function trade(changes: Partial<Trade> = {}): Trade {
  return {
    kind: 'payment',
    time: '2026-11-23 10:20:30',
    number: 1,
    amount: 1990,
    coupon: 0,
    fee: 12,
    deviceInfo: '',
    body: '热拿铁',
    attach: '',
    ...changes,
  };
}

/**
 * Fen as yuan, written like in bills; independent of the product, so that it does not repeat a bug.
 */
export function yuan(fen: number, decimals = 2): string {
  const text = String(Math.abs(fen)).padStart(3, '0');
  return `${fen < 0 ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2).padEnd(decimals, '0')}`;
}

/** Writes fields as bills do: a back-tick before each, commas between. */
export const ticked = (...fields: string[]): string => fields.map((field) => `\`${field}`).join(',');

/** Writes one trade as a row of a bill of this type. */
export function writeRow(t: Trade, type: BillForm['type']): string {
  const { transactionId, outTradeNo, payer, refundId, outRefundNo } = numbers(t);
  const paid = t.kind === 'payment';
  const state = { payment: 'SUCCESS', refund: 'REFUND', revoked: 'REVOKED' }[t.kind];
  const start = [t.time, 'wxapp', '1600012345', '0', t.deviceInfo, transactionId, outTradeNo, payer];
  const sold = [
    'JSAPI',
    state,
    'OTHERS',
    'CNY',
    yuan(paid ? t.amount - t.coupon : 0),
    yuan(paid ? t.coupon : 0),
  ];
  const refunded = [
    t.kind === 'refund' ? refundId : '0',
    t.kind === 'refund' ? outRefundNo : '0',
    yuan(paid ? 0 : t.amount - t.coupon),
    yuan(paid ? 0 : t.coupon),
    paid ? '' : 'ORIGINAL',
    paid ? '' : 'SUCCESS',
  ];
  const text = [t.body, t.attach, yuan(paid ? t.fee : -t.fee, 5), '0.60%', yuan(paid ? t.amount : 0)];
  const asked = yuan(paid ? 0 : t.amount);
  switch (type) {
    case 'ALL':
      return ticked(...start, ...sold, ...refunded, ...text, asked, '');
    case 'SUCCESS':
      return ticked(...start, ...sold, ...text, '');
    case 'REFUND':
      return ticked(...start, ...sold, '2026-11-23 11:00:00', '', ...refunded, ...text, asked, '');
  }
}

/** Writes a bill whose summary is right. */
export function writeBill(trades: readonly Trade[], type: BillForm['type'] = 'ALL'): Bill {
  return {
    header: HEADERS[type],
    rows: trades.map((t) => writeRow(t, type)),
    summaryHeader: SUMMARY,
    summary: writeSummary(trades),
  };
}

/** Writes the summary of these trades. */
export function writeSummary(trades: readonly Trade[]): string {
  const sum = (of: (t: Trade) => number) => trades.reduce((total, t) => total + of(t), 0);
  const paid = (value: number, t: Trade) => (t.kind === 'payment' ? value : 0);
  const back = (value: number, t: Trade) => (t.kind === 'payment' ? 0 : value);
  const fees = sum((t) => (t.kind === 'payment' ? t.fee : -t.fee));
  return ticked(
    String(trades.length),
    yuan(sum((t) => paid(t.amount - t.coupon, t))),
    yuan(sum((t) => back(t.amount - t.coupon, t))),
    yuan(sum((t) => back(t.coupon, t))),
    yuan(fees, 5),
    yuan(sum((t) => paid(t.amount, t))),
    yuan(sum((t) => back(t.amount, t))),
  );
}

/** The bytes of a bill. */
export function bytesOf(bill: Bill, form: Omit<BillForm, 'type'> = PLAIN): Buffer {
  const lines = [bill.header, ...bill.rows, bill.summaryHeader, bill.summary];
  return Buffer.from(form.mark + lines.join(form.eol) + (form.finalEol ? form.eol : ''));
}

/** Cuts bytes into chunks of the given sizes, over and over. */
export function* inChunks(bytes: Buffer, sizes: readonly number[]): Generator<Buffer, void, void> {
  for (let start = 0, i = 0; start < bytes.length; i += 1) {
    const size = Math.max(1, sizes[i % sizes.length] ?? bytes.length);
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

/**
 * Reads a file to its end, by default with texts. Throws when the verdict is missing or not the
 * last.
 */
export async function readAll(chunks: Chunks, options: RowOptions = { texts: true }): Promise<WholeReading> {
  const rows: StatementRow[] = [];
  const problems: RowProblem[] = [];
  const batches: number[] = [];
  let lastLine = 0;
  let verdict: StatementVerdict | null = null;
  for await (const event of readStatementRows(chunks, options)) {
    if (verdict !== null) throw new Error('something came after the verdict');
    if (event.kind === 'rows') {
      rows.push(...event.rows);
      problems.push(...event.problems);
      batches.push(event.rows.length);
      lastLine = event.lastLine;
    } else {
      verdict = event;
    }
  }
  if (verdict === null) throw new Error('no verdict came');
  return { rows, problems, batches, lastLine, verdict };
}
