import type { OpsReply } from '../lib/ops/api';
import type { PayersOrder } from '../lib/ops/personal-api';
import type { Result, Terminal } from './said';
import { said } from './said';

/** Everything stored about the payer of an order, as one JSON document. */
export async function exportPayer(terminal: Terminal, outTradeNo: string): Promise<Result> {
  const orders: PayersOrder[] = [];
  let after: string | null = null;
  do {
    const reply: OpsReply<'export_payer'> = await terminal.client.ask('export_payer', { outTradeNo, after });
    if (!reply.ok) return said(terminal, reply, () => '');
    orders.push(...reply.orders);
    after = reply.next;
  } while (after !== null);
  return { output: `${JSON.stringify({ orders }, null, 2)}\n`, code: 0 };
}
