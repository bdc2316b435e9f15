import { ERASED_PAYER } from '../../../model/erased';
import type { Order } from '../../../model/order';
import { PAYER_TAIL, type ListedPage, type OrderLookUp } from '../../requests';
import type { Database } from '../base/database';
import type { Report } from '../base/documents';
import { readApart } from '../base/documents';
import { selectAtMost } from '../base/database';
import { requireAtMost1000 } from '../base/limits';
import { readListedPage } from '../base/pages';
import { endOfPrefix } from '../../rows/place-of-order';
import type { CollectionName } from '../schema';
import { ORDER_FIELDS, readOrder } from './order-document';

const ORDERS: CollectionName = 'wxpay_orders';

/** The end of the payer that all erased orders share. */
const ERASED_TAIL = ERASED_PAYER.slice(-PAYER_TAIL);

/** `Orders.lookUp` on CloudBase. */
export function lookUp(
  db: Database,
  report: Report,
  by: OrderLookUp,
  after: string | null,
  limit: number,
): Promise<ListedPage<Order>> {
  const page = { collection: ORDERS, read: readOrder, fields: ORDER_FIELDS, after, limit };
  switch (by.kind) {
    case 'prefix':
      return prefixed(db, report, by.prefix, after, limit);
    case 'amount':
      return readListedPage(db, report, {
        ...page,
        having: { total: by.total },
        sortedBy: 'createdAt',
        span: by.created,
      });
    case 'payer':
      return readListedPage(db, report, {
        ...page,
        // Only this end can find erased orders; an index serves the others by the end alone.
        having: by.tail === ERASED_TAIL ? { payerTail: by.tail, erasedAt: null } : { payerTail: by.tail },
        sortedBy: 'createdAt',
        span: by.created,
      });
    case 'size':
      return readListedPage(db, report, {
        ...page,
        having: by.fulfilment === null ? {} : { 'fulfilment.state': by.fulfilment },
        sortedBy: 'total',
        direction: by.first === 'largest' ? 'desc' : 'asc',
      });
  }
}

/** The page mark is the last number. */
async function prefixed(
  db: Database,
  report: Report,
  prefix: string,
  after: string | null,
  limit: number,
): Promise<ListedPage<Order>> {
  requireAtMost1000(limit, 'orders');
  const { and, gt, gte, lt } = db.command;
  const begins = [{ _id: gte(prefix) }, { _id: lt(endOfPrefix(prefix)) }];
  const query = db
    .collection(ORDERS)
    .where(and(...begins, ...(after === null ? [] : [{ _id: gt(after) }])))
    .orderBy('_id', 'asc')
    .field({ ...ORDER_FIELDS });
  const { found, limit: possible } = await selectAtMost(ORDERS, query, limit + 1);
  const shown = found.slice(0, limit);
  const isLast = found.length <= limit && found.length < possible;
  const last = shown.at(-1)?.['_id'];
  const next = isLast || typeof last !== 'string' ? null : last;
  return { ...readApart(shown, readOrder, report), next };
}
