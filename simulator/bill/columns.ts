import { fen, fenToYuan, type Fen } from '../../lib/values/fen';
import { formatBeijing, type Instant } from '../../lib/values/instant';
import { rateText } from '../fee';
import type { BillRow } from './row';

/**
 * The bill types of `downloadBill`: all trades, payments, refunds, refunds from a topped-up
 * balance.
 */
export const BILL_TYPES = ['ALL', 'SUCCESS', 'REFUND', 'RECHARGE_REFUND'] as const;

/** One bill type of `downloadBill`. */
export type BillType = (typeof BILL_TYPES)[number];

/** Whose bill it is: the first columns of every row. */
export interface BillOwner {
  readonly appid: string;
  readonly mchId: string;
  /** A merchant with its own number: 特约商户号 is `0`. */
  readonly isDirect?: boolean;
}

/** Writes a column of a row. */
type BillCell = (row: BillRow, owner: BillOwner) => string;

/**
 * Every column by WeChat Pay's own name. A payment has `0`, `0.00` or nothing in refund columns,
 * and the reverse (as in public bills).
 */
const CELLS = {
  公众账号ID: (_, owner) => owner.appid,
  商户号: (_, owner) => owner.mchId,
  特约商户号: (row, owner) => (owner.isDirect === true ? '0' : row.subMchId),
  设备号: () => '',
  微信订单号: (row) => row.transactionId,
  商户订单号: (row) => row.outTradeNo,
  用户标识: (row) => row.payer,
  交易类型: () => 'JSAPI',
  交易状态: (row) => (row.kind === 'payment' ? 'SUCCESS' : 'REFUND'),
  付款银行: () => 'OTHERS',
  货币种类: (row) => row.currency,
  应结订单金额: (row) => fenToYuan(row.settled),
  代金券金额: (row) => fenToYuan(row.coupon),
  退款申请时间: (row) => (row.refund === null ? '' : time(row.refund.requestedAt)),
  退款成功时间: (row) => timeOf(row.refund?.succeededAt ?? null),
  微信退款单号: (row) => row.refund?.refundId ?? '0',
  商户退款单号: (row) => row.refund?.outRefundNo ?? '0',
  退款金额: (row) => fenToYuan(row.refund?.refunded ?? NONE),
  充值券退款金额: (row) => fenToYuan(row.refund?.couponRefunded ?? NONE),
  退款类型: (row) => (row.refund === null ? '' : 'ORIGINAL'),
  退款状态: (row) => row.refund?.state ?? '',
  商品名称: (row) => oneLine(row.body),
  商户数据包: (row) => oneLine(row.attach),
  手续费: (row) => fiveDecimals(row.fee),
  返还手续费: (row) => fiveDecimals(row.fee),
  费率: (row) => rateText(row.feeRate),
  订单金额: (row) => fenToYuan(row.total),
  申请退款金额: (row) => fenToYuan(row.refund?.asked ?? NONE),
  费率备注: () => '',
} as const satisfies Readonly<Record<string, BillCell>>;

type ColumnName = keyof typeof CELLS;

const NONE = fen(0);

const TRADE: readonly ColumnName[] = [
  '公众账号ID',
  '商户号',
  '特约商户号',
  '设备号',
  '微信订单号',
  '商户订单号',
  '用户标识',
  '交易类型',
  '交易状态',
  '付款银行',
  '货币种类',
  '应结订单金额',
  '代金券金额',
];
const REFUND_TIMES: readonly ColumnName[] = ['退款申请时间', '退款成功时间'];
const REFUND: readonly ColumnName[] = [
  '微信退款单号',
  '商户退款单号',
  '退款金额',
  '充值券退款金额',
  '退款类型',
  '退款状态',
];
const TEXTS: readonly ColumnName[] = ['商品名称', '商户数据包'];

/** The columns after 交易时间 of each bill type, for merchants without prepaid coupons since 2018. */
const COLUMNS: Readonly<Record<BillType, readonly ColumnName[]>> = {
  ALL: [...TRADE, ...REFUND, ...TEXTS, '手续费', '费率', '订单金额', '申请退款金额', '费率备注'],
  SUCCESS: [...TRADE, ...TEXTS, '手续费', '费率', '订单金额', '费率备注'],
  REFUND: [
    ...TRADE,
    ...REFUND_TIMES,
    ...REFUND,
    ...TEXTS,
    '手续费',
    '费率',
    '订单金额',
    '申请退款金额',
    '费率备注',
  ],
  RECHARGE_REFUND: [
    ...TRADE,
    ...REFUND_TIMES,
    ...REFUND,
    ...TEXTS,
    '返还手续费',
    '费率',
    '订单金额',
    '申请退款金额',
  ],
};

/** The header line of a bill. */
export function headerOf(type: BillType): string {
  return ['交易时间', ...COLUMNS[type]].join(',');
}

/**
 * The fields of a row. 交易时间 of a refund is the request time in ALL, and the payment time elsewhere.
 */
export function fieldsOf(row: BillRow, type: BillType, owner: BillOwner): readonly string[] {
  const tradedAt = type === 'ALL' ? (row.refund?.requestedAt ?? row.paidAt) : row.paidAt;
  return [time(tradedAt), ...COLUMNS[type].map((name) => CELLS[name](row, owner))];
}

/** True for a row that belongs in a bill of this type. */
export function belongs(row: BillRow, type: BillType): boolean {
  switch (type) {
    case 'ALL':
      return true;
    case 'SUCCESS':
      return row.kind === 'payment';
    case 'REFUND':
      return row.kind === 'refund';
    case 'RECHARGE_REFUND':
      return row.refund?.fromRecharge === true;
  }
}

/** A fee in yuan with five decimals, of which the last three are always zero. */
export function fiveDecimals(fee: Fen): string {
  return `${fenToYuan(fee)}000`;
}

/** Empty without a time. */
function timeOf(at: Instant | null): string {
  return at === null ? '' : time(at);
}

function time(at: Instant): string {
  return formatBeijing(at, 'YYYY-MM-DD HH:mm:ss');
}

/** No public bill has a line break inside a field. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
