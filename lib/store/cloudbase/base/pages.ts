import { isRecord } from '../../../values/json';
import { PageMarkError } from '../../errors';
import type { ListedPage, Page } from '../../requests';
import { MOST_PER_QUERY, selectAtMost, type Condition, type Database, type Fields } from './database';
import { readApart, readEach, type Report } from './documents';
import { requireAtMost1000 } from './limits';
import type { CollectionName } from '../schema';

/** One page of a list sorted by an instant and then by `_id`. */
export interface PageRequest<Item> {
  readonly collection: CollectionName;
  /** Only documents with these values. */
  readonly having: Condition;
  /** The field of the instant. */
  readonly sortedBy: string;
  /** Of both, instant and `_id`; absent: descending. */
  readonly direction?: 'asc' | 'desc';
  /** Only instants in `[from, to)`, null: unbounded; absent: all. */
  readonly span?: { readonly from: number | null; readonly to: number | null };
  /** Which fields of a document to read; absent: all. */
  readonly fields?: Readonly<Record<string, true>>;
  readonly after: string | null;
  readonly limit: number;
  readonly read: (document: Fields) => Item;
}

/** The end of a page: the instant and id of its last document. */
interface PageEnd {
  readonly at: number;
  readonly id: string;
}

/**
 * Reads a page. The next page starts by value, not by count, so arriving documents shift nothing.
 * Rejects with `StoreError`, `invalid` for a page mark this list did not give. 1 request.
 */
export async function readPage<Item>(
  db: Database,
  report: Report,
  request: PageRequest<Item>,
): Promise<Page<Item>> {
  const { shown, next } = await documentsOf(db, request);
  return { items: readEach(shown, request.read, report), next };
}

/** The same, with documents that do not fit returned as they are stored. */
export async function readListedPage<Item>(
  db: Database,
  report: Report,
  request: PageRequest<Item>,
): Promise<ListedPage<Item>> {
  const { shown, next } = await documentsOf(db, request);
  return { ...readApart(shown, request.read, report), next };
}

async function documentsOf(
  db: Database,
  request: PageRequest<unknown>,
): Promise<{ readonly shown: readonly Fields[]; readonly next: string | null }> {
  const { collection, having, sortedBy, direction = 'desc', span, fields, after, limit } = request;
  requireAtMost1000(limit, 'documents');
  const { and, or, gt, gte, lt, lte } = db.command;
  const end = after === null ? null : pageEnd(after);
  const [further, notBefore] = direction === 'asc' ? [gt, gte] : [lt, lte];
  const conditions = [
    having,
    // Only instants compare: a document without one has no place in the order and gives no page
    // mark.
    { [sortedBy]: gte(span?.from ?? 0) },
    ...(span === undefined || span.to === null ? [] : [{ [sortedBy]: lt(span.to) }]),
    // The first of these two is redundant; it lets the index be used, which cannot start at an
    // `or`.
    ...(end === null
      ? []
      : [
          { [sortedBy]: notBefore(end.at) },
          or({ [sortedBy]: further(end.at) }, { [sortedBy]: end.at, _id: further(end.id) }),
        ]),
  ];
  const sorted = db
    .collection(collection)
    .where(and(...conditions))
    .orderBy(sortedBy, direction)
    .orderBy('_id', direction);
  // One more than requested shows whether this page is the last. A page too large for one result is
  // a shorter page.
  const wanted = Math.min(limit + 1, MOST_PER_QUERY);
  const query = fields === undefined ? sorted : sorted.field({ ...fields });
  const { found, limit: possible } = await selectAtMost(collection, query, wanted);
  const shown = found.slice(0, limit);
  const isLast = found.length <= limit && found.length < possible;
  return { shown, next: isLast ? null : markOf(shown.at(-1), sortedBy) };
}

function markOf(last: Fields | undefined, sortedBy: string): string | null {
  const at = sortedBy
    .split('.')
    .reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), last);
  const id = last?.['_id'];
  return typeof at === 'number' && typeof id === 'string' ? `${at} ${id}` : null;
}

function pageEnd(mark: string): PageEnd {
  const match = /^(\d{1,16}) (.{1,200})$/.exec(mark);
  const [, at, id] = match ?? [];
  if (at === undefined || id === undefined) {
    throw new PageMarkError('Invalid page mark; start again from the first page.');
  }
  return { at: Number(at), id };
}
