import { z } from 'zod';
import { NOTHING_COUNTED } from '../../model/counted-refunds';
import type { DailyRefunds } from '../ports/refund-counts-port';
import { modify, select, type Database } from './base/database';
import { countField, dayField, fenField, outRefundNoField, readDocument } from './base/documents';
import { insertOnce } from './base/proofs';
import type { CollectionName } from './schema';

/** Stored beside the alarms, so that no installation needs a collection for one document. */
const COLLECTION: CollectionName = 'wxpay_alarms';

const ID = 'refund_counts';

const counts = z.object({
  version: countField,
  refunds: z.array(
    z.object({ outRefundNo: outRefundNoField, day: dayField, who: z.string(), amount: fenField }),
  ),
});

/**
 * The counted refunds of operators on CloudBase: one document, only written over its predecessor.
 */
export function refundCountsOn(db: Database): DailyRefunds {
  return {
    async find() {
      const [found] = await select(COLLECTION, db.collection(COLLECTION).where({ _id: ID }));
      return found === undefined ? NOTHING_COUNTED : readDocument(counts, COLLECTION, found);
    },
    async save({ version, refunds }) {
      const fields = { version, refunds: [...refunds] };
      if (version === 1) return insertOnce(db, COLLECTION, { _id: ID, kind: ID, ...fields });
      const before = db.collection(COLLECTION).where({ _id: ID, version: version - 1 });
      return (await modify(COLLECTION, before, fields)) === 1;
    },
  };
}
