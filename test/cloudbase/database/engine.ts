import { setImmediate } from 'node:timers/promises';
import { CloudBaseError, requestFailed } from '../errors';
import type { PlatformLimits } from '../limits';
import type { Timer } from '../timer';
import { aggregate, type Stage } from './aggregate';
import type { DatabaseBehaviour, Modification, ModificationResult } from './behaviour';
import {
  checkDocument,
  duplicateKey,
  indexKey,
  newCollection,
  put,
  type Collection,
  type UniqueIndexFields,
} from './collections';
import { keyOf, newId, sameValue, type Document } from './documents';
import { newPast } from './past';
import { compileQuery, isNamed, readFrom, type CompiledQuery } from './query';
import { select, type Selection } from './selection';
import { documentLock, indexLock, newTransactions, type Transaction } from './transactions';
import { applyUpdate } from './update';

/**
 * The documents of one environment, in memory, with MongoDB's semantics. Each write checks its
 * condition and makes its change in one synchronous step per document, so two concurrent
 * conditional updates cannot both win. Only waiting for a transaction's lock makes a write
 * asynchronous.
 */
export type Database = ReturnType<typeof newDatabase>;

/** Makes an empty database, whose reads and updates go by the limits as they are at that time. */
export function newDatabase(
  behaviour: DatabaseBehaviour,
  timer: Timer,
  limits: PlatformLimits = {},
  clock: { now(): number } = { now: Date.now },
) {
  const collections = new Map<string, Collection>();
  const transactions = newTransactions(timer);
  const past = newPast(clock);
  const listeners = new Set<(collection: string, key: string, document: Document | null) => void>();
  let goesBackwards = false;
  let writes = 0;

  function collectionNamed(name: string): Collection {
    const collection = collections.get(name);
    if (collection) return collection;
    throw new CloudBaseError(
      'DATABASE_COLLECTION_NOT_EXIST',
      `[ResourceNotFound] Db or Table not exist: ${name}. Please check your request, but if the problem cannot be solved, contact us.`,
    );
  }

  function transactionOf(id: string | undefined): Transaction | undefined {
    return id === undefined ? undefined : transactions.get(id);
  }

  function documentFor(collection: Collection, key: string, transaction?: Transaction): Document | undefined {
    if (!transaction) return collection.documents.get(key);
    const lock = documentLock(collection, key);
    const written = transaction.writes.get(lock);
    if (written) return written.document ?? undefined;
    const before = transaction.before.get(lock);
    return before === undefined ? collection.documents.get(key) : (before ?? undefined);
  }

  function keysIn(collection: Collection, transaction?: Transaction): Iterable<string> {
    if (!transaction) return collection.documents.keys();
    const keys = new Set(collection.documents.keys());
    const prefix = documentLock(collection, '');
    for (const lock of [...transaction.before.keys(), ...transaction.writes.keys()]) {
      if (lock.startsWith(prefix)) keys.add(lock.slice(prefix.length));
    }
    return keys;
  }

  function* matching(
    collection: Collection,
    query: CompiledQuery,
    transaction?: Transaction,
  ): Generator<readonly [key: string, document: Document]> {
    // By _id MongoDB reads its index, so the answer is sorted by _id whatever order was requested.
    const keys = query.ids ? query.ids.map(keyOf).sort() : keysIn(collection, transaction);
    for (const key of keys) {
      const document = documentFor(collection, key, transaction);
      if (document && query.test(document)) yield [key, document];
    }
  }

  /** The documents that a read outside of transactions finds, perhaps as they were. */
  function found(collection: Collection, condition: Document): readonly Document[] {
    const query = compileQuery(condition);
    const { readLagMs = 0 } = limits;
    const documents = readLagMs > 0 ? past.asOf(collection, readLagMs) : collection.documents;
    const seen = readFrom(documents, query);
    if (documents === collection.documents || behaviour.hasMattered) return seen;
    const now = readFrom(collection.documents, query);
    behaviour.hasMattered = now.length !== seen.length || now.some((one, n) => one !== seen[n]);
    return seen;
  }

  function targets(modification: Modification, transaction?: Transaction) {
    const collection = collectionNamed(modification.collection);
    const matches = matching(collection, compileQuery(modification.query), transaction);
    if (modification.multi) return [...matches];
    const first = matches.next();
    return first.done === true ? [] : [first.value];
  }

  /**
   * Every lock a change from `previous` to `next` needs: the document and each unique index value.
   */
  function locksFor(
    collection: Collection,
    key: string,
    previous: Document | undefined,
    next: Document | null,
  ): string[] {
    const locks = [documentLock(collection, key)];
    for (const index of collection.uniqueIndexes) {
      for (const document of [previous, next]) {
        if (document) locks.push(indexLock(collection, index.name, indexKey(index, document)));
      }
    }
    return locks;
  }

  function checkUnique(
    collection: Collection,
    key: string,
    next: Document | null,
    transaction?: Transaction,
  ): void {
    if (!next) return;
    for (const index of collection.uniqueIndexes) {
      const value = indexKey(index, next);
      const taken = [index.holders.get(value), ...writtenBy(collection, transaction)].some((other) => {
        if (other === undefined || other === key) return false;
        const document = documentFor(collection, other, transaction);
        return document !== undefined && indexKey(index, document) === value;
      });
      if (taken) throw duplicateKey(behaviour.duplicates, collection.name, index.name, value);
    }
  }

  function writtenBy(collection: Collection, transaction: Transaction | undefined): string[] {
    if (!transaction) return [];
    return [...transaction.writes.values()]
      .filter((written) => written.collection === collection)
      .map(({ key }) => key);
  }

  function commitWrite(collection: Collection, key: string, next: Document | null): void {
    writes += 1;
    const previous = collection.documents.get(key) ?? null;
    transactions.remember(documentLock(collection, key), previous);
    if ((limits.readLagMs ?? 0) > 0) past.remember(collection, key, previous);
    put(collection, key, next);
    for (const listener of listeners) listener(collection.name, key, next);
  }

  /**
   * Writes one document, in the transaction or directly. Throws when a unique index or the size
   * forbids it.
   */
  function writeDocument(
    collection: Collection,
    key: string,
    next: Document | null,
    transaction?: Transaction,
  ): void {
    if (next) checkDocument(next, limits);
    const previous = documentFor(collection, key, transaction);
    if (transaction) {
      transactions.lock(transaction, locksFor(collection, key, previous, next));
      checkUnique(collection, key, next, transaction);
      transaction.writes.set(documentLock(collection, key), { collection, key, document: next });
    } else {
      checkUnique(collection, key, next);
      commitWrite(collection, key, next);
    }
  }

  /**
   * Runs `write` when no transaction holds a lock it needs. `plan` runs again after every wait,
   * because the situation may have changed.
   */
  async function whenFree<Plan>(
    transaction: Transaction | undefined,
    plan: () => Plan,
    locks: (planned: Plan) => readonly string[],
    write: (planned: Plan) => ModificationResult,
  ): Promise<ModificationResult> {
    for (;;) {
      const planned = plan();
      const blocker = transaction ? undefined : transactions.holder(locks(planned));
      if (!blocker) return write(planned);
      await blocker.ended;
    }
  }

  function nextDocument(modification: Modification, previous: Document): Document {
    if (!modification.replace) return applyUpdate(previous, modification.change);
    return { _id: previous['_id'], ...modification.change };
  }

  /**
   * What a modification writes: each changed match, or for an upsert without a match the new
   * document.
   */
  function plannedWrites(modification: Modification, transaction?: Transaction) {
    const changed: (readonly [key: string, previous: Document | undefined])[] = targets(
      modification,
      transaction,
    );
    const id = modification.query['_id'];
    if (changed.length === 0 && modification.upsert) changed.push([keyOf(id), undefined]);
    const collection = collectionNamed(modification.collection);
    return changed.map(([key, previous]) => {
      const next = nextDocument(modification, previous ?? { _id: id });
      return { key, previous, next, locks: locksFor(collection, key, previous, next) };
    });
  }

  async function modifyAtOnce(modification: Modification): Promise<ModificationResult> {
    const transaction = transactionOf(modification.transactionId);
    const collection = collectionNamed(modification.collection);
    if (modification.upsert && !(modification.replace && isNamed(modification.query['_id']))) {
      throw requestFailed('the loopback database upserts whole documents by _id only, as doc().set() does');
    }
    return whenFree(
      transaction,
      () => plannedWrites(modification, transaction),
      (planned) => planned.flatMap(({ locks }) => locks),
      (planned) => {
        for (const { key, next } of planned) writeDocument(collection, key, next, transaction);
        const last = planned.at(-1);
        if (!last) return { updated: 0 };
        if (!last.previous) return { updated: 0, upsertedId: last.next['_id'], document: last.next };
        const changed = planned.filter(({ previous, next }) => !sameValue(previous, next)).length;
        if (changed < planned.length) behaviour.hasMattered = true;
        const updated = behaviour.updatedCounts === 'matched' ? planned.length : changed;
        return { updated, document: last.next };
      },
    );
  }

  /** Others may come in between two documents, and each is met as it is by then. */
  async function modifyOneByOne(modification: Modification): Promise<ModificationResult> {
    const { query } = modification;
    const keys = targets(modification).map(([, { _id }]) => _id);
    if (keys.length < 2) return modifyAtOnce(modification);
    goesBackwards = !goesBackwards;
    let updated = 0;
    for (const _id of goesBackwards ? keys.reverse() : keys) {
      const before = writes;
      await setImmediate();
      if (writes !== before) behaviour.hasMattered = true;
      const one = { ...modification, multi: false, query: { $and: [{ _id }, query] } };
      updated += (await modifyAtOnce(one)).updated;
    }
    return { updated };
  }

  return {
    behaviour,

    /**
     * The documents of a collection in insertion order, for tests. Throws for an unknown
     * collection.
     */
    documents: (name: string): readonly Document[] => [...collectionNamed(name).documents.values()],

    /** Calls the listener after each write with the document as it is now; null: it is gone. */
    onWrite(listener: (collection: string, key: string, document: Document | null) => void): void {
      listeners.add(listener);
    },

    /** Makes a collection. Throws when it exists. */
    createCollection(
      name: string,
      options: { readonly uniqueIndexes?: readonly UniqueIndexFields[] } = {},
    ): void {
      if (collections.has(name)) {
        throw new CloudBaseError(
          'DATABASE_COLLECTION_ALREADY_EXIST',
          `[ResourceUnavailable.ResourceExist] Table exist. Please check your request: ${name}`,
        );
      }
      collections.set(name, newCollection(name, options.uniqueIndexes ?? []));
    },

    /** Matching documents, ordered, cut and projected. */
    find(
      name: string,
      condition: Document,
      selection: Selection,
      transactionId?: string,
    ): readonly Document[] {
      const transaction = transactionOf(transactionId);
      const collection = collectionNamed(name);
      if (transaction === undefined) return select(found(collection, condition), selection);
      const matches = [...matching(collection, compileQuery(condition), transaction)];
      return select(
        matches.map(([, document]) => document),
        selection,
      );
    },

    /** How many documents match. */
    count: (name: string, condition: Document): number => found(collectionNamed(name), condition).length,

    /** Lets every read from now on see what was written until now, however far reads lag behind. */
    catchUp: (): void => {
      past.catchUp();
    },

    /** The result of a pipeline. */
    aggregate: (name: string, stages: readonly Stage[]): readonly Document[] =>
      aggregate(collectionNamed(name).documents.values(), stages),

    /**
     * Inserts documents in order and returns their `_id`s. The first failure ends it with an error;
     * earlier ones stay, like in MongoDB's ordered insert.
     */
    async insert(
      name: string,
      documents: readonly Document[],
      transactionId?: string,
    ): Promise<readonly unknown[]> {
      const transaction = transactionOf(transactionId);
      const collection = collectionNamed(name);
      const ids: unknown[] = [];
      for (const document of documents) {
        const id = document['_id'] ?? newId();
        const key = keyOf(id);
        const next = { ...document, _id: id };
        await whenFree(
          transaction,
          () => locksFor(collection, key, undefined, next),
          (locks) => locks,
          () => {
            if (documentFor(collection, key, transaction)) {
              behaviour.hasMattered = true;
              throw duplicateKey(behaviour.duplicates, name, '_id_', JSON.stringify(id));
            }
            writeDocument(collection, key, next, transaction);
            return { updated: 0 };
          },
        );
        ids.push(id);
      }
      return ids;
    },

    /** Changes matching documents. */
    async modify(modification: Modification): Promise<ModificationResult> {
      if (limits.interleaves === true && modification.multi && modification.transactionId === undefined) {
        return modifyOneByOne(modification);
      }
      return modifyAtOnce(modification);
    },

    /** Removes matching documents and says how many. */
    async remove(name: string, query: Document, multi: boolean, transactionId?: string): Promise<number> {
      const transaction = transactionOf(transactionId);
      const collection = collectionNamed(name);
      const modification = { collection: name, query, multi, change: {}, replace: true, upsert: false };
      const { updated } = await whenFree(
        transaction,
        () => targets(modification, transaction),
        (planned) => planned.flatMap(([key, previous]) => locksFor(collection, key, previous, null)),
        (planned) => {
          for (const [key] of planned) writeDocument(collection, key, null, transaction);
          return { updated: planned.length };
        },
      );
      return updated;
    },

    /** Opens a transaction and returns its id. */
    startTransaction: (): string => transactions.start().id,

    /** Applies a transaction's writes in one step. Throws when it does not exist any more. */
    commitTransaction(id: string): void {
      const transaction = transactions.get(id);
      transactions.end(transaction);
      for (const { collection, key, document } of transaction.writes.values()) {
        commitWrite(collection, key, document);
      }
    },

    /** Drops a transaction's writes. Throws when it does not exist any more. */
    abortTransaction(id: string): void {
      transactions.end(transactions.get(id));
    },
  };
}
