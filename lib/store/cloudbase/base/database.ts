import { isRecord } from '../../../values/json';
import { StoreError } from '../../errors';
import { classify, storeError } from './errors';
import type { CollectionName } from '../schema';

/*
 * The part of wx-server-sdk's database that the adapter uses, by structure, so that nothing here loads the SDK: the
 * runtime passes in the `cloud` it has initialised. Answers are `unknown` on purpose. The SDK's own types promise
 * shapes that a broken answer does not have.
 */

/** What the adapter needs of an initialised `cloud`. */
export interface Cloud {
  database(): Database;
}

/** wx-server-sdk's `DB.Database`, as far as it is used. */
export interface Database {
  readonly command: Command;
  collection(name: string): Collection;
}

/** An operator the SDK makes; opaque. */
export type Operator = object;

/** What a document must be like: its fields, or an operator over such conditions. */
export type Condition = Fields | Operator;

/** wx-server-sdk's `DB.DatabaseCommand`, as far as it is used. */
export interface Command {
  readonly gt: (value: number | string) => Operator;
  readonly gte: (value: number) => Operator;
  readonly lt: (value: number | string) => Operator;
  readonly lte: (value: number) => Operator;
  readonly neq: (value: string | boolean) => Operator;
  readonly in: (values: (string | number | boolean)[]) => Operator;
  readonly or: (...conditions: Condition[]) => Operator;
  readonly and: (...conditions: Condition[]) => Operator;
  /** Replaces a nested object. Without it the SDK merges, field by field. */
  readonly set: (value: unknown) => Operator;
  readonly inc: (by: number) => Operator;
  readonly min: (value: number) => Operator;
  readonly max: (value: number) => Operator;
  readonly push: (values: object[] | { readonly each: object[]; readonly slice: number }) => Operator;
  readonly addToSet: (value: string) => Operator;
}

/** A stored document, or a part of one. */
export type Fields = Readonly<Record<string, unknown>>;

/** wx-server-sdk's `DB.Query`, as far as it is used. */
export interface Query {
  where(condition: Condition): Query;
  orderBy(path: string, direction: 'asc' | 'desc'): Query;
  limit(max: number): Query;
  field(projection: object): Query;
  get(): unknown;
  count(): unknown;
  update(options: { data: Fields }): unknown;
  remove(): unknown;
}

/** wx-server-sdk's `DB.CollectionReference`, as far as it is used. */
export interface Collection extends Query {
  add(options: { data: Fields }): unknown;
}

/** The SDK sends a limit of 100 unless told otherwise, and never more than this. */
export const MOST_PER_QUERY = 1000;

/**
 * Adds a document and resolves when the database has said that it stored exactly this `_id`. Rejects with the SDK's
 * own error, for the caller to classify, or with `StoreError` `unavailable` when the answer does not name the
 * document. 1 request.
 */
export async function insert(db: Database, name: CollectionName, data: Fields): Promise<void> {
  const answer: unknown = await db.collection(name).add({ data });
  if (!isRecord(answer) || answer['_id'] !== data['_id']) throw unusable(name);
}

/** Stores a document unless its `_id` is taken. Answers whether it was not. Rejects with `StoreError`. 1 request. */
export async function insertOnce(db: Database, name: CollectionName, document: Fields): Promise<boolean> {
  try {
    await insert(db, name, document);
    return true;
  } catch (error) {
    if (classify(error) === 'duplicate') return false;
    throw storeError(error, name);
  }
}

/** The documents of a query (or the fields it asks for), as they come: unknown. Rejects with `StoreError`. 1 request. */
export async function select(name: CollectionName, query: Query): Promise<readonly Fields[]> {
  const answer = await answerOf(name, () => query.get());
  const list = isRecord(answer) ? answer['data'] : undefined;
  if (!Array.isArray(list)) throw unusable(name);
  return list.filter(isRecord);
}

/**
 * The first documents of a sorted query, `limit` at most, and the limit that was possible: a result of more than 1 MB is refused, and
 * asking for the same again meets the same, so that half as much is asked for until it fits. Rejects with `StoreError`, `too_large` for
 * a single document that does not fit. 1 request, and 1 for each time the limit is halved.
 */
export async function selectAtMost(
  name: CollectionName,
  query: Query,
  limit: number,
): Promise<{ readonly found: readonly Fields[]; readonly limit: number }> {
  for (let most = limit; ; most = Math.floor(most / 2)) {
    try {
      return { found: await select(name, query.limit(most)), limit: most };
    } catch (error) {
      if (!isTooLarge(error) || most <= 1) throw error;
    }
  }
}

/**
 * The documents with these ids, in no order; `queryOf` makes the query for some of them. What is too large for one result is read in
 * halves. Rejects as `selectAtMost` does. 1 request, more where results are too large.
 */
export async function selectNamed<Id>(
  name: CollectionName,
  ids: readonly Id[],
  queryOf: (ids: Id[]) => Query,
): Promise<readonly Fields[]> {
  try {
    return await select(name, queryOf([...ids]).limit(MOST_PER_QUERY));
  } catch (error) {
    if (!isTooLarge(error) || ids.length <= 1) throw error;
    const middle = Math.ceil(ids.length / 2);
    const first = await selectNamed(name, ids.slice(0, middle), queryOf);
    return [...first, ...(await selectNamed(name, ids.slice(middle), queryOf))];
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'too_large';
}

/**
 * Updates every document of a query alike, and says how many were changed. Rejects with `StoreError`. 1 request.
 *
 * An update whose number is looked at must change what its condition looks at or count something up, so that "matched" and
 * "changed" are the same: it is not known which of the two the real database answers.
 */
export async function modify(name: CollectionName, query: Query, data: Fields): Promise<number> {
  const answer = await answerOf(name, () => query.update({ data }));
  const stats = isRecord(answer) ? answer['stats'] : undefined;
  return countIn(name, isRecord(stats) ? stats['updated'] : undefined);
}

/** Removes every document of a query, and says how many those were. Rejects with `StoreError`. 1 request. */
export async function removeAll(name: CollectionName, query: Query): Promise<number> {
  const answer = await answerOf(name, () => query.remove());
  const stats = isRecord(answer) ? answer['stats'] : undefined;
  return countIn(name, isRecord(stats) ? stats['removed'] : undefined);
}

/** How many documents a query has. Rejects with `StoreError`. 1 request. */
export async function total(name: CollectionName, query: Query): Promise<number> {
  const answer = await answerOf(name, () => query.count());
  return countIn(name, isRecord(answer) ? answer['total'] : undefined);
}

async function answerOf(name: CollectionName, ask: () => unknown): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    throw storeError(error, name);
  }
}

function countIn(name: CollectionName, count: unknown): number {
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) throw unusable(name);
  return count;
}

function unusable(name: CollectionName): StoreError {
  return new StoreError(
    'unavailable',
    `CloudBase answered a request on ${name} in a shape that proves nothing; the effect is unknown, try again.`,
  );
}
