import type { ImportDifference, ImportRefusal } from '../../lib/rules/imported-order';
import type { Language } from '../../lib/values/language';
import type { LeftReason } from './draft';

/** The sentences of an import. */
export interface ImportWords {
  readonly heads: Readonly<Record<'what' | 'count' | 'sum' | 'where', string>>;
  readonly toImport: string;
  readonly imported: string;
  readonly refunds: string;
  readonly known: string;
  readonly rows: string;
  readonly left: Readonly<Record<LeftReason, string>>;
  readonly refused: Readonly<Record<ImportRefusal, string>>;
  readonly differs: (what: string) => string;
  readonly difference: Readonly<Record<ImportDifference, string>>;
  readonly place: (file: string, line: number) => string;
  /** Said before anybody agrees. */
  readonly meaning: string;
  readonly bills: (from: string) => string;
  readonly columns: (file: string, rows: number, columns: string) => string;
  readonly goOn: string;
  readonly brokeOff: string;
  readonly progress: (done: number, all: number) => string;
}

/** By language. */
export const IMPORT_WORDS: Readonly<Record<Language, ImportWords>> = {
  en: {
    heads: { what: 'orders', count: 'count', sum: 'yuan', where: 'for example' },
    toImport: 'to import',
    imported: 'imported',
    refunds: 'refunds of these',
    known: 'here already, the same',
    rows: 'rows without a usable number',
    left: {
      pending: 'awaiting payment in the earlier system: import them once they have ended',
      closed: 'closed without a payment: nothing to import',
      failed: 'payment failed: nothing to import',
      no_state: 'the file does not say whether they are paid: name the column with --columns state=',
      unknown_state: 'the word for their state is not known: explain it with --states',
      no_order_number: 'no order number',
      no_transaction: 'no transaction ID: the merchant platform exports it',
      transaction_twice: 'several orders of the file have one transaction ID',
      no_time: 'no payment time that can be read',
      bad_amount: 'an amount that cannot be read',
      contradiction: 'rows of one number say different things',
      other_currency: 'not in CNY',
      other_means: 'paid by other means than WeChat Pay',
      other_merchant: 'of another merchant than --merchant',
      refund_unnamed: 'money went back that no refund of the files explains: add refund numbers and amounts',
      refund_open: 'a refund has not ended, or its state is not given: import them once it has',
      refund_no_time: 'a refund without a time that can be read',
    },
    refused: {
      merchant_unknown: 'no merchant of the configuration: give --merchant',
      canary_number: 'the number begins with canary-, which is kept for test payments',
      nothing_paid: 'nothing was paid',
      in_the_future: 'paid or refunded in the future',
      refunds_exceed: 'more went back than was paid, or in too many refunds',
      transaction_taken: 'another order here has the transaction ID',
      refund_number_taken: 'another refund here has the refund number',
    },
    differs: (what) => `here already, and it differs (left as it is): ${what}`,
    difference: {
      merchant: 'merchant',
      amount: 'amount',
      not_paid_here: 'not paid here',
      transaction: 'transaction ID',
      paid_on_another_day: 'day of payment',
      refunds: 'refunds',
    },
    place: (file, line) => `${file} line ${line}`,
    meaning:
      'Imported orders are paid and count as fulfilled: nothing of them is ever fulfilled here. What is still to be shipped, the earlier system ships.',
    bills: (from) =>
      `Statement runs go back to ${from}, as far as WeChat Pay keeps bills: import whole days, or their other payments become discrepancies.`,
    columns: (file, rows, columns) => `${file}: ${rows} rows; ${columns}`,
    goOn: 'import-orders',
    brokeOff: 'It broke off. Run it again: what is here already stays as it is.',
    progress: (done, all) => `${done} of ${all}`,
  },
  zh: {
    heads: { what: '订单', count: '笔数', sum: '金额（元）', where: '例如' },
    toImport: '将导入',
    imported: '已导入',
    refunds: '其中的退款',
    known: '已存在且一致',
    rows: '没有可用编号的行',
    left: {
      pending: '在旧系统中待付款：了结之后再导入',
      closed: '已关闭且未付款：无需导入',
      failed: '付款失败：无需导入',
      no_state: '文件没有说明是否已付款：请用 --columns 状态= 指定该列',
      unknown_state: '状态用词无法识别：请用 --states 说明其含义',
      no_order_number: '没有订单号',
      no_transaction: '没有微信订单号：可从商户平台导出',
      transaction_twice: '文件中多个订单使用同一个微信订单号',
      no_time: '没有可识别的付款时间',
      bad_amount: '金额无法识别',
      contradiction: '同一编号的各行内容不一致',
      other_currency: '币种不是人民币',
      other_means: '不是用微信支付付款的',
      other_merchant: '不属于 --merchant 指定的商户号',
      refund_unnamed: '有退款金额找不到对应的退款：请补上退款单号和退款金额',
      refund_open: '退款尚未结束，或未说明退款状态：结束之后再导入',
      refund_no_time: '退款没有可识别的时间',
    },
    refused: {
      merchant_unknown: '不是配置中的商户号：请用 --merchant 指定',
      canary_number: '订单号以 canary- 开头，该前缀保留给测试付款',
      nothing_paid: '金额为零',
      in_the_future: '付款或退款时间在将来',
      refunds_exceed: '退款总额超过付款金额，或退款次数过多',
      transaction_taken: '该微信订单号已属于另一个订单',
      refund_number_taken: '该退款单号已属于另一笔退款',
    },
    differs: (what) => `已存在但不一致（保持原样）：${what}`,
    difference: {
      merchant: '商户号',
      amount: '金额',
      not_paid_here: '这里未付款',
      transaction: '微信订单号',
      paid_on_another_day: '付款日期',
      refunds: '退款',
    },
    place: (file, line) => `${file} 第 ${line} 行`,
    meaning: '导入的订单视为已付款、已发货，这里永远不会再为它们发货；尚未发出的货由旧系统继续发。',
    bills: (from) =>
      `对账将从 ${from} 开始（以微信支付保留的账单为限）：请按整天导入，否则当天其余付款会成为差异。`,
    columns: (file, rows, columns) => `${file}：${rows} 行；${columns}`,
    goOn: '导入订单',
    brokeOff: '中途中断，请重新执行：已导入的订单保持原样。',
    progress: (done, all) => `${done} / ${all}`,
  },
};
