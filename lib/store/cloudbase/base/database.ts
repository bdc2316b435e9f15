import { isRecord } from '../../../values/json';
import { isFen } from '../../../values/fen';
import { StoreError } from '../../errors';
import type { MoneySum } from '../../../model/operators/today';
import { storeError } from './errors';
import type { CollectionName } from '../schema';

/*
 * The part of wx-server-sdk's database that the adapter uses, as structural types, so that nothing
 * here loads the SDK: the runtime passes in the `cloud` it has initialised. Answers are `unknown`
 * on purpose, because the SDK's own types promise shapes that a broken answer does not have.
 */

/** What the adapter needs of an initialised `cloud`. */
export interface Cloud {
  database(): Database;
}

/** wx-server-sdk's `DB.Database`, the part in use. */
export interface Database {
  readonly command: Command;
  collection(name: string): Collection;
}

/** An operator created by the SDK; opaque. */
export type CommandOperator = object;

/** The condition on a document: field values, or an operator over such conditions. */
export type Condition = Fields | CommandOperator;

/** wx-server-sdk's `DB.DatabaseCommand`, the part in use. */
export interface Command {
  readonly gt: (value: number | string) => CommandOperator;
  readonly gte: (value: number | string) => CommandOperator;
  readonly lt: (value: number | string) => CommandOperator;
  readonly lte: (value: number) => CommandOperator;
  readonly neq: (value: string | boolean) => CommandOperator;
  readonly in: (values: (string | number | boolean)[]) => CommandOperator;
  /** Also true of a document without the field. */
  readonly nin: (values: string[]) => CommandOperator;
  readonly or: (...conditions: Condition[]) => CommandOperator;
  readonly and: (...conditions: Condition[]) => CommandOperator;
  /** Replaces a nested object. Without it the SDK merges field by field. */
  readonly set: (value: unknown) => CommandOperator;
  readonly inc: (by: number) => CommandOperator;
  readonly min: (value: number) => CommandOperator;
  readonly max: (value: number) => CommandOperator;
  readonly push: (
    values: object[] | { readonly each: (object | string)[]; readonly slice: number },
  ) => CommandOperator;
  readonly addToSet: (value: string) => CommandOperator;
  /** The operators of aggregations. */
  readonly aggregate: { readonly sum: (value: string | number) => CommandOperator };
}

/** A stored document, or a part of one. */
export type Fields = Readonly<Record<string, unknown>>;

/** wx-server-sdk's `DB.Query`, the part in use. */
export interface Query {
  where(condition: Condition): Query;
  orderBy(path: string, direction: 'asc' | 'desc'): Query;
  skip(count: number): Query;
  limit(max: number): Query;
  field(projection: object): Query;
  get(): unknown;
  count(): unknown;
  update(options: { data: Fields }): unknown;
  remove(): unknown;
}

/** wx-server-sdk's `DB.Aggregate`, the part in use. */
export interface Aggregate {
  match(condition: Condition): Aggregate;
  group(groups: object): Aggregate;
  end(): unknown;
}

/** wx-server-sdk's `DB.CollectionReference`, the part in use. */
export interface Collection extends Query {
  aggregate(): Aggregate;
  add(options: { data: Fields | Fields[] }): unknown;
}

/** The SDK's default limit is 100; this is its maximum. */
export const MOST_PER_QUERY = 1000;

/**
 * Adds a document and resolves once the database confirms that it stored exactly this `_id`.
 * Rejects with the SDK's own error, for the caller to classify, or with `StoreError` `unavailable`
 * when the answer does not name the document. 1 request.
 */
export async function insert(db: Database, name: CollectionName, data: Fields): Promise<void> {
  const answer: unknown = await db.collection(name).add({ data });
  if (!isRecord(answer) || answer['_id'] !== data['_id']) throw unusable(name);
}

/**
 * Adds several documents and resolves once the database confirms that it stored exactly these.
 * Rejects with a `StoreError`: any number of them may then be stored. 1 request.
 */
export async function insertAll(
  db: Database,
  name: CollectionName,
  documents: readonly (Fields & { readonly _id: string })[],
): Promise<void> {
  const answer = await answerOf(name, () => db.collection(name).add({ data: [...documents] }));
  const ids = isRecord(answer) ? answer['_ids'] : undefined;
  const stored = new Set<unknown>(Array.isArray(ids) ? ids : []);
  if (stored.size !== documents.length || !documents.every(({ _id }) => stored.has(_id)))
    throw unusable(name);
}

/**
 * The documents of a query, or the fields it selects, unvalidated. Rejects with `StoreError`. 1
 * request.
 */
export async function select(name: CollectionName, query: Query): Promise<readonly Fields[]> {
  const answer = await answerOf(name, () => query.get());
  const list = isRecord(answer) ? answer['data'] : undefined;
  if (!Array.isArray(list)) throw unusable(name);
  return list.filter(isRecord);
}

/**
 * The first documents of a sorted query, and the limit that worked. The database refuses a result
 * over 1 MB, and a repeat would meet the same refusal, so the limit is halved until the result
 * fits. Rejects with `StoreError`, `too_large` for a single document that does not fit. 1 request,
 * and 1 per halving.
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
 * The documents with these ids, in no particular order; `queryOf` makes the query for a subset. A
 * result that is too large is read in halves. Rejects like `selectAtMost`. 1 request, more when
 * results are too large.
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
 * Updates every document of a query in the same way and returns how many changed. Rejects with
 * `StoreError`. 1 request.
 *
 * When the caller uses that number, the update must change a field of its condition or increment
 * one, so that "matched" and "changed" are equal: which of the two the real database returns is
 * unknown.
 */
export async function modify(name: CollectionName, query: Query, data: Fields): Promise<number> {
  const answer = await answerOf(name, () => query.update({ data }));
  const stats = isRecord(answer) ? answer['stats'] : undefined;
  return countIn(name, isRecord(stats) ? stats['updated'] : undefined);
}

/** Removes every document of a query and returns how many. Rejects with `StoreError`. 1 request. */
export async function removeAll(name: CollectionName, query: Query): Promise<number> {
  const answer = await answerOf(name, () => query.remove());
  const stats = isRecord(answer) ? answer['stats'] : undefined;
  return countIn(name, isRecord(stats) ? stats['removed'] : undefined);
}

/** How many documents match a query. Rejects with `StoreError`. 1 request. */
export async function total(name: CollectionName, query: Query): Promise<number> {
  const answer = await answerOf(name, () => query.count());
  return countIn(name, isRecord(answer) ? answer['total'] : undefined);
}

/**
 * Counts documents and adds up a field of theirs, in groups by the value of another field, or in
 * one group. Rejects with `StoreError`. 1 request.
 */
export async function sums(
  db: Database,
  name: CollectionName,
  condition: Condition,
  { adding, by }: { readonly adding: string; readonly by: string | null },
): Promise<ReadonlyMap<unknown, MoneySum>> {
  const { sum } = db.command.aggregate;
  const groups = { _id: by === null ? null : `$${by}`, count: sum(1), total: sum(`$${adding}`) };
  const answer = await answerOf(name, () =>
    db.collection(name).aggregate().match(condition).group(groups).end(),
  );
  const list = isRecord(answer) ? answer['list'] : undefined;
  if (!Array.isArray(list)) throw unusable(name);
  return new Map(
    list.map((group: unknown) => {
      const { _id, count, total: added } = isRecord(group) ? group : {};
      if (!isFen(added)) throw unusable(name);
      return [_id, { count: countIn(name, count), total: added }];
    }),
  );
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
