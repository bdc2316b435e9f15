import { orderBook } from '../../accountant/order-book';
import { refundBook } from '../../accountant/refund-book';
import { compare } from '../../accountant/compare';
import type { OrderFile } from '../../accountant/order-file';
import { fen } from '../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isTransactionId } from '../../lib/values/ids';
import { BENCH_MERCHANT, booksOf } from './big-day';
import { measured } from './measured';

/**
 * Runs in a separate process: compares the bill in argv[2] of argv[3] rows as the accountant's
 * command does.
 */
function books(rows: number): OrderFile {
  const [orders, refunds] = [orderBook(), refundBook()];
  const common = { line: 2, subMchId: BENCH_MERCHANT, currency: 'CNY' } as const;
  for (const one of booksOf(rows)) {
    if (!isOutTradeNo(one.outTradeNo)) throw new TypeError('no order number');
    if ('outRefundNo' in one) {
      if (!isOutRefundNo(one.outRefundNo)) throw new TypeError('no refund number');
      const refund = {
        outRefundNo: one.outRefundNo,
        amount: fen(one.amount),
        state: 'succeeded',
        refundedAt: null,
      } as const;
      const row = {
        ...common,
        outTradeNo: one.outTradeNo,
        total: fen(one.amount),
        state: 'paid',
        transactionId: null,
        paidAt: null,
        refund,
      } as const;
      refunds.add(row, refund);
      continue;
    }
    if (!isTransactionId(one.transactionId)) throw new TypeError('no transaction number');
    orders.add({
      ...common,
      outTradeNo: one.outTradeNo,
      total: fen(one.total),
      state: one.paid ? 'paid' : 'pending',
      transactionId: one.paid ? one.transactionId : null,
      paidAt: one.paid ? one.paidAt : null,
      refund: null,
    });
  }
  return { rows, orders, refunds, problems: [], problemCount: 0 };
}

void measured(async (bill, rows) => {
  const file = books(rows);
  return async () => {
    const report = await compare(file, {
      bill,
      merchant: BENCH_MERCHANT,
      feeRate: null,
      onBytes: () => undefined,
    });
    return { rows: report.bill.rows, found: report.byClass };
  };
});
