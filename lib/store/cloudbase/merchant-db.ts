import { isRecord } from '../../values/json';
import { StoreError } from '../errors';
import type { MerchantDb, MerchantFields } from '../merchant-db';
import { merchantDbOn } from '../merchant-db';
import type { Cloud, Query } from './base/database';
import { classify, storeError } from './base/errors';

/** The merchant's look-ups in the environment's database. 1 request for each look-up. */
export function cloudBaseMerchantDb(cloud: Cloud): MerchantDb {
  const db = cloud.database();
  return merchantDbOn({
    named: (collection, ids) =>
      documentsOf(
        collection,
        db
          .collection(collection)
          .where({ _id: db.command.in([...ids]) })
          .limit(ids.length),
      ),
    matching: (collection, where, limit) =>
      documentsOf(collection, db.collection(collection).where(where).orderBy('_id', 'asc').limit(limit)),
  });
}

async function documentsOf(collection: string, query: Query): Promise<readonly MerchantFields[]> {
  const answer = await answerOf(collection, query);
  const documents = isRecord(answer) ? answer['data'] : undefined;
  if (!Array.isArray(documents)) {
    throw new StoreError('unavailable', `CloudBase gave no usable answer about ${collection}; try again.`);
  }
  return documents.filter(isRecord);
}

async function answerOf(collection: string, query: Query): Promise<unknown> {
  try {
    return await query.get();
  } catch (error) {
    if (classify(error) !== 'missing_collection') throw storeError(error, collection);
    throw new StoreError(
      'misconfigured',
      `The collection ${collection}, which merchant/ reads, does not exist: create it under Database in the cloud console.`,
    );
  }
}
