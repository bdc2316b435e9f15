import { orderBook } from '../../accountant/orders/order-book';
import { refundBook } from '../../accountant/orders/refund-book';
import { compare } from '../../accountant/compare/compare';
import { billSource } from '../../accountant/files/bill-source';
import { openInput } from '../../accountant/files/input';
import type { OrderFiles } from '../../accountant/orders/order-file';
import { places } from '../../accountant/places';
import { fen } from '../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isTransactionId } from '../../lib/values/ids';
import { BENCH_MERCHANT, booksOf } from './big-day';
import { measured } from './measured';

/**
 * Runs in a separate process: compares the bill in argv[2] of argv[3] rows as the accountant's
 * command does.
 */
function books(rows: number): OrderFiles {
  const [orders, refunds, lines] = [orderBook(), refundBook(), places()];
  lines.nextFile();
  const common = { place: 2, subMchId: BENCH_MERCHANT, transactionId: null, means: 'unstated' } as const;
  for (const one of booksOf(rows)) {
    if (!isOutTradeNo(one.outTradeNo)) throw new TypeError('no order number');
    const { outTradeNo } = one;
    if ('outRefundNo' in one) {
      if (!isOutRefundNo(one.outRefundNo)) throw new TypeError('no refund number');
      const amount = fen(one.amount);
      const refund = { outRefundNo: one.outRefundNo, amount, state: 'succeeded', ...NO_TIME } as const;
      refunds.add({ ...common, outTradeNo }, refund);
      continue;
    }
    if (!isTransactionId(one.transactionId)) throw new TypeError('no transaction number');
    const transactionId = one.paid ? one.transactionId : null;
    orders.add(
      { ...common, outTradeNo, transactionId },
      {
        currency: 'CNY',
        total: fen(one.total),
        state: one.paid ? 'paid' : 'pending',
        paidAt: one.paid ? one.paidAt : null,
        badTime: false,
      },
    );
  }
  const nothing = {
    notRead: [],
    furtherRows: 0,
    unusable: [],
    unnumbered: [],
    moneyBack: new Map(),
    unknownStates: [],
    files: [],
    problems: [],
    problemCount: 0,
  };
  return { rows, orders, refunds, places: lines, ...nothing };
}

const NO_TIME = { refundedAt: null, badTime: false } as const;

void measured(async (bill, rows) => {
  const files = books(rows);
  return async () => {
    const inputs = await openInput(bill, () => undefined);
    const bills = inputs.map((input) => billSource(input, () => undefined));
    const report = await compare(files, bills, {
      merchant: BENCH_MERCHANT,
      feeRate: null,
      days: null,
      canaries: new Set(),
    });
    return { rows: report.bill.rows, found: report.byClass };
  };
});
