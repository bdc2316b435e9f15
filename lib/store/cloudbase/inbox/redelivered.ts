import type { InboxKey, Redelivered } from '../../../model/message';
import type { Inbox } from '../../port';
import type { Database } from '../base/database';
import { modify, select } from '../base/database';
import { readEach, type Report } from '../base/documents';
import { inParallel } from '../base/in-parallel';
import type { CollectionName } from '../schema';
import { readRedelivered } from './message-document';

const INBOX: CollectionName = 'wxpay_inbox';

/** `Inbox.redelivered`. 1 request. */
export async function redelivered(
  db: Database,
  report: Report,
  limit: number,
): Promise<readonly Redelivered[]> {
  const query = db.collection(INBOX).where({ redelivered: true }).orderBy('receivedAt', 'asc').limit(limit);
  return readEach(await select(INBOX, query), readRedelivered, report);
}

/** `Inbox.settleRedelivered`. 1 request per distinct count; most were delivered twice. */
export async function settleRedelivered(
  db: Database,
  seen: Parameters<Inbox['settleRedelivered']>[0],
): Promise<void> {
  const { in: oneOf, set } = db.command;
  const byCount = new Map<number, InboxKey[]>();
  for (const { key, deliveries } of seen) {
    byCount.set(deliveries, [...(byCount.get(deliveries) ?? []), key]);
  }
  await inParallel([...byCount], ([deliveries, keys]) =>
    modify(INBOX, db.collection(INBOX).where({ _id: oneOf(keys), deliveries }), {
      redelivered: false,
      told: set([]),
    }),
  );
}
