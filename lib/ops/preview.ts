import { refundsReserved } from '../orders/refunds-reserved';
import type { OutTradeNo } from '../values/ids';
import { isOutTradeNo } from '../values/ids';
import type { ReleasePreview } from './lists/order-line';
import type { OpsDeps } from './deps';
import { orderLine } from './lists/views';

/**
 * What releasing these orders would fulfil, one answer per order, each order once. Changes and
 * records nothing; the release decides again.
 */
export async function previewRelease(
  { store }: OpsDeps,
  names: readonly string[],
): Promise<readonly ReleasePreview[]> {
  const wanted = [...new Set(names)];
  const orders = await store.orders.findWithoutCarts(wanted.filter(isOutTradeNo));
  const refunds = await refundsReserved(store, orders);
  const found = new Map<string, (typeof orders)[number]>(orders.map((order) => [order.outTradeNo, order]));
  return Promise.all(
    wanted.map(async (name): Promise<ReleasePreview> => {
      const order = found.get(name);
      if (order === undefined) return { name, ok: false, code: await whyAbsent(store, name) };
      const { fulfilment } = order;
      if (fulfilment.state !== 'held') return { name, ok: false, code: 'NOT_NOW' };
      const { reason, heldAt } = fulfilment;
      return { name, ok: true, order: orderLine(order, refunds), hold: { reason, heldAt } };
    }),
  );
}

async function whyAbsent(
  { orders }: { readonly orders: { raw(outTradeNo: OutTradeNo): Promise<unknown> } },
  name: string,
): Promise<'ITEM_UNREADABLE' | 'NOT_FOUND'> {
  return isOutTradeNo(name) && (await orders.raw(name)) !== null ? 'ITEM_UNREADABLE' : 'NOT_FOUND';
}
