import type { Collection } from './collections';
import type { Document } from './documents';

/** What documents were before their last writes, for reads that lag behind. */
export interface Past {
  /** A document is about to change; null: it does not exist yet. */
  remember(collection: Collection, key: string, previous: Document | null): void;
  /** Lets reads see everything written so far. */
  catchUp(): void;
  /** The documents of a collection as a read finds them that lags this far behind, in ms. */
  asOf(collection: Collection, lagMs: number): ReadonlyMap<string, Document>;
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
      const seen = new Map(collection.documents);
      for (const [key, earlier] of of) {
        const unseen = earlier.filter(({ at }) => at > clock.now() - lagMs);
        const [first] = unseen;
        if (first === undefined) {
          of.delete(key);
          continue;
        }
        of.set(key, unseen);
        if (first.document === null) seen.delete(key);
        else seen.set(key, first.document);
      }
      if (of.size === 0) overwritten.delete(collection);
      return seen;
    },
  };
}
