import { z } from 'zod';
import type { ForgettingState, SharedEntry } from '../../runtime/shared-state';
import { sharedValueText } from '../value-limit';
import { isJson, parseJson } from '../../values/json';
import { modify, removeAll, select, type Database, type Fields } from './base/database';
import { readDocument } from './base/documents';
import { insertOnce } from './base/proofs';
import type { CollectionName } from './schema';

/** Stored beside the alarms, so that no installation needs a collection for a few documents. */
const COLLECTION: CollectionName = 'wxpay_alarms';

/** The value is a text: as fields, the database would merge an update into what was there. */
const stored = z.object({ version: z.int(), value: z.string() });

/** The `_id` of a shared value. */
export function sharedId(key: string): string {
  return `shared:${key}`;
}

/** Reads a shared value; null for one that is no JSON. Throws `StoreError` `invalid`. */
export function readShared(document: Fields): SharedEntry | null {
  const { version, value } = readDocument(stored, COLLECTION, document);
  const parsed = parseJson(value);
  return isJson(parsed) ? { version, value: parsed } : null;
}

/**
 * Values shared between instances, on CloudBase: one document each, replaced by conditional writes.
 */
export function sharedStateOn(db: Database): ForgettingState {
  const { gt, inc, lt, lte } = db.command;
  return {
    forgetExpired: (before) =>
      removeAll(COLLECTION, db.collection(COLLECTION).where({ kind: 'shared', expiresAt: lt(before) })),
    async read(key, now) {
      const query = db.collection(COLLECTION).where({ _id: sharedId(key), expiresAt: gt(now) });
      const [found] = await select(COLLECTION, query);
      return found === undefined ? null : readShared(found);
    },
    async write({ key, version, value, expiresAt, now }) {
      const _id = sharedId(key);
      const text = sharedValueText(value);
      const replaced = await modify(
        COLLECTION,
        db.collection(COLLECTION).where(version === null ? { _id, expiresAt: lte(now) } : { _id, version }),
        { version: inc(1), value: text, expiresAt },
      );
      if (replaced === 1) return true;
      if (version !== null) return false;
      const fresh = { _id, kind: 'shared', version: 1, value: text, expiresAt };
      return insertOnce(db, COLLECTION, fresh);
    },
  };
}
