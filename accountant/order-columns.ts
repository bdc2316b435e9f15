import { InputError } from './input-error';

/**
 * The columns of an orders file, in our names. Amounts are in yuan or fen; the header says which.
 */
export const ORDER_COLUMNS = [
  'outTradeNo',
  'yuan',
  'fen',
  'transactionId',
  'paidAt',
  'state',
  'currency',
  'subMchId',
  'outRefundNo',
  'refundYuan',
  'refundFen',
  'refundState',
  'refundedAt',
] as const;

/** One of the columns. */
export type OrderColumn = (typeof ORDER_COLUMNS)[number];

/**
 * Names that shops and spreadsheets use for each column. Blanks, underscores, letter case and
 * full-width brackets do not matter.
 */
const ALIASES: Readonly<Record<OrderColumn, readonly string[]>> = {
  outTradeNo: ['商户订单号', '订单号', '订单编号', 'out_trade_no', 'order number', 'order no', 'order id'],
  yuan: [
    '订单金额(元)',
    '金额(元)',
    '应收金额(元)',
    '实付金额(元)',
    '订单金额',
    '金额',
    'amount',
    'amount (yuan)',
    'total',
  ],
  fen: ['订单金额(分)', '金额(分)', 'total_fee', 'amount (fen)', 'amount_fen'],
  transactionId: [
    '微信订单号',
    '微信支付订单号',
    '微信支付单号',
    '交易单号',
    'transaction_id',
    'transaction number',
  ],
  paidAt: ['支付时间', '付款时间', '交易时间', 'paid_at', 'paid time', 'time_end'],
  state: ['支付状态', '订单状态', '状态', 'status', 'state', 'payment status'],
  currency: ['货币种类', '币种', 'currency', 'fee_type'],
  subMchId: ['特约商户号', '商户号', 'sub_mch_id', 'mch_id', 'merchant', 'merchant number'],
  outRefundNo: ['商户退款单号', '退款单号', 'out_refund_no', 'refund number', 'refund no'],
  refundYuan: ['退款金额(元)', '退款金额', 'refund amount', 'refund amount (yuan)'],
  refundFen: ['退款金额(分)', 'refund_fee', 'refund amount (fen)'],
  refundState: ['退款状态', 'refund status', 'refund_state'],
  refundedAt: ['退款时间', '退款成功时间', 'refunded_at', 'refund time'],
};

const COLUMN_OF: ReadonlyMap<string, OrderColumn> = new Map(
  ORDER_COLUMNS.flatMap((column) => ALIASES[column].map((alias) => [plain(alias), column] as const)),
);

/** The position of each column; -1 when the file does not have it. */
export type OrderPositions = Readonly<Record<OrderColumn, number>>;

/**
 * Parses a header. Throws `InputError` when the order number or the amount is missing, when an
 * amount appears in both yuan and fen, or when a column appears twice.
 */
export function readOrderHeader(cells: readonly string[]): OrderPositions {
  const columns = cells.map((cell) => COLUMN_OF.get(plain(cell)) ?? null);
  const at = (column: OrderColumn): number => {
    const first = columns.indexOf(column);
    if (first !== columns.lastIndexOf(column)) {
      throw new InputError(`the orders file has two columns for ${ALIASES[column][0] ?? column}: remove one`);
    }
    return first;
  };
  const positions: OrderPositions = {
    outTradeNo: at('outTradeNo'),
    yuan: at('yuan'),
    fen: at('fen'),
    transactionId: at('transactionId'),
    paidAt: at('paidAt'),
    state: at('state'),
    currency: at('currency'),
    subMchId: at('subMchId'),
    outRefundNo: at('outRefundNo'),
    refundYuan: at('refundYuan'),
    refundFen: at('refundFen'),
    refundState: at('refundState'),
    refundedAt: at('refundedAt'),
  };
  if (positions.outTradeNo < 0) {
    throw new InputError(
      'the orders file has no column for the order number: call it 商户订单号 or out_trade_no',
    );
  }
  if (positions.yuan < 0 === positions.fen < 0) {
    throw new InputError(
      'the orders file needs one column for the amount: 金额(元) in yuan, or total_fee in fen',
    );
  }
  if (positions.refundYuan >= 0 && positions.refundFen >= 0) {
    throw new InputError('the orders file has the refund amount in both yuan and fen: remove one');
  }
  return positions;
}

function plain(name: string): string {
  return name
    .replaceAll('（', '(')
    .replaceAll('）', ')')
    .replace(/[\s_`"']/g, '')
    .toLowerCase();
}
