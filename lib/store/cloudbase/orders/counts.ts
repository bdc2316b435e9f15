import type { OrderCounts } from '../../../model/order';
import { isRecord } from '../../../values/json';
import { MOST_PER_QUERY, select, total, type Database } from '../base/database';
import type { CollectionName } from '../schema';

const ORDERS: CollectionName = 'wxpay_orders';

/**
 * Orders that wait for something are few where work is kept up with: they are counted here, by one
 * request. When one result does not hold all, the database counts them, by 4 more.
 */
export async function counts(db: Database): Promise<OrderCounts> {
  const { in: oneOf, or } = db.command;
  const open = db
    .collection(ORDERS)
    .where(or({ 'payment.state': 'pending' }, { 'fulfilment.state': oneOf(['due', 'held', 'dead']) }))
    .limit(MOST_PER_QUERY)
    .field({ 'payment.state': true, 'fulfilment.state': true });
  const counted = (field: 'payment' | 'fulfilment', state: string): Promise<number> =>
    total(ORDERS, db.collection(ORDERS).where({ [`${field}.state`]: state }));
  const [found, paid, closed, failed, done] = await Promise.all([
    select(ORDERS, open),
    counted('payment', 'paid'),
    counted('payment', 'closed'),
    counted('payment', 'failed'),
    counted('fulfilment', 'done'),
  ]);
  const here = async (field: 'payment' | 'fulfilment', state: string): Promise<number> =>
    found.filter(({ [field]: part }) => isRecord(part) && part['state'] === state).length;
  const having = found.length < MOST_PER_QUERY ? here : counted;
  const [pending, due, held, dead] = await Promise.all([
    having('payment', 'pending'),
    having('fulfilment', 'due'),
    having('fulfilment', 'held'),
    having('fulfilment', 'dead'),
  ]);
  const none = Math.max(0, pending + paid + closed + failed - due - held - done - dead);
  return { payment: { pending, paid, closed, failed }, fulfilment: { none, due, held, done, dead } };
}
