import type { Discrepancy } from '../../model/discrepancy';
import { AGE_BUCKETS, ageBucketOf, unclearAmount, type AgeBucket } from '../../rules/ageing';
import type { Instant } from '../../values/instant';
import type { OpsOperations } from '../api';
import type { OpenItem, OwnerLine } from '../books-api';
import type { OpsDeps } from '../deps';
import { discrepancyDetail } from '../lists/views';

/** The most pages of 1,000 items that the table counts. */
const TABLE_PAGES = 10;

/** The most pages that one call reads to fill a filtered page. */
const FILTER_PAGES = 10;

/**
 * Unresolved discrepancies with their age, owner and number of comments, carried over ones
 * included: they are open items of the books, too. The first page has the table of all of them by
 * owner and age. CloudBase: 2 requests a page, and 2 for each 1,000 items of the table.
 */
export async function listOpenItems(
  deps: OpsDeps,
  { owner = null, bucket = null, after = null, limit = 50 }: OpsOperations['list_open_items']['params'],
): Promise<OpsOperations['list_open_items']['answer']> {
  const now = deps.clock.now();
  const counted = after === null ? await tableOf(deps, now) : { table: null, isWhole: true };
  const isWanted = (item: OpenItem) =>
    (owner === null || (item.owner ?? '') === owner) && (bucket === null || item.bucket === bucket);
  let next = after;
  let items: readonly OpenItem[] = [];
  for (let page = 0; page < FILTER_PAGES; page += 1) {
    const one = await deps.store.discrepancies.listUnresolved({ after: next, limit });
    next = one.next;
    items = (await withNotes(deps, one.items, now)).filter(isWanted);
    if (items.length > 0 || next === null) break;
  }
  return { items, next, ...counted };
}

/** Sorts nobody after every name. */
const LAST = '\uffff';

async function tableOf(
  deps: OpsDeps,
  now: Instant,
): Promise<{ readonly table: readonly OwnerLine[]; readonly isWhole: boolean }> {
  const lines = new Map<string | null, Record<AgeBucket, number>>();
  let after: string | null = null;
  for (let page = 0; page < TABLE_PAGES; page += 1) {
    const one: Awaited<ReturnType<typeof deps.store.discrepancies.listUnresolved>> =
      await deps.store.discrepancies.listUnresolved({ after, limit: 1000 });
    for (const { owner, bucket } of await withNotes(deps, one.items, now)) {
      const counts = lines.get(owner) ?? { today: 0, to_3: 0, to_7: 0, to_30: 0, over_30: 0 };
      counts[bucket] += 1;
      lines.set(owner, counts);
    }
    after = one.next;
    if (after === null) break;
  }
  const table = [...lines].map(([owner, counts]): OwnerLine => ({ owner, counts }));
  const byName = (a: OwnerLine, b: OwnerLine) => ((a.owner ?? LAST) < (b.owner ?? LAST) ? -1 : 1);
  table.sort((a, b) => totalOf(b) - totalOf(a) || byName(a, b));
  return { table, isWhole: after === null };
}

async function withNotes(
  { store }: OpsDeps,
  found: readonly Discrepancy[],
  now: Instant,
): Promise<readonly OpenItem[]> {
  const notes = new Map((await store.itemNotes.find(found.map(({ id }) => id))).map((one) => [one.id, one]));
  return found.map((one): OpenItem => {
    const noted = notes.get(one.id);
    return {
      discrepancy: discrepancyDetail(one),
      bucket: ageBucketOf(one, now),
      amount: unclearAmount(one),
      owner: noted?.owner ?? null,
      comments: noted?.comments.length ?? 0,
    };
  });
}

function totalOf({ counts }: OwnerLine): number {
  return AGE_BUCKETS.reduce((sum, bucket) => sum + counts[bucket], 0);
}
