import type { DiscrepancyClass } from '../lib/model/discrepancy';
import type { SetAsideReason } from '../lib/model/statement-run';
import type { OrderProblemCode } from './order-file';

/** The languages of a report. */
export type Language = 'zh' | 'en';

/** All texts of a report. */
export interface Words {
  readonly title: string;
  readonly bill: string;
  readonly orders: string;
  readonly days: string;
  readonly rows: string;
  readonly payments: string;
  readonly refunds: string;
  readonly revoked: string;
  readonly fees: string;
  readonly matched: string;
  readonly differences: string;
  readonly setAside: string;
  readonly problems: string;
  readonly line: string;
  readonly yuan: string;
  readonly pieces: string;
  readonly inDoubt: string;
  readonly otherDays: string;
  readonly agrees: string;
  /** Replaces `agrees` when the bill's refunds were not compared. */
  readonly paymentsAgree: string;
  readonly refundsNotCompared: string;
  readonly more: string;
  readonly reading: { readonly orders: string; readonly bill: string };
  /** The header of the CSV output. */
  readonly columns: readonly string[];
  readonly classes: Readonly<Record<DiscrepancyClass, string>>;
  readonly reasons: Readonly<Record<SetAsideReason, string>>;
  readonly codes: Readonly<Record<OrderProblemCode, string>>;
}

const ZH: Words = {
  title: '对账结果',
  bill: '账单',
  orders: '订单表',
  days: '账单日期',
  rows: '行数',
  payments: '付款',
  refunds: '退款',
  revoked: '撤销',
  fees: '手续费',
  matched: '两边一致',
  differences: '差异',
  setAside: '未参与核对的账单行',
  problems: '订单表中有问题的行',
  line: '行',
  yuan: '元',
  pieces: '笔',
  inDoubt: '存疑（无法识别或前后矛盾，未核对）',
  otherDays: '不在账单日期内的已付款订单',
  agrees: '两边完全一致。',
  paymentsAgree: '付款两边完全一致，退款未核对。',
  refundsNotCompared: '未核对：订单表中没有退款。补充“商户退款单号”和“退款金额(元)”两列后即可核对',
  more: '其余未列出',
  reading: { orders: '读取订单表', bill: '读取账单' },
  columns: ['差异', '商户订单号', '微信订单号', '商户退款单号', '我方', '微信', '账单行', '订单表行'],
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
    refund_transaction_mismatch: '退款的微信订单号不属于该订单',
    statement_corrupt: '账单校验失败',
  },
  reasons: {
    other_merchant: '属于其他商户号',
    other_day: '属于其他日期',
    duplicate_row: '重复行',
    unreadable: '无法识别',
    undocumented: '交易状态未知',
  },
  codes: {
    scientific_notation: '号码变成了科学计数法（被表格软件修改过）',
    digits_lost: '号码末尾变成了 0（被表格软件修改过）',
    bad_number: '号码格式错误',
    bad_amount: '金额无法识别',
    bad_time: '时间无法识别',
    contradiction: '与前面的行矛盾',
  },
};

const EN: Words = {
  title: 'Reconciliation',
  bill: 'bill',
  orders: 'orders',
  days: 'days of the bill',
  rows: 'rows',
  payments: 'payments',
  refunds: 'refunds',
  revoked: 'revoked',
  fees: 'fees',
  matched: 'matched',
  differences: 'differences',
  setAside: 'excluded rows of the bill',
  problems: 'rows of the orders file with problems',
  line: 'line',
  yuan: 'yuan',
  pieces: '',
  inDoubt: 'in doubt (unreadable or contradictory, not compared)',
  otherDays: 'paid orders of days not in the bill',
  agrees: 'Both sides agree.',
  paymentsAgree: 'The payments of both sides agree; the refunds were not compared.',
  refundsNotCompared:
    'not compared: the orders file has no refunds. Add the columns 商户退款单号 and 退款金额(元) to compare them',
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
    refund_transaction_mismatch: 'refund transaction mismatch',
    statement_corrupt: 'invalid bill',
  },
  reasons: {
    other_merchant: 'another merchant',
    other_day: 'another day',
    duplicate_row: 'duplicate row',
    unreadable: 'unreadable',
    undocumented: 'undocumented state',
  },
  codes: {
    scientific_notation: 'number in scientific notation (changed by a spreadsheet)',
    digits_lost: 'last digits of the number lost (changed by a spreadsheet)',
    bad_number: 'wrong number format',
    bad_amount: 'unreadable amount',
    bad_time: 'unreadable time',
    contradiction: 'contradicts an earlier row',
  },
};

/** The texts by language. */
export const WORDS: Readonly<Record<Language, Words>> = { zh: ZH, en: EN };
