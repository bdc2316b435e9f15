import type { Order } from '../../../lib/model/order';
import type { ListedPage, OpenSpan, OrderLookUp } from '../../../lib/store/requests';
import { listedPageOf } from './state';

/** One page of what `Orders.lookUp` finds. */
export function lookUp(
  orders: readonly Order[],
  by: OrderLookUp,
  page: { readonly after: string | null; readonly limit: number },
): ListedPage<Order> {
  const byNumber = ({ outTradeNo }: Order) => ({ at: 0, name: outTradeNo });
  const byTime = ({ createdAt, outTradeNo }: Order) => ({ at: createdAt, name: outTradeNo });
  const byAmount = ({ total, createdAt, outTradeNo }: Order) => ({
    at: total,
    name: `${String(createdAt).padStart(16, '0')} ${outTradeNo}`,
  });
  switch (by.kind) {
    case 'prefix': {
      const found = orders.filter(({ outTradeNo }) => outTradeNo.startsWith(by.prefix));
      return listedPageOf(found, byNumber, 1, page);
    }
    case 'amount': {
      const found = orders.filter((order) => order.total === by.total && isIn(order, by.created));
      return listedPageOf(found, byTime, -1, page);
    }
    case 'payer': {
      const found = orders.filter(
        (order) => order.erasedAt === undefined && order.payer.endsWith(by.tail) && isIn(order, by.created),
      );
      return listedPageOf(found, byTime, -1, page);
    }
    case 'size': {
      const found = orders.filter(
        (order) => (by.fulfilment ?? order.fulfilment.state) === order.fulfilment.state,
      );
      return listedPageOf(found, byAmount, by.first === 'largest' ? -1 : 1, page);
    }
  }
}

function isIn({ createdAt }: Order, { from, to }: OpenSpan): boolean {
  return createdAt >= (from ?? 0) && createdAt < (to ?? Infinity);
}
