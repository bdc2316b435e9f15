import type { Discrepancy, DiscrepancyClass, DiscrepancyId, Resolution } from '../../../model/discrepancy';
import { DISCREPANCY_CLASSES } from '../../../model/discrepancy';
import type { Instant } from '../../../values/instant';
import type { Discrepancies } from '../../ports/discrepancies-port';
import type { ListedPage } from '../../requests';
import { MOST_PER_QUERY, modify, select, total, type Database, type Fields } from '../base/database';
import { discrepancyDocument, readDiscrepancy } from './discrepancy-document';
import { readEach, type Report } from '../base/documents';
import { inParallel } from '../base/in-parallel';
import { requireAtMost1000 } from '../base/limits';
import { readListedPage } from '../base/pages';
import { insertOnce } from '../base/proofs';
import type { CollectionName } from '../schema';

const DISCREPANCIES: CollectionName = 'wxpay_discrepancies';

/** The discrepancies of a Store on CloudBase. */
export function discrepanciesOn(db: Database, report: Report): Discrepancies {
  return {
    async see(found) {
      await inParallel(found, (one) => openOrSeeAgain(db, one));
    },
    listOpen: ({ now, class: discrepancyClass, ...page }) =>
      list(db, report, { ...openAt(db, now), ...ofClass(discrepancyClass) }, page),
    listUnresolved: (page) => list(db, report, { unresolved: true }, page),
    listCarriedOver: ({ now, class: discrepancyClass, after, limit }) =>
      readListedPage(db, report, {
        collection: DISCREPANCIES,
        having: { unresolved: true, ...ofClass(discrepancyClass) },
        sortedBy: 'opensAt',
        direction: 'asc',
        span: { from: now + 1, to: Number.MAX_SAFE_INTEGER },
        read: readDiscrepancy,
        after,
        limit,
      }),
    listResolved: ({ class: discrepancyClass, ...page }) =>
      list(db, report, { unresolved: false, ...ofClass(discrepancyClass) }, page),
    listOfRun: ({ run, ...page }) => list(db, report, { statementRun: run }, page),
    async find(id) {
      const [found] = await select(DISCREPANCIES, db.collection(DISCREPANCIES).where({ _id: id }));
      return found === undefined ? null : readDiscrepancy(found);
    },
    async ofOrder(outTradeNo) {
      const query = db.collection(DISCREPANCIES).where({ outTradeNo }).limit(MOST_PER_QUERY);
      return readEach(await select(DISCREPANCIES, query), readDiscrepancy, report);
    },
    resolve: (ids, resolution) => resolveOpen(db, ids, resolution),
    countResolvedBy: (who) =>
      total(DISCREPANCIES, db.collection(DISCREPANCIES).where({ 'resolution.who': who })),
    countOpen: (now) => total(DISCREPANCIES, db.collection(DISCREPANCIES).where(openAt(db, now))),
    countOpenByClass: (now) => countOpenByClass(db, now),
  };
}

/** Few are open: they are counted here. When one result does not hold all, the database counts. */
async function countOpenByClass(
  db: Database,
  now: Instant,
): Promise<Readonly<Partial<Record<DiscrepancyClass, number>>>> {
  const open = db.collection(DISCREPANCIES).where(openAt(db, now));
  const found = await select(DISCREPANCIES, open.limit(MOST_PER_QUERY).field({ class: true }));
  const counts =
    found.length < MOST_PER_QUERY
      ? DISCREPANCY_CLASSES.map(
          (discrepancyClass) =>
            [discrepancyClass, found.filter((one) => one['class'] === discrepancyClass).length] as const,
        )
      : await inParallel(DISCREPANCY_CLASSES, async (discrepancyClass) => {
          const query = db.collection(DISCREPANCIES).where({ ...openAt(db, now), class: discrepancyClass });
          return [discrepancyClass, await total(DISCREPANCIES, query)] as const;
        });
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function ofClass(discrepancyClass: DiscrepancyClass | null | undefined): Fields {
  return discrepancyClass === null || discrepancyClass === undefined ? {} : { class: discrepancyClass };
}

/** `isOpen`, as a condition. */
function openAt(db: Database, now: Instant): Fields {
  return { unresolved: true, opensAt: db.command.lte(now) };
}

function list(
  db: Database,
  report: Report,
  having: Fields,
  page: { readonly after: string | null; readonly limit: number },
): Promise<ListedPage<Discrepancy>> {
  return readListedPage(db, report, {
    collection: DISCREPANCIES,
    having,
    sortedBy: 'lastSeenAt',
    read: readDiscrepancy,
    ...page,
  });
}

/**
 * Opens a discrepancy, or updates when and in which run it was last seen, whether open or
 * resolved. Safe to repeat.
 * Rejects with `StoreError`. 1 request for a new one, else 2.
 */
export async function openOrSeeAgain(db: Database, found: Discrepancy): Promise<void> {
  const { statementRun } = found;
  await insertOnce(db, DISCREPANCIES, discrepancyDocument(found), {
    lastSeenAt: db.command.max(found.lastSeenAt),
    ...(statementRun === null ? {} : { statementRun }),
  });
}

/**
 * Resolves the unresolved ones among these, and returns how many. Rejects with `StoreError`. 1
 * request, 0 for no ids.
 */
export async function resolveOpen(
  db: Database,
  ids: readonly DiscrepancyId[],
  resolution: Resolution,
): Promise<number> {
  requireAtMost1000(ids.length, 'discrepancies');
  if (ids.length === 0) return 0;
  const { in: oneOf, set } = db.command;
  const query = db.collection(DISCREPANCIES).where({ _id: oneOf([...ids]), unresolved: true });
  return modify(DISCREPANCIES, query, { unresolved: false, resolution: set({ ...resolution }) });
}
