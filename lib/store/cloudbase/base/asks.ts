import type { Instant } from '../../../values/instant';
import type { AskRequest } from '../../requests';
import { modify, select, selectAtMost, type Database, type Fields } from './database';
import { readEach, type Report } from './documents';
import { inParallel } from './in-parallel';
import { requireAtMost1000 } from './limits';
import type { CollectionName } from '../schema';

/** A kind of item about which WeChat Pay can be queried. */
export interface Askable<Item> {
  readonly collection: CollectionName;
  /** The field with the state that decides whether to query. */
  readonly stateField: 'payment.state' | 'progress.state';
  /** The states in which to query. */
  readonly states: readonly string[];
  /** What to read of each document; everything when absent. */
  readonly fields?: Readonly<Record<string, true>>;
  /** Reads a document. Throws `StoreError` `invalid`. */
  readonly read: (document: Fields) => Item;
}

/** The documents that can be queried about. */
export function askable(asked: Pick<Askable<unknown>, 'stateField' | 'states'>, db: Database): Fields {
  return { [asked.stateField]: db.command.in([...asked.states]) };
}

/**
 * Claims due items, earliest first, and defers each by the number of its earlier queries. Returns
 * them as they were. A concurrent claim may get the same items, because a second query is harmless.
 * Rejects with `StoreError`. 1 request, and 1 per distinct number of `asks`.
 *
 * A document that does not fit is reported and deferred like the others, by its `asks` where
 * readable: left due, a hundred of them would fill every claim. So is one that changed between the
 * two steps and is still due.
 */
export async function claimAsks<Item>(
  db: Database,
  report: Report,
  asked: Askable<Item>,
  request: AskRequest,
): Promise<readonly Item[]> {
  requireAtMost1000(request.limit, 'questions');
  if (request.limit === 0) return [];
  const { except = [] } = request;
  const due = {
    ...askable(asked, db),
    nextAskAt: db.command.lte(request.now),
    ...(except.length > 0 && { subMchId: db.command.nin([...except]) }),
  };
  const sorted = db.collection(asked.collection).where(due).orderBy('nextAskAt', 'asc');
  const query = asked.fields === undefined ? sorted : sorted.field({ ...asked.fields });
  const { found } = await selectAtMost(asked.collection, query, request.limit);
  await inParallel([...byAsks(found)], ([asks, ids]) =>
    modify(
      asked.collection,
      db.collection(asked.collection).where({ ...due, _id: db.command.in([...ids]) }),
      {
        nextAskAt: nextAfter(request.again, asks ?? 0),
        asks: asks === null ? 1 : db.command.inc(1),
      },
    ),
  );
  return readEach(found, asked.read, report);
}

/** Whether any of these documents is due for a query. Rejects with `StoreError`. 1 request. */
export async function isAskDue(db: Database, asked: Askable<unknown>, now: Instant): Promise<boolean> {
  const due = { ...askable(asked, db), nextAskAt: db.command.lte(now) };
  const query = db.collection(asked.collection).where(due).limit(1).field({ _id: true });
  return (await select(asked.collection, query)).length > 0;
}

/** The ids of documents by their number of queries; null for one without a readable number. */
function byAsks(documents: readonly Fields[]): ReadonlyMap<number | null, readonly string[]> {
  const groups = new Map<number | null, string[]>();
  for (const { _id: id, asks } of documents) {
    if (typeof id !== 'string') continue;
    const key = typeof asks === 'number' ? asks : null;
    groups.set(key, [...(groups.get(key) ?? []), id]);
  }
  return groups;
}

function nextAfter(again: AskRequest['again'], asks: number): Instant {
  return again[asks] ?? again.at(-1) ?? again[0];
}
