import type { DiscrepancyClass } from '../lib/model/discrepancy';
import type { Language } from '../lib/values/language';
import type { Bucket, Kind, Reason } from './compare/ledger';
import type { OrderColumn } from './orders/column-names';
import type { OrderProblemCode } from './orders/order-problem';
import type { NotRead } from './report';

/** All texts of a report. */
export interface Words {
  readonly title: string;
  readonly bill: string;
  readonly orders: string;
  /** Before the number of orders. */
  readonly orderCount: string;
  readonly days: string;
  readonly rows: string;
  readonly refunds: string;
  readonly fees: string;
  readonly differences: string;
  readonly problems: string;
  readonly line: string;
  readonly yuan: string;
  readonly kinds: Readonly<Record<Kind, string>>;
  readonly buckets: Readonly<Record<Bucket, string>>;
  readonly causes: Readonly<Record<Reason, string>>;
  /** The heading of the reasons why items are in doubt or were not looked for. */
  readonly why: string;
  readonly furtherRows: string;
  readonly skipped: string;
  readonly readAs: string;
  readonly notRead: Readonly<Record<NotRead['because'], string>>;
  readonly columnNames: Readonly<Record<OrderColumn, string>>;
  readonly resaved: string;
  readonly unknownStates: string;
  readonly inFen: string;
  /** Before a number that `--canary` names. */
  readonly canaryNotFound: string;
  readonly agrees: string;
  /** Replaces `agrees` when no difference was found and the payments agree. */
  readonly paymentsAgree: string;
  readonly notAgreed: string;
  readonly more: string;
  readonly reading: { readonly orders: string; readonly bill: string };
  /** The header of the CSV output. */
  readonly columns: readonly string[];
  readonly classes: Readonly<Record<DiscrepancyClass, string>>;
  readonly codes: Readonly<Record<OrderProblemCode, string>>;
}

