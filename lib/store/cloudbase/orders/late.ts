import type { LateKind, LateOrders, LateQuery } from '../../requests';
import type { CollectionName } from '../schema';
import { total, type Condition, type Database } from '../base/database';

const ORDERS: CollectionName = 'wxpay_orders';

/** How many orders are late. CloudBase: 3 requests. */
export async function countLate(db: Database, query: LateQuery): Promise<LateOrders> {
  const having = (condition: Condition): Promise<number> =>
    total(ORDERS, db.collection(ORDERS).where(condition));
  const [old, notAsked] = unknownConditions(db, query);
  const [oldOnes, notAskedOnes, undelivered] = await Promise.all([
    having(old),
    having(notAsked),
    having(undeliveredCondition(db, query)),
  ]);
  return { unknown: oldOnes + notAskedOnes, undelivered };
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

function undeliveredCondition(db: Database, { undeliveredCreatedBefore }: LateQuery): Condition {
  const { in: oneOf, lt } = db.command;
  return { 'fulfilment.state': oneOf(['due', 'held']), createdAt: lt(undeliveredCreatedBefore) };
}

/** What the late orders of one kind have in common. */
export function lateCondition(db: Database, kind: LateKind, query: LateQuery): Condition {
  switch (kind) {
    case 'unknown':
      return db.command.or(...unknownConditions(db, query));
    case 'undelivered':
      return undeliveredCondition(db, query);
  }
}
