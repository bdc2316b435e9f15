import { paymentEvent, type Parties } from './event';
import { isAck, type Deliver, type Notice } from './notifier';
import type { SimulatedOrder } from './order';
import type { OrderBook } from './order-book';
import { paymentNotice, type NoticesV3 } from './v3/notices';

/** The dependencies of the notifications of payments. */
export interface PaymentNoticeParts {
  readonly orders: OrderBook;
  readonly parties: Parties;
  /** Calls the callee of an order through cloud development. */
  readonly deliver: Deliver;
  /** Delivers those of orders through API v3; null where no merchant uses it. */
  readonly noticesV3: NoticesV3 | null;
}

/** Creates the notification of an order's payment, for the channel the order came through. */
export function paymentNotices(parts: PaymentNoticeParts): (order: SimulatedOrder) => Notice {
  const { orders, parties, noticesV3 } = parts;
  return ({ asked }) => {
    const current = () => {
      const order = orders.get(asked.subMchId, asked.outTradeNo);
      const payment = order?.payment ?? null;
      const notification = order?.notification ?? null;
      if (order === null || payment === null || notification === null) {
        throw new RangeError('an order lost its payment');
      }
      return { order, payment, notification };
    };
    return {
      async deliver(probe) {
        const { order, payment, notification } = current();
        if (asked.v3 !== null) {
          const content = paymentNotice(order, asked.v3, payment, notification.nonce);
          return (await noticesV3?.deliver(content, probe)) ?? false;
        }
        const event = paymentEvent(parties, asked, payment, notification.nonce);
        return isAck(
          await parts.deliver(event, { source: 'wx_paycallback', functionName: asked.functionName }),
        );
      },
      state: () => current().notification,
      keep: (notification) => orders.put({ ...current().order, notification }),
    };
  };
}
