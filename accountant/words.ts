import type { DiscrepancyClass } from '../lib/model/discrepancy';
import type { SetAsideReason } from '../lib/model/statement-run';
import type { OrderProblemCode } from './order-file';

/** The languages a report is written in. */
export type Language = 'zh' | 'en';

/** Everything a report says beside numbers. */
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
  /** In place of `agrees` where the bill's refunds were compared with nothing. */
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
  payments: '支付',
  refunds: '退款',
  revoked: '撤销',
  fees: '手续费',
  matched: '两边一致',
  differences: '差异',
  setAside: '未参与核对的账单行',
  problems: '订单表里有问题的行',
  line: '行',
  yuan: '元',
  pieces: '笔',
  inDoubt: '存疑（读不出或前后矛盾，未核对）',
  otherDays: '不在账单日期内的已支付订单',
  agrees: '两边完全一致。',
  paymentsAgree: '支付两边完全一致，退款未核对。',
  refundsNotCompared: '未核对：订单表里没有退款。补上“商户退款单号”和“退款金额(元)”两列即可核对',
  more: '其余未列出',
  reading: { orders: '读取订单表', bill: '读取账单' },
  columns: ['差异', '商户订单号', '微信订单号', '商户退款单号', '我方', '微信', '账单行', '订单表行'],
  classes: {
    missing_order: '账单有、订单表没有',
    unpaid_order: '账单已支付、订单未支付',
    missing_payment: '订单已支付、账单没有',
    amount_mismatch: '金额不符',
    currency_mismatch: '币种不符',
    merchant_mismatch: '商户号不符',
    payer_mismatch: '付款人不符',
    duplicate_payment: '同一订单付了两次',
    paid_after_close: '订单关闭后到账',
    transaction_reused: '交易单号已属于另一订单',
    fulfilment_held: '已付款，暂缓发货',
    fee_mismatch: '手续费不符',
    refund_missing_here: '账单有退款、订单表没有',
    refund_missing_there: '订单表已退款、账单没有',
    refund_amount_mismatch: '退款金额不符',
    refund_state_mismatch: '退款状态不符',
    refund_transaction_mismatch: '退款的交易单号不属于该订单',
    statement_corrupt: '账单损坏',
  },
  reasons: {
    other_merchant: '属于其他商户号',
    other_day: '属于其他日期',
    duplicate_row: '重复行',
    unreadable: '读不出',
    undocumented: '交易状态未知',
  },
  codes: {
    scientific_notation: '号码变成了科学计数法（被表格软件改过）',
    digits_lost: '号码末尾变成了 0（被表格软件改过）',
    bad_number: '号码格式不对',
    bad_amount: '金额读不出',
    bad_time: '时间读不出',
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
  matched: 'agree on both sides',
  differences: 'differences',
  setAside: 'rows of the bill set aside',
  problems: 'rows of the orders file with problems',
  line: 'line',
  yuan: 'yuan',
  pieces: '',
  inDoubt: 'in doubt (unreadable or contradictory, not compared)',
  otherDays: 'paid orders of other days than the bill’s',
  agrees: 'Both sides agree.',
  paymentsAgree: 'The payments of both sides agree; the refunds were not compared.',
  refundsNotCompared:
    'not compared: the orders file has no refunds. Add the columns 商户退款单号 and 退款金额(元) to have them compared',
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
    amount_mismatch: 'amounts differ',
    currency_mismatch: 'currencies differ',
    merchant_mismatch: 'merchants differ',
    payer_mismatch: 'payers differ',
    duplicate_payment: 'one order paid twice',
    paid_after_close: 'paid after the order was closed',
    transaction_reused: 'transaction of another order',
    fulfilment_held: 'paid, fulfilment on hold',
    fee_mismatch: 'fee differs from the rate',
    refund_missing_here: 'refunded in the bill, not in the orders',
    refund_missing_there: 'refunded in the orders, not in the bill',
    refund_amount_mismatch: 'refunded amounts differ',
    refund_state_mismatch: 'states of the refund differ',
    refund_transaction_mismatch: 'refund of a transaction of no such order',
    statement_corrupt: 'bill corrupt',
  },
  reasons: {
    other_merchant: 'of another merchant',
    other_day: 'of another day',
    duplicate_row: 'a row twice',
    unreadable: 'unreadable',
    undocumented: 'undocumented state',
  },
  codes: {
    scientific_notation: 'number in scientific notation (a spreadsheet touched it)',
    digits_lost: 'the last digits of the number are lost (a spreadsheet touched it)',
    bad_number: 'not the format of this number',
    bad_amount: 'amount cannot be read',
    bad_time: 'time cannot be read',
    contradiction: 'contradicts an earlier row',
  },
};

/** The words of a language. */
export const WORDS: Readonly<Record<Language, Words>> = { zh: ZH, en: EN };
