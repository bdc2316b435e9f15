import { join } from 'node:path';
import type { WholeOrder } from '../../lib/model/order';
import type { Refund } from '../../lib/model/refund';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { fen } from '../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isTransactionId } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import { guarded, message, order, paidAt, refund, succeededAt } from '../../test/store/builders';
import { BENCH_MERCHANT, booksOf, type BookedBack, type BookedSale } from './big-day';

const AT_ONCE = 2_000;

/**
 * Runs in a separate process: fills the store in the folder of argv[2] with our books of a day of
 * argv[3] rows.
 */
async function main(): Promise<void> {
  const [, , folder = '', rows = ''] = process.argv;
  const store = openSqliteStore({ file: join(folder, 'inbox.db') });
  let waiting: Promise<unknown>[] = [];
  for (const one of booksOf(Number(rows))) {
    waiting.push(
      'outRefundNo' in one ? store.refunds.create(refundOf(one)) : store.orders.create(orderOf(one)),
    );
    if (waiting.length < AT_ONCE) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  store.close();
}

function orderOf({ outTradeNo, transactionId, total, paid, paidAt: at }: BookedSale): WholeOrder {
  const pending = order(1, {
    ...{ outTradeNo: guarded(isOutTradeNo, outTradeNo), subMchId: BENCH_MERCHANT, total: fen(total) },
    ...{ createdAt: at, expiresAt: later(at, 1_800_000) },
  });
  const payment = { ...paidAt(1, at), transactionId: guarded(isTransactionId, transactionId) };
  return paid ? { ...pending, payment } : pending;
}

function refundOf({ outRefundNo, outTradeNo, amount }: BookedBack): Refund {
  const whole = refund(1, {
    ...{ outRefundNo: guarded(isOutRefundNo, outRefundNo), outTradeNo: guarded(isOutTradeNo, outTradeNo) },
    ...{ subMchId: BENCH_MERCHANT, amount: fen(amount) },
  });
  return { ...whole, progress: succeededAt(whole.createdAt, message(1)) };
}

void main();
