import { z } from 'zod';
import { latestFreeAt, spanFrom } from '../../rules/pace';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { Paces } from '../ports/paces-port';
import { modify, select, type Database, type Fields } from './base/database';
import { instantField, readDocument } from './base/documents';
import { insertOnce } from './base/proofs';
import type { CollectionName } from './schema';

/** Stored beside the alarms, so that no installation needs a collection for one document. */
const COLLECTION: CollectionName = 'wxpay_alarms';

/** Each round another caller was first. */
const ROUNDS = 5;

const pace = z.object({ freeAt: instantField });

/**
 * Rates shared between instances, on CloudBase: one document each. Taking a span is a conditional
 * write that succeeds only where no other span reaches into it; a read only says where to try.
 * While reads are behind, each try leaves a gap that doubles: slots are lost, and none is given
 * twice.
 */
export function pacesOn(db: Database): Paces {
  const { and, gt, lte, or } = db.command;
  return {
    async take(name, request) {
      const _id = `pace:${name}`;
      let lost: { readonly at: Instant; readonly next: Instant } | null = null;
      for (let round = 0; round < ROUNDS; round += 1) {
        const [found] = await select(COLLECTION, db.collection(COLLECTION).where({ _id }));
        const read = found === undefined ? null : freeAtOf(found);
        const known = lost !== null && (read === null || read <= lost.at) ? lost.next : read;
        const from = spanFrom(known, request);
        if (from === null) return null;
        const freeAt = later(from, request.spanMs);
        const isFree = and({ _id }, or({ freeAt: lte(from) }, { freeAt: gt(latestFreeAt(request)) }));
        const isTaken =
          read === null && lost === null
            ? await insertOnce(db, COLLECTION, { _id, kind: 'pace', freeAt })
            : (await modify(COLLECTION, db.collection(COLLECTION).where(isFree), { freeAt })) === 1;
        if (isTaken) return from;
        lost = { at: from, next: later(from, request.spanMs * 2 ** round) };
      }
      return null;
    },
  };
}

function freeAtOf(document: Fields): Instant {
  return readDocument(pace, COLLECTION, document).freeAt;
}
