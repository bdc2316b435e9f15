import { join } from 'node:path';
import type { WholeOrder } from '../../lib/model/order';
import type { Refund } from '../../lib/model/refund';
import { copyStore } from '../../lib/store/copying/copy-store';
import { ownFolder } from '../../lib/store/sqlite/base/owner';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { fen } from '../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isTransactionId } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import { guarded, message, order, paidAt, refund, START, succeededAt } from '../../test/store/builders';
import { BENCH_MERCHANT, booksOf, type BookedBack, type BookedSale } from './big-day';

const AT_ONCE = 2_000;

/**
 * Runs in a separate process: fills the store in the folder of argv[2] with our books of a day of
 * argv[3] rows. With the address of an empty database in argv[4], they are moved there.
 */
async function main(): Promise<void> {
  const [, , folder = '', rows = '', url] = process.argv;
  const file = join(folder, 'inbox.db');
  await fill(file, Number(rows));
  if (url === undefined) return;
  const owner = ownFolder(folder);
  await copyStore({ file, owner, to: url, now: () => START, copyFiles: async () => [] });
  owner.release();
}

async function fill(file: string, rows: number): Promise<void> {
  const store = openSqliteStore({ file });
  let waiting: Promise<unknown>[] = [];
  for (const one of booksOf(rows)) {
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
