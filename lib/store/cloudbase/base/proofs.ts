import { StoreError } from '../../errors';
import { classify, mayMeanTaken, storeError } from './errors';
import {
  insert,
  MOST_PER_QUERY,
  modify,
  select,
  type Condition,
  type Database,
  type Fields,
} from './database';
import type { CollectionName } from '../schema';

/*
 * Whether a read sees our own last write is not documented. So what a read shows is evidence, and
 * what it does not show is none: that is proven by a write. Each of these writes raises `proofs`,
 * which nothing reads, so that "matched" and "changed" are the same number.
 */

/** Whether a document matches now. Rejects with `StoreError`. 1 request. */
export async function proves(db: Database, name: CollectionName, having: Condition): Promise<boolean> {
  return (await countNow(db, name, having)) > 0;
}

/**
 * Which of these documents match now. Rejects with `StoreError`. 1 request when all or none do,
 * else 2, and more only where a read is behind.
 */
export async function provenAmong<Id extends string>(
  db: Database,
  name: CollectionName,
  ids: readonly Id[],
  having: Fields,
): Promise<ReadonlySet<Id>> {
  if (ids.length === 0) return new Set();
  const count = await countNow(db, name, { ...having, _id: db.command.in([...ids]) });
  return matchingAmong(db, name, ids, having, count);
}

/**
 * Which of these documents match, when `count` of them do: the answer of the write that made them.
 * A read names them. Those that it does not show yet are found by writes, half by half. Rejects
 * with `StoreError`. No request when all or none match, else 1, and more only where a read is
 * behind.
 */
export async function matchingAmong<Id extends string>(
  db: Database,
  name: CollectionName,
  ids: readonly Id[],
  having: Fields,
  count: number,
): Promise<ReadonlySet<Id>> {
  if (count <= 0) return new Set();
  if (count >= ids.length) return new Set(ids);
  const query = db.collection(name).where({ ...having, _id: db.command.in([...ids]) });
  const shown = await select(name, query.limit(MOST_PER_QUERY).field({ _id: true }));
  const seen = new Set(shown.map(({ _id }) => _id));
  const found = ids.filter((id) => seen.has(id));
  const unseen = ids.filter((id) => !seen.has(id));
  return new Set([...found, ...(await halved(db, name, unseen, having, count - found.length))]);
}

/**
 * Which of these documents still match. A read that is behind may show one as it was before it
 * ceased to match, so only writes decide. Rejects with `StoreError`. 1 request when all or none do,
 * more only where a read was behind; 0 for no ids.
 */
export async function stillAmong<Id extends string>(
  db: Database,
  name: CollectionName,
  ids: readonly Id[],
  having: Fields,
): Promise<ReadonlySet<Id>> {
  if (ids.length === 0) return new Set();
  const count = await countNow(db, name, { ...having, _id: db.command.in([...ids]) });
  return new Set(await halved(db, name, ids, having, count));
}

async function halved<Id extends string>(
  db: Database,
  name: CollectionName,
  ids: readonly Id[],
  having: Fields,
  count: number,
): Promise<readonly Id[]> {
  if (count <= 0) return [];
  if (count >= ids.length) return ids;
  const middle = Math.ceil(ids.length / 2);
  const first = ids.slice(0, middle);
  const second = ids.slice(middle);
  const inFirst = await countNow(db, name, { ...having, _id: db.command.in([...first]) });
  return [
    ...(await halved(db, name, first, having, inFirst)),
    ...(await halved(db, name, second, having, count - inFirst)),
  ];
}

function countNow(db: Database, name: CollectionName, having: Condition): Promise<number> {
  return modify(name, db.collection(name).where(having), { proofs: db.command.inc(1) });
}

/**
 * Stores a document; where its `_id` is taken, makes `change` to the document that is there. True
 * when stored. Rejects with `StoreError`, `unavailable` when CloudBase refuses the document and
 * does not have it either. 1 request, 2 when it is there.
 *
 * What CloudBase calls a duplicate is not documented either. So any refusal that may mean one is
 * followed by a look, whatever its text; the look is a write, because a read could miss a document
 * that was stored just now.
 *
 * After an answer that was lost or unreadable, the document that is there may be our own. The
 * caller gets the same as from a repeated call.
 */
export async function insertOnce(
  db: Database,
  name: CollectionName,
  document: Fields,
  change: Fields = {},
): Promise<boolean> {
  try {
    await insert(db, name, document);
    return true;
  } catch (error) {
    if (!mayMeanTaken(error)) throw storeError(error, name);
    const there = db.collection(name).where({ _id: document['_id'] });
    if ((await modify(name, there, { ...change, proofs: db.command.inc(1) })) > 0) return false;
    throw notThere(error, name);
  }
}

/** The error for a document that CloudBase refused and does not have. */
export function notThere(error: unknown, name: CollectionName): StoreError {
  if (classify(error) !== 'duplicate') return storeError(error, name);
  return new StoreError(
    'unavailable',
    `CloudBase called a document of ${name} a duplicate and then did not find it; try again.`,
  );
}
