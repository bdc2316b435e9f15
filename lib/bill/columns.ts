import { COLUMNS, type Column, type StatementType } from '../model/statement/bill-columns';

/**
 * WeChat Pay's name of each column: today's name first, then names from bills before 2018, of
 * service providers and of English bills (pay.weixin.qq.com: trade bill format, downloadBill,
 * multi-wallet bill).
 */
const ALIASES: Readonly<Record<Column, readonly string[]>> = {
  tradedAt: ['交易时间', 'Transaction time'],
  appId: ['公众账号ID', '服务商的APPID', '服务商APPID', 'Official account ID'],
  mchId: ['商户号', '服务商商户号', 'Vendor ID', 'Merchant ID'],
  subMchId: ['特约商户号', '子商户号', 'Sub vendor ID', 'Sub merchant ID'],
  deviceInfo: ['设备号', 'Device ID'],
  transactionId: ['微信订单号', 'Wechat order number'],
  outTradeNo: ['商户订单号', 'Vendor order number', 'Merchant order number'],
  payer: ['用户标识', 'User tag'],
  tradeType: ['交易类型', 'Transaction type'],
  tradeState: ['交易状态', 'Transaction status'],
  bankType: ['付款银行', 'Payment bank'],
  currency: ['货币种类', 'Currency type'],
  settled: ['应结订单金额', '总金额', 'Total amount'],
  coupon: ['代金券金额', '代金券或立减优惠金额', '企业红包金额', 'Coupon amount', 'Red packet amount'],
  refundRequestedAt: ['退款申请时间', 'Refund application time'],
  refundSucceededAt: ['退款成功时间', 'Refund success time'],
  refundId: ['微信退款单号', 'Wechat refund number'],
  outRefundNo: ['商户退款单号', 'Vendor refund number', 'Merchant refund number'],
  refunded: ['退款金额', 'Refund amount'],
  couponRefunded: [
    '充值券退款金额',
    '代金券或立减优惠退款金额',
    '企业红包退款金额',
    'Coupon refund amount',
    'Red packet refund amount',
  ],
  refundType: ['退款类型', 'Refund type'],
  refundState: ['退款状态', 'Refund status'],
  body: ['商品名称', 'Product name'],
  attach: ['商户数据包', "Vendor's data package", "Merchant's data package"],
  fee: ['手续费', 'Fee', 'Handling charge'],
  feeReturned: ['返还手续费', 'Returned fee'],
  rate: ['费率', 'Rate'],
  orderTotal: ['订单金额', 'Order amount'],
  refundAsked: ['申请退款金额', 'Requested refund amount'],
  rateNote: ['费率备注', 'Rate remarks'],
};

/**
 * Column names of the fund-flow bill (资金账单). It answers a different question and must not be read
 * as trades.
 */
const FUND_FLOW = ['记账时间', '资金流水单号', 'Accounting time'];

/**
 * The columns whose text comes from outside WeChat Pay, so that it may contain the separator
 * itself. Adjacent columns form one group: between them a separator cannot be told from text.
 */
const FREE_TEXT: readonly (readonly Column[])[] = [['body', 'attach'], ['deviceInfo'], ['rateNote']];

/** The position of each column in a row of this bill; -1 when the bill does not have it. */
export type Positions = Readonly<Record<Column, number>>;

/** A header that was understood. */
export interface Header {
  readonly kind: 'header';
  readonly type: StatementType;
  /** How many fields a row has, the unknown ones included. */
  readonly width: number;
  readonly at: Positions;
  /** Header names of columns we do not know, as written. Their values are ignored. */
  readonly unknown: readonly string[];
  /**
   * Positions that can hold surplus separators: in each group, the first free-text column that this
   * bill has.
   */
  readonly freeText: readonly number[];
}

/** What the first line of a file turned out to be. */
export type HeaderReading =
  | Header
  | { readonly kind: 'fund_flow' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'duplicate' | 'missing'; readonly columns: readonly Column[] };

/**
 * Normalises a header name: drops blanks, back-ticks and remarks in brackets, and lowers the case.
 */
