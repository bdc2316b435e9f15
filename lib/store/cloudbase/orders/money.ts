import { fen } from '../../../values/fen';
import type { Orders } from '../../ports/orders-port';
import type { MoneySum } from '../../../model/operators/today';
import { STUCK_STATES } from '../../requests';
import { sums, type Database } from '../base/database';
import { bookedOf } from '../runs/booked';
import type { CollectionName } from '../schema';

const ORDERS: CollectionName = 'wxpay_orders';

/** The sums of orders on CloudBase. */
export function orderMoney(db: Database): Pick<Orders, 'booked' | 'paidBetween' | 'stuckBetween'> {
  const { and, gte, in: oneOf, lt } = db.command;
  return {
    booked: ({ subMchId, day }) =>
      bookedOf(
        db,
        ORDERS,
        day,
        { subMchId, 'payment.state': 'paid' },
        { at: 'payment.paidAt', adding: 'total' },
      ),
    async paidBetween({ merchants, from, to }) {
      const condition = and(
        { subMchId: oneOf([...merchants]), 'payment.state': 'paid' },
        { 'payment.paidAt': gte(from) },
        { 'payment.paidAt': lt(to) },
      );
      return (await sums(db, ORDERS, condition, { adding: 'total', by: null })).get(null) ?? NOTHING;
    },
    async stuckBetween({ from, to }) {
      const condition = and(
        { 'fulfilment.state': oneOf([...STUCK_STATES]) },
        { 'payment.paidAt': gte(from) },
        { 'payment.paidAt': lt(to) },
      );
      const found = await sums(db, ORDERS, condition, { adding: 'total', by: 'fulfilment.state' });
      return { held: found.get('held') ?? NOTHING, dead: found.get('dead') ?? NOTHING };
    },
  };
}

const NOTHING: MoneySum = { count: 0, total: fen(0) };
