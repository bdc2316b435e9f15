import type { Collection } from './collections';
import type { Document } from './documents';
import type { Documents } from './query';

/** What documents were before their last writes, for reads that lag behind. */
export interface Past {
  /** A document is about to change; null: it does not exist yet. */
  remember(collection: Collection, key: string, previous: Document | null): void;
  /** Lets reads see everything written so far. */
  catchUp(): void;
  /** The documents of a collection as a read finds them that lags this far behind, in ms. */
  asOf(collection: Collection, lagMs: number): Documents;
}

interface Earlier {
  /** When it was overwritten. */
  readonly at: number;
  readonly document: Document | null;
}

/** Remembers what is overwritten from now on. */
export function newPast(clock: { now(): number }): Past {
  const overwritten = new Map<Collection, Map<string, readonly Earlier[]>>();

  return {
    remember(collection, key, document) {
      const of = overwritten.get(collection) ?? new Map<string, readonly Earlier[]>();
      overwritten.set(collection, of);
      of.set(key, [...(of.get(key) ?? []), { at: clock.now(), document }]);
    },
    catchUp: () => overwritten.clear(),
    asOf(collection, lagMs) {
      const of = overwritten.get(collection);
      if (of === undefined) return collection.documents;
      const unseenFrom = clock.now() - lagMs;
      const before = new Map<string, Document | null>();
      for (const [key, earlier] of of) {
        const unseen = earlier.filter(({ at }) => at > unseenFrom);
        const [first] = unseen;
        if (first === undefined) {
          of.delete(key);
          continue;
        }
        if (unseen.length < earlier.length) of.set(key, unseen);
        before.set(key, first.document);
      }
      if (of.size === 0) overwritten.delete(collection);
      return before.size === 0 ? collection.documents : asBefore(collection.documents, before);
    },
  };
}

/** The documents without the writes since `before`; what was removed since comes last. */
function asBefore(
  documents: ReadonlyMap<string, Document>,
  before: ReadonlyMap<string, Document | null>,
): Documents {
  return {
    get(key) {
      const document = before.get(key);
      return document === undefined ? documents.get(key) : (document ?? undefined);
    },
    *keys() {
      for (const key of documents.keys()) if (before.get(key) !== null) yield key;
      for (const [key, document] of before) if (document !== null && !documents.has(key)) yield key;
    },
  };
}
