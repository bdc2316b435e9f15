import { numbers, ticked, yuan, type Trade } from './bill';

/** A movement as a test writes it, in fen; below zero it goes out. */
export interface Moved {
  readonly time: string;
  readonly business: string;
  readonly flow: string;
  readonly name: string;
  readonly type: string;
  readonly amount: number;
  readonly note?: string;
  readonly voucher: string;
}

const HEADER =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号';
export const SUMMARY = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';

/** A fund-flow bill that begins with a balance. */
export function fundBill(opening: number, moved: readonly Moved[]): string {
  let balance = opening;
  const rows = moved.map((one) => {
    balance += one.amount;
    const { time, business, flow, name, type, amount, note = '', voucher } = one;
    const sign = amount < 0 ? '支出' : '收入';
    const money = [yuan(Math.abs(amount)), yuan(balance)];
    return ticked(time, business, flow, name, type, sign, ...money, 'system', note, voucher);
  });
  const [gained, lost] = [moved.filter((one) => one.amount >= 0), moved.filter((one) => one.amount < 0)];
  const sum = (of: readonly Moved[]) => yuan(Math.abs(of.reduce((all, { amount }) => all + amount, 0)));
  const summary = ticked(
    ...[moved.length, gained.length].map(String),
    sum(gained),
    String(lost.length),
    sum(lost),
  );
  return [HEADER, ...rows, SUMMARY, summary, ''].join('\n');
}

/** What a trade moves: its amount and fee, or within one row, as WeChat Pay books some refunds. */
export function movedBy(t: Trade, inOneRow = false): readonly Moved[] {
  const { transactionId, outTradeNo, refundId, outRefundNo } = numbers(t);
  const settled = t.amount - t.coupon;
  if (t.kind === 'payment') {
    const of = {
      time: t.time,
      business: transactionId,
      flow: transactionId,
      voucher: outTradeNo,
      name: '交易',
    };
    return [
      { ...of, type: '交易', amount: settled },
      { ...of, type: '扣除交易手续费', amount: -t.fee },
    ];
  }
  const of = { time: t.time, business: refundId, flow: transactionId, voucher: outRefundNo, name: '退款' };
  return inOneRow
    ? [
        {
          ...of,
          type: '退款',
          amount: t.fee - settled,
          note: `退款总金额${yuan(settled)}元;含手续费${yuan(t.fee)}元`,
        },
      ]
    : [
        { ...of, type: '退款', amount: -settled },
        { ...of, type: '退还交易手续费', amount: t.fee },
      ];
}

/** A withdrawal of this amount. */
export function withdrawal(time: string, amount: number): Moved {
  const ids = { business: '1001', flow: '1001', voucher: 'bank-1' };
  return { time, ...ids, name: '提现', type: '提现', amount: -amount };
}
