import type { InboxKey, Redelivered } from '../../../model/message';
import { StoreError } from '../../errors';
import type { Inbox } from '../../port';
import type { Database } from '../base/database';
import { modify, select } from '../base/database';
import { readEach, type Report } from '../base/documents';
import { inParallel } from '../base/in-parallel';
import type { CollectionName } from '../schema';
import { readRedelivered } from './message-document';

const INBOX: CollectionName = 'wxpay_inbox';

/**
 * `Inbox.redelivered`. 1 request, 2 when some are unreadable.
 *
 * Failure policy: fail open. When the unreadable ones cannot be postponed, the others are still
 * answered.
 */
export async function redelivered(
  db: Database,
  report: Report,
  limit: number,
): Promise<readonly Redelivered[]> {
  const query = db
    .collection(INBOX)
    .where({ redelivered: true })
    .orderBy('postponed', 'asc')
    .orderBy('receivedAt', 'asc')
    .limit(limit);
  const unreadable: string[] = [];
  const found = (await select(INBOX, query)).flatMap((document) =>
    readEach([document], readRedelivered, (problem) => {
      report(problem);
      const name = document['_id'];
      if (typeof name === 'string') unreadable.push(name);
    }),
  );
  try {
    await postponeRedelivered(db, unreadable);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    report(error);
  }
  return found;
}

/** `Inbox.postponeRedelivered`. 1 request, 0 for no keys. */
export async function postponeRedelivered(db: Database, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const { in: oneOf, inc } = db.command;
  await modify(INBOX, db.collection(INBOX).where({ _id: oneOf([...keys]), redelivered: true }), {
    postponed: inc(1),
  });
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
      postponed: 0,
      told: set([]),
    }),
  );
}
