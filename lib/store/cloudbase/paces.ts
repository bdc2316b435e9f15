import { z } from 'zod';
import { spanFrom } from '../../rules/pace';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { Paces } from '../paces-port';
import { insertOnce, modify, select, type Database, type Fields } from './base/database';
import { instantField, readDocument } from './base/documents';
import type { CollectionName } from './schema';

/** Stored beside the alarms, so that no installation needs a collection for one document. */
const COLLECTION: CollectionName = 'wxpay_alarms';

/** Each round another caller was first. */
const ROUNDS = 5;

const pace = z.object({ freeAt: instantField });

/**
 * Rates shared between instances, on CloudBase: one document each; taking a span is a conditional
 * write.
 */
export function pacesOn(db: Database): Paces {
  return {
    async take(name, request) {
      const _id = `pace:${name}`;
      for (let round = 0; round < ROUNDS; round += 1) {
        const [found] = await select(COLLECTION, db.collection(COLLECTION).where({ _id }));
        const freeAt = found === undefined ? null : freeAtOf(found);
        const from = spanFrom(freeAt, request);
        if (from === null) return null;
        const until = later(from, request.spanMs);
        const taken =
          freeAt === null
            ? await insertOnce(db, COLLECTION, { _id, kind: 'pace', freeAt: until })
            : (await modify(COLLECTION, db.collection(COLLECTION).where({ _id, freeAt }), {
                freeAt: until,
              })) === 1;
        if (taken) return from;
      }
      return null;
    },
  };
}

function freeAtOf(document: Fields): Instant {
  return readDocument(pace, COLLECTION, document).freeAt;
}
