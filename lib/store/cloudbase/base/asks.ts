import type { Instant } from '../../../values/instant';
import type { AskRequest } from '../../requests';
import { modify, selectAtMost, type Database, type Fields } from './database';
import { readEach, type Report } from './documents';
import { inParallel } from './in-parallel';
import { requireAtMost1000 } from './limits';
import type { CollectionName } from '../schema';

/** What WeChat Pay can be asked about. */
export interface Askable<Item> {
  readonly collection: CollectionName;
  /** Where the state is that tells whether there is anything to ask. */
  readonly stateField: 'payment.state' | 'progress.state';
  /** The states in which there is. */
  readonly states: readonly string[];
  /** Reads a document. Throws `StoreError` `invalid`. */
  readonly read: (document: Fields) => Item;
}

/** The documents of these that can be asked about. */
export function askable(of: Omit<Askable<unknown>, 'read' | 'collection'>, db: Database): Fields {
  return { [of.stateField]: db.command.in([...of.states]) };
}

/**
 * Takes what is due to be asked about, earliest first, and puts it off, each by how often it was asked about before. Answers
 * it as it was. Who else does the same at the same time may get the same: asking twice is harmless.
 * Rejects with `StoreError`. 1 request, and 1 for each number of `asks` among them.
 *
 * A document that does not fit is reported and put off like the others, by its `asks` where those can be read: left due, a hundred such
 * would come first in every call. So is one that changed between the two steps, where it is still due.
 */
export async function claimAsks<Item>(
  db: Database,
  report: Report,
  of: Askable<Item>,
  request: AskRequest,
): Promise<readonly Item[]> {
  requireAtMost1000(request.limit, 'questions');
  if (request.limit === 0) return [];
  const due = { ...askable(of, db), nextAskAt: db.command.lte(request.now) };
  const sorted = db.collection(of.collection).where(due).orderBy('nextAskAt', 'asc');
  const { found } = await selectAtMost(of.collection, sorted, request.limit);
  await inParallel([...byAsks(found)], ([asks, ids]) =>
    modify(of.collection, db.collection(of.collection).where({ ...due, _id: db.command.in([...ids]) }), {
      nextAskAt: nextAfter(request.again, asks ?? 0),
      asks: asks === null ? 1 : db.command.inc(1),
    }),
  );
  return readEach(found, of.read, report);
}

/** The ids of documents, by how often they were asked about; null for one that says no number. */
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