const ZH: Words = {
  title: '对账结果',
  bill: '账单',
  orders: '订单表',
  orderCount: '订单',
  days: '账单日期',
  rows: '行数',
  refunds: '退款',
  fees: '手续费',
  differences: '差异',
  problems: '订单表中无法识别的单元格',
  line: '行',
  yuan: '元',
  kinds: {
    payments: '付款',
    refunds: '退款',
    revoked: '撤销',
    unpaid: '未付款订单',
    openRefunds: '未完成退款',
    other: '其他行',
  },
  buckets: {
    agreeing: '一致',
    differing: '有差异',
    otherDays: '其他日期',
    otherMerchants: '其他商户号',
    otherMeans: '其他支付方式',
    canaries: '探测单',
    inDoubt: '存疑',
    notLookedFor: '未核对',
  },
  causes: {
    unreadable: '账单行无法识别',
    duplicate_row: '账单中的重复行',
    undocumented: '账单中的交易状态未知',
    order_in_doubt: '订单表中对应的行存疑',
    unreadable_in_bill: '账单中有，但该行无法识别',
    scientific_notation: '号码变成了科学计数法（被表格软件修改过），且没有完整的微信订单号',
    digits_lost: '号码末尾变成了 0（被表格软件修改过）',
    bad_number: '没有可用的订单号或退款单号',
    no_refund_number: '有退款金额，没有退款单号',
    refund_not_named: '状态说已退款，没有文件写明全部退款单号',
    unpaid_with_time: '状态说未付款，却有付款时间',
    bad_amount: '金额无法识别',
    bad_time: '时间无法识别，账单中没有',
    unknown_state: '状态的含义未知，请用 --states 说明',
    contradiction: '同一号码的多行互相矛盾',
    no_state: '没有状态，也没有支付时间，无法判断是否已付款',
    no_refunds: '订单表中没有退款，请补充“商户退款单号”和“退款金额(元)”两列，或再用 --orders 指定退款表',
    no_orders: '订单表中只有退款，请再用 --orders 指定订单表',
    no_payments_bill: '账单中没有付款，请再用 --bill 指定全部交易的账单',
    no_refunds_bill: '账单中没有退款，请再用 --bill 指定全部交易或退款的账单',
    day_unknown: '账单没有明细，无法得知日期，请用 --from 和 --to 说明',
    no_bill_of_day: '两份账单之间的日期没有账单，请补充，或用 --from 和 --to 说明',
  },
  why: '存疑与未核对的原因',
  furtherRows: '同一订单的其他行',
  skipped: '未使用的行（标题、合计、空行）',
  readAs: '列的读法',
  notRead: { hidden: '工作表已隐藏，未读取', no_orders: '工作表没有订单的表头，未读取' },
  columnNames: {
    outTradeNo: '商户订单号',
    yuan: '订单金额（元）',
    fen: '订单金额（分）',
    transactionId: '微信订单号',
    paidAt: '支付时间',
    state: '订单状态',
    means: '支付方式',
    currency: '币种',
    subMchId: '商户号',
    outRefundNo: '商户退款单号',
    refundYuan: '退款金额（元）',
    refundFen: '退款金额（分）',
    refundState: '退款状态',
    refundedAt: '退款时间',
  },
  resaved: '由表格软件另存',
  unknownStates: '含义未知的状态（请用 --states 说明，例如 --states {word}=paid）',
  inFen:
    '提示：金额不符的订单中，订单表金额几乎都是账单的 100 倍。若该列单位为分，请用 --columns 金额分=<表头>',
  canaryNotFound: '账单中没有 --canary 指定的探测单',
  agrees: '两边完全一致。',
  paymentsAgree: '付款两边一致，退款未核对，不能视为两边一致。',
  notAgreed: '有未核对或存疑的内容，不能视为两边一致。',
  more: '其余未列出',
  reading: { orders: '读取订单表', bill: '读取账单' },
  columns: [
    '差异',
    '商户订单号',
    '微信订单号',
    '商户退款单号',
    '我方',
    '微信',
    '账单行',
    '订单表行',
    '笔数',
    '金额',
  ],
  classes: {
    missing_order: '账单已付款，订单表没有',
    unpaid_order: '账单已付款，订单表未付款',
    missing_payment: '订单表已付款，账单没有',
    amount_mismatch: '金额不符',
    currency_mismatch: '币种不符',
    merchant_mismatch: '商户号不符',
    payer_mismatch: '付款人不符',
    duplicate_payment: '重复付款',
    paid_after_close: '关单后付款',
    transaction_reused: '微信订单号已属于另一订单',
    fulfilment_held: '已付款，暂缓发货',
    fee_mismatch: '手续费不符',
    refund_missing_here: '账单已退款，订单表没有',
    refund_missing_there: '订单表已退款，账单没有',
    refund_amount_mismatch: '退款金额不符',
    refund_state_mismatch: '退款状态不符',
    refund_transaction_mismatch: '退款属于另一订单或另一笔付款',
    statement_corrupt: '账单校验失败',
    excluded_rows: '未参与核对的行',
    books_incomplete: '我方账目未全部核对',
    cash_mismatch: '入账与交易不符',
    cash_missing: '交易未入账',
    cash_unexplained: '入账无对应交易',
    balance_gap: '结余与前一日不连续',
    fund_flow_missing: '资金账单缺失',
    fund_flow_invalid: '资金账单校验失败',
  },
  codes: {
    scientific_notation: '号码变成了科学计数法（被表格软件修改过）',
    digits_lost: '号码末尾变成了 0（被表格软件修改过）',
    bad_number: '号码格式错误',
    bad_amount: '金额无法识别',
    bad_time: '时间无法识别',
    contradiction: '与前面的行矛盾',
    unknown_state: '状态的含义未知',
    word_without_header: '无表头的列说未付款，请在文件中补上表头',
  },
};

