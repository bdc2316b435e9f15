import { isRecord } from '../../../values/json';
import type { LateKind, LateOrders, LateQuery } from '../../requests';
import type { CollectionName } from '../schema';
import { MOST_PER_QUERY, select, total, type Condition, type Database } from '../base/database';

const ORDERS: CollectionName = 'wxpay_orders';

/**
 * Few orders are late: they are counted here, by one request. When one result does not hold all,
 * the database counts them, by 3 more.
 */
export async function countLate(db: Database, query: LateQuery): Promise<LateOrders> {
  const late = db
    .collection(ORDERS)
    .where(db.command.or(...unknownConditions(db, query), unfulfilledCondition(db, query)))
    .limit(MOST_PER_QUERY)
    .field({ 'payment.state': true });
  const found = await select(ORDERS, late);
  if (found.length >= MOST_PER_QUERY) return countedLate(db, query);
  // An order whose payment is unknown is not to be fulfilled: none is both.
  const unknown = found.filter(({ payment }) => isRecord(payment) && payment['state'] === 'pending').length;
  return { unknown, unfulfilled: found.length - unknown };
}

async function countedLate(db: Database, query: LateQuery): Promise<LateOrders> {
  const having = (condition: Condition): Promise<number> =>
    total(ORDERS, db.collection(ORDERS).where(condition));
  const [old, notAsked] = unknownConditions(db, query);
  const [oldOnes, notAskedOnes, unfulfilled] = await Promise.all([
    having(old),
    having(notAsked),
    having(unfulfilledCondition(db, query)),
  ]);
  return { unknown: oldOnes + notAskedOnes, unfulfilled };
}

/** Two conditions that no order meets both. */
function unknownConditions(
  db: Database,
  { pendingCreatedFrom, pendingCreatedBefore, askDueBefore }: LateQuery,
): readonly [Condition, Condition] {
  const { and, gte, lt } = db.command;
  const pending = { 'payment.state': 'pending' };
  return [
    and(pending, { createdAt: gte(pendingCreatedFrom) }, { createdAt: lt(pendingCreatedBefore) }),
    { ...pending, nextAskAt: lt(askDueBefore), createdAt: gte(pendingCreatedBefore) },
  ];
}

function unfulfilledCondition(db: Database, { unfulfilledCreatedBefore }: LateQuery): Condition {
  const { in: oneOf, lt } = db.command;
  return { 'fulfilment.state': oneOf(['due', 'held']), createdAt: lt(unfulfilledCreatedBefore) };
}

/** What the late orders of one kind have in common. */
export function lateCondition(db: Database, kind: LateKind, query: LateQuery): Condition {
  switch (kind) {
    case 'unknown':
      return db.command.or(...unknownConditions(db, query));
    case 'unfulfilled':
      return db.command.or(unfulfilledCondition(db, query), { 'fulfilment.state': 'dead' });
  }
}
