import { dayOf, type BeijingDay } from '../../lib/values/day';
import { fen, fenToYuan, type Fen } from '../../lib/values/fen';
import { formatBeijing, type Instant } from '../../lib/values/instant';
import { feeOf } from '../fee';
import { paymentsOf } from '../order';
import type { OrderBook } from '../order-book';
import type { AccountBook } from './account-book';
import type { RefundBook } from '../refund/refund-book';

/** One movement of the merchant's basic account. */
interface Movement {
  readonly at: Instant;
  readonly business: string;
  readonly flow: string;
  readonly name: '交易' | '退款' | '充值/提现';
  readonly type: '交易' | '扣除交易手续费' | '退款' | '退还交易手续费' | '提现';
  readonly sign: '收入' | '支出';
  readonly amount: Fen;
  readonly voucher: string;
}

const HEADER =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号';
const SUMMARY_HEADER = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';

/**
 * The fund-flow bill of a merchant with its own number: every movement of a day in its basic
 * account, withdrawals and planted thefts included, with the balance after it; null without one.
 * Of a refund, 微信支付业务单号 is the refund ID and 资金流水单号 the transaction ID, as in public
 * files.
 */
export function fundFlowBill(
  { orders, refunds, account }: Books,
  signer: string,
  day: BeijingDay,
): Buffer | null {
  const movements = [
    ...paymentsIn(orders, account, signer),
    ...refundsIn(orders, refunds, signer),
    ...withdrawalsIn(account, signer),
  ].sort((a, b) => a.at - b.at);
  let balance = 0;
  const lines: string[] = [];
  const totals = { 收入: { count: 0, amount: 0 }, 支出: { count: 0, amount: 0 } };
  for (const movement of movements) {
    balance += (movement.sign === '收入' ? 1 : -1) * movement.amount;
    if (dayOf(movement.at) !== day) continue;
    totals[movement.sign].count += 1;
    totals[movement.sign].amount += movement.amount;
    lines.push(
      ticked([
        formatBeijing(movement.at, 'YYYY-MM-DD HH:mm:ss'),
        movement.business,
        movement.flow,
        movement.name,
        movement.type,
        movement.sign,
        fenToYuan(movement.amount),
        fenToYuan(fen(balance)),
        'system',
        '',
        movement.voucher,
      ]),
    );
  }
  if (lines.length === 0) return null;
  const { 收入: income, 支出: expense } = totals;
  const summary = [
    String(lines.length),
    String(income.count),
    fenToYuan(fen(income.amount)),
    String(expense.count),
    fenToYuan(fen(expense.amount)),
  ];
  return Buffer.from(`${[HEADER, ...lines, SUMMARY_HEADER, ticked(summary)].join('\n')}\n`);
}

/** The books that an account moves by. */
interface Books {
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly account: AccountBook;
}

function withdrawalsIn(account: AccountBook, signer: string): readonly Movement[] {
  return account.withdrawals(signer).map(({ at, amount, number }) => ({
    at,
    business: number,
    flow: number,
    name: '充值/提现',
    type: '提现',
    sign: '支出',
    amount,
    voucher: number,
  }));
}

function paymentsIn(orders: OrderBook, account: AccountBook, signer: string): readonly Movement[] {
  const taken = (fee: Fen, transactionId: string) => fen(fee + account.stolen(transactionId));
  return orders.all().flatMap((order) => {
    if (order.asked.v3?.signer !== signer) return [];
    return paymentsOf(order).flatMap(({ transactionId, paidAt, totalFee, coupon, feeRate }) => {
      const settled = fen(totalFee - (coupon?.type === 'NO_CASH' ? coupon.fee : 0));
      const common = {
        at: paidAt,
        business: transactionId,
        flow: transactionId,
        name: '交易',
        voucher: order.asked.outTradeNo,
      } as const;
      return moving([
        { ...common, type: '交易', sign: '收入', amount: settled },
        {
          ...common,
          type: '扣除交易手续费',
          sign: '支出',
          amount: taken(feeOf(settled, feeRate), transactionId),
        },
      ]);
    });
  });
}

function refundsIn(orders: OrderBook, refunds: RefundBook, signer: string): readonly Movement[] {
  return refunds.all().flatMap(({ asked, refundId, transactionId, acceptedAt, settlementFee, state }) => {
    const order = orders.get(asked.subMchId, asked.outTradeNo);
    if (order?.asked.v3?.signer !== signer || state === 'REFUNDCLOSE') return [];
    const rate = order.payment?.feeRate ?? 0;
    const common = {
      at: acceptedAt,
      business: refundId,
      flow: transactionId,
      name: '退款',
      voucher: asked.outRefundNo,
    } as const;
    return moving([
      { ...common, type: '退款', sign: '支出', amount: settlementFee },
      { ...common, type: '退还交易手续费', sign: '收入', amount: feeOf(settlementFee, rate) },
    ]);
  });
}

function moving(movements: readonly Movement[]): readonly Movement[] {
  return movements.filter(({ amount }) => amount > 0);
}

function ticked(fields: readonly string[]): string {
  return fields.map((field) => `\`${field}`).join(',');
}