export function plainName(name: string): string {
  return name
    .replace(/[(（].*$/, '')
    .replace(/[\s`]/g, '')
    .toLowerCase();
}

/**
 * Builds a look-up from WeChat Pay's names, in any spelling that `plainName` normalises, to ours.
 */
export function namesOf<Name extends string>(
  names: readonly Name[],
  aliases: Readonly<Record<Name, readonly string[]>>,
): ReadonlyMap<string, Name> {
  return new Map(names.flatMap((name) => aliases[name].map((alias) => [plainName(alias), name] as const)));
}

const COLUMN_OF = namesOf(COLUMNS, ALIASES);
const FUND_FLOW_NAMES = new Set(FUND_FLOW.map(plainName));

/**
 * Parses a header line (BOM and line end removed). Extra columns are tolerated. A column that
 * appears twice, or a bill without the columns that identify, date and value a trade, is not.
 */
export function readHeader(line: string): HeaderReading {
  const cells = line.split(',');
  const columns = cells.map((cell) => COLUMN_OF.get(plainName(cell)) ?? null);
  const known = columns.filter((column) => column !== null);
  if (!known.includes('tradedAt') || !known.includes('outTradeNo')) {
    return { kind: cells.some((cell) => FUND_FLOW_NAMES.has(plainName(cell))) ? 'fund_flow' : 'unknown' };
  }
  const duplicate = known.filter((column, index) => known.indexOf(column) !== index);
  if (duplicate.length > 0) return { kind: 'duplicate', columns: duplicate };
  const at = positions(columns);
  const type = typeOf(at);
  const missing = missingColumns(at, type);
  if (missing.length > 0) return { kind: 'missing', columns: missing };
  return {
    kind: 'header',
    type,
    width: cells.length,
    at,
    unknown: cells.filter((_, index) => columns[index] === null).map((cell) => cell.trim()),
    freeText: FREE_TEXT.flatMap((group) => group.map((column) => at[column]).find((p) => p >= 0) ?? []),
  };
}

/**
 * True when a line may be the start of a header that was cut: its first name is the start of a
 * header's first name.
 */
export function beginsHeader(line: string): boolean {
  return beginsWithName(line, ALIASES.tradedAt);
}

/**
 * True when a line's first name is one of `names`, or when the line is the start of one. The cut
 * may have gone through a character.
 */
export function beginsWithName(line: string, names: readonly string[]): boolean {
  const [first = '', ...others] = line.split(',').map((cell) => plainName(cell.replace(/\uFFFD+$/, '')));
  return names.some((name) =>
    others.length > 0 ? plainName(name) === first : plainName(name).startsWith(first),
  );
}

function positions(columns: readonly (Column | null)[]): Positions {
  const p = (column: Column) => columns.indexOf(column);
  return {
    tradedAt: p('tradedAt'),
    appId: p('appId'),
    mchId: p('mchId'),
    subMchId: p('subMchId'),
    deviceInfo: p('deviceInfo'),
    transactionId: p('transactionId'),
    outTradeNo: p('outTradeNo'),
    payer: p('payer'),
    tradeType: p('tradeType'),
    tradeState: p('tradeState'),
    bankType: p('bankType'),
    currency: p('currency'),
    settled: p('settled'),
    coupon: p('coupon'),
    refundRequestedAt: p('refundRequestedAt'),
    refundSucceededAt: p('refundSucceededAt'),
    refundId: p('refundId'),
    outRefundNo: p('outRefundNo'),
    refunded: p('refunded'),
    couponRefunded: p('couponRefunded'),
    refundType: p('refundType'),
    refundState: p('refundState'),
    body: p('body'),
    attach: p('attach'),
    fee: p('fee'),
    feeReturned: p('feeReturned'),
    rate: p('rate'),
    orderTotal: p('orderTotal'),
    refundAsked: p('refundAsked'),
    rateNote: p('rateNote'),
  };
}

/** Each bill type has columns that the others lack; nothing else in the file states the type. */
function typeOf(at: Positions): StatementType {
  if (at.feeReturned >= 0) return 'RECHARGE_REFUND';
  if (at.refundRequestedAt >= 0 || at.refundSucceededAt >= 0) return 'REFUND';
  return at.outRefundNo >= 0 || at.refunded >= 0 ? 'ALL' : 'SUCCESS';
}

function missingColumns(at: Positions, type: StatementType): Column[] {
  const always: Column[] = ['transactionId', 'tradeState', 'currency', 'settled'];
  const ofRefunds: Column[] = ['refundId', 'outRefundNo', 'refunded', 'refundState'];
  const required = type === 'SUCCESS' ? always : [...always, ...ofRefunds];
  return required.filter((column) => at[column] < 0);
}
