import { z } from 'zod';
import type { InboxKey } from '../../../model/message';
import { isInboxKey } from '../../../model/message';
import type { ForgetQuery, Forgotten } from '../../requests';
import { removeAll, type Database, type Fields } from './database';
import { instantField, readDocument, type Report } from './documents';
import { readPage } from './pages';
import type { CollectionName } from '../schema';

const INBOX: CollectionName = 'wxpay_inbox';

const ended = z.object({
  _id: z.custom<InboxKey>(isInboxKey),
  finishedAt: instantField,
  lastDeliveredAt: instantField,
});

const FIELDS = { _id: true, receivedAt: true, finishedAt: true, lastDeliveredAt: true } as const;

const readEnded = (document: Fields) => readDocument(ended, INBOX, document);

/**
 * Deletes messages that ended long ago. Deleting by condition alone takes no limit and would hit
 * the database's own on a full inbox. So the messages are read first and then deleted by id under
 * the same condition, because one may have been replayed or received again meanwhile. A document
 * that does not fit is reported and kept.
 */
export async function forget(
  db: Database,
  report: Report,
  { state, trust, before, after, limit }: ForgetQuery,
): Promise<Forgotten> {
  const page = await readPage(db, report, {
    collection: INBOX,
    having: { state, ...(trust === undefined ? {} : { trust }) },
    span: { from: 0, to: before },
    sortedBy: 'receivedAt',
    direction: 'asc',
    fields: FIELDS,
    after,
    limit,
    read: readEnded,
  });
  const old = page.items
    .filter(({ finishedAt, lastDeliveredAt }) => finishedAt < before && lastDeliveredAt < before)
    .map(({ _id }) => _id);
  if (old.length === 0) return { removed: 0, next: page.next };
  const { in: oneOf, lt } = db.command;
  const still = { _id: oneOf(old), state, finishedAt: lt(before), lastDeliveredAt: lt(before) };
  return { removed: await removeAll(INBOX, db.collection(INBOX).where(still)), next: page.next };
}