const EN: Words = {
  title: 'Reconciliation',
  bill: 'bill',
  orders: 'orders',
  orderCount: 'orders',
  days: 'days of the bill',
  rows: 'rows',
  refunds: 'refunds',
  fees: 'fees',
  differences: 'differences',
  problems: 'unreadable cells of the orders file',
  line: 'line',
  yuan: 'yuan',
  kinds: {
    payments: 'payments',
    refunds: 'refunds',
    revoked: 'revoked',
    unpaid: 'unpaid orders',
    openRefunds: 'refunds not made',
    other: 'other rows',
  },
  buckets: {
    agreeing: 'agreeing',
    differing: 'differing',
    otherDays: 'of other days',
    otherMerchants: 'of other merchants',
    otherMeans: 'paid by other means',
    canaries: 'canaries',
    inDoubt: 'in doubt',
    notLookedFor: 'not looked for',
  },
  causes: {
    unreadable: 'unreadable row of the bill',
    duplicate_row: 'duplicate row of the bill',
    undocumented: 'undocumented state in the bill',
    order_in_doubt: 'its row in the orders is in doubt',
    unreadable_in_bill: 'the bill has it, in an unreadable row',
    scientific_notation:
      'number in scientific notation (changed by a spreadsheet), and no whole transaction ID beside it',
    digits_lost: 'last digits of the number lost (changed by a spreadsheet)',
    bad_number: 'no usable order or refund number',
    no_refund_number: 'a refund amount without a refund number',
    refund_not_named: 'the state says refunded, and no file names the refund, or not all of it',
    unpaid_with_time: 'the state says not paid, beside a time of payment',
    bad_amount: 'unreadable amount',
    bad_time: 'unreadable time, and absent from the bill',
    unknown_state: 'unknown state: define it with --states',
    contradiction: 'rows of the same number contradict each other',
    no_state: 'neither a state nor a payment time says whether it was paid',
    no_refunds:
      'the orders file has no refunds: add the columns 商户退款单号 and 退款金额(元), or give a file of refunds with a further --orders',
    no_orders: 'the orders files have refunds only: give the orders with a further --orders',
    no_payments_bill: 'no bill lists payments: give the bill of all trades with a further --bill',
    no_refunds_bill: 'no bill lists refunds: give the bill of all trades or of refunds with a further --bill',
    day_unknown: 'a bill has no rows, so its day is not known: give the days with --from and --to',
    no_bill_of_day: 'no bill of this day between two others: give it, or give the days with --from and --to',
  },
  why: 'why items are in doubt or were not looked for',
  furtherRows: 'further rows of the same orders',
  skipped: 'lines not used (titles, totals, blank lines)',
  readAs: 'columns read as',
  notRead: { hidden: 'hidden sheet, not read', no_orders: 'sheet without a header of orders, not read' },
  columnNames: {
    outTradeNo: 'order number',
    yuan: 'order amount (yuan)',
    fen: 'order amount (fen)',
    transactionId: 'transaction ID',
    paidAt: 'payment time',
    state: 'order state',
    means: 'means of payment',
    currency: 'currency',
    subMchId: 'merchant number',
    outRefundNo: 'refund number',
    refundYuan: 'refund amount (yuan)',
    refundFen: 'refund amount (fen)',
    refundState: 'refund state',
    refundedAt: 'refund time',
  },
  resaved: 'saved again by a spreadsheet',
  unknownStates: 'unknown states (define them with --states, such as --states {word}=paid)',
  inFen:
    'Hint: nearly all amounts that differ are 100 times those of the bill. If the column is in fen: --columns amount-fen=<header>',
  canaryNotFound: 'No bill has this order as a canary (--canary)',
  agrees: 'Both sides agree.',
  paymentsAgree: 'The payments of both sides agree; the refunds were not compared.',
  notAgreed: 'Some items are in doubt or were not looked for, so the two sides cannot be said to agree.',
  more: 'more, not listed',
  reading: { orders: 'reading orders', bill: 'reading the bill' },
  columns: [
    'difference',
    'out_trade_no',
    'transaction_id',
    'out_refund_no',
    'ours',
    'theirs',
    'bill line',
    'orders line',
    'count',
    'amount',
  ],
  classes: {
    missing_order: 'in the bill, not in the orders',
    unpaid_order: 'paid in the bill, unpaid in the orders',
    missing_payment: 'paid in the orders, not in the bill',
    amount_mismatch: 'amount mismatch',
    currency_mismatch: 'currency mismatch',
    merchant_mismatch: 'merchant mismatch',
    payer_mismatch: 'payer mismatch',
    duplicate_payment: 'duplicate payment',
    paid_after_close: 'payment after close',
    transaction_reused: 'transaction of another order',
    fulfilment_held: 'paid, fulfilment on hold',
    fee_mismatch: 'fee mismatch',
    refund_missing_here: 'refunded in the bill, not in the orders',
    refund_missing_there: 'refunded in the orders, not in the bill',
    refund_amount_mismatch: 'refund amount mismatch',
    refund_state_mismatch: 'refund state mismatch',
    refund_transaction_mismatch: 'refund of another order or payment',
    statement_corrupt: 'invalid bill',
    excluded_rows: 'excluded rows',
    books_incomplete: 'our books not all accounted for',
    cash_mismatch: 'booked otherwise than traded',
    cash_missing: 'trade not booked',
    cash_unexplained: 'booked without a trade',
    balance_gap: 'balance gap between days',
    fund_flow_missing: 'fund-flow bill missing',
    fund_flow_invalid: 'invalid fund-flow bill',
  },
  codes: {
    scientific_notation: 'number in scientific notation (changed by a spreadsheet)',
    digits_lost: 'last digits of the number lost (changed by a spreadsheet)',
    bad_number: 'wrong number format',
    bad_amount: 'unreadable amount',
    bad_time: 'unreadable time',
    contradiction: 'contradicts an earlier row',
    unknown_state: 'unknown state',
    word_without_header: 'a column without a header says that it was not paid: give the column a header',
  },
};

/** The texts by language. */
export const WORDS: Readonly<Record<Language, Words>> = { zh: ZH, en: EN };
