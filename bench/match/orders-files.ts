import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { formatBeijing } from '../../lib/values/instant';
import { workbookOf } from '../../test/accountant/zip';
import { booksOf } from '../statement/big-day';

const ORDERS = ['商户订单号', '微信订单号', '金额', '状态', '支付时间'];
const REFUNDS = ['商户退款单号', '商户订单号', '退款金额', '退款状态'];

/** Writes our books of the day as a shop exports them: its orders, and its refunds, as CSV. */
export async function writeBooks(rows: number, ordersFile: string, refundsFile: string): Promise<void> {
  const orders = createWriteStream(ordersFile);
  orders.write(`${ORDERS.join(',')}\n`);
  const refunds = [REFUNDS.join(',')];
  for (const row of rowsOf(rows)) {
    if (row.kind === 'refund') refunds.push(row.cells.join(','));
    else if (!orders.write(`${row.cells.join(',')}\n`)) await once(orders, 'drain');
  }
  writeFileSync(refundsFile, `${refunds.join('\n')}\n`);
  orders.end();
  await once(orders, 'finish');
}

/** Writes the orders of the day as a workbook. */
export function writeWorkbook(rows: number, file: string): void {
  const cells = [...rowsOf(rows)].flatMap((row) => (row.kind === 'order' ? [row.cells] : []));
  writeFileSync(file, workbookOf([ORDERS, ...cells]));
}

interface Row {
  readonly kind: 'order' | 'refund';
  readonly cells: readonly string[];
}

function* rowsOf(rows: number): Generator<Row, void, void> {
  const yuan = (amount: number) => (amount / 100).toFixed(2);
  for (const entry of booksOf(rows)) {
    if ('paid' in entry) {
      const { outTradeNo, transactionId, total, paid, paidAt } = entry;
      const cells = [
        outTradeNo,
        transactionId,
        yuan(total),
        paid ? '已付款' : '待付款',
        formatBeijing(paidAt, 'YYYY-MM-DD HH:mm:ss'),
      ];
      yield { kind: 'order', cells };
    } else {
      const { outRefundNo, outTradeNo, amount } = entry;
      yield { kind: 'refund', cells: [outRefundNo, outTradeNo, yuan(amount), '退款成功'] };
    }
  }
}
