import type { Discrepancy, DiscrepancyId, Resolution } from '../../discrepancies/discrepancy';
import type { Discrepancies } from '../port';
import { insert, MOST_PER_QUERY, modify, select, total, type Database } from './database';
import { discrepancyDocument, readDiscrepancy } from './discrepancy-document';
import { readEach, type Report } from './documents';
import { classify, storeError } from './errors';
import { requireAtMost1000 } from './limits';
import { readPage } from './pages';
import type { CollectionName } from './schema';

const DISCREPANCIES: CollectionName = 'wxpay_discrepancies';

/** The discrepancies of a Store on CloudBase. */
export function discrepanciesOn(db: Database, report: Report): Discrepancies {
  return {
    listOpen: (query) =>
      readPage(db, report, {
        collection: DISCREPANCIES,
        having: { open: true },
        sortedBy: 'lastSeenAt',
        read: readDiscrepancy,
        ...query,
      }),
    async ofOrder(outTradeNo) {
      const query = db.collection(DISCREPANCIES).where({ outTradeNo }).limit(MOST_PER_QUERY);
      return readEach(await select(DISCREPANCIES, query), readDiscrepancy, report);
    },
    resolve: (ids, resolution) => resolveOpen(db, ids, resolution),
    countOpen: () => total(DISCREPANCIES, db.collection(DISCREPANCIES).where({ open: true })),
  };
}

/**
 * Opens a discrepancy, or notes that it was seen again, whether open or resolved. Safe to repeat. Rejects with
 * `StoreError`. 1 request for a new one, else 2.
 */
export async function openOrSeeAgain(db: Database, found: Discrepancy): Promise<void> {
  try {
    await insert(db, DISCREPANCIES, discrepancyDocument(found));
  } catch (error) {
    if (classify(error) !== 'duplicate') throw storeError(error, DISCREPANCIES);
    await modify(DISCREPANCIES, db.collection(DISCREPANCIES).where({ _id: found.id }), {
      lastSeenAt: db.command.max(found.lastSeenAt),
    });
  }
}

/** Ends those of these that are open, and answers how many that were. Rejects with `StoreError`. 1 request, 0 for no ids. */
export async function resolveOpen(
  db: Database,
  ids: readonly DiscrepancyId[],
  resolution: Resolution,
): Promise<number> {
  requireAtMost1000(ids.length, 'discrepancies');
  if (ids.length === 0) return 0;
  const { in: oneOf, set } = db.command;
  const query = db.collection(DISCREPANCIES).where({ _id: oneOf([...ids]), open: true });
  return modify(DISCREPANCIES, query, { open: false, resolution: set({ ...resolution }) });
}
