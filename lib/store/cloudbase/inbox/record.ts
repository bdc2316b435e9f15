import { randomUUID } from 'node:crypto';
import type { NamedMerchants, NewMessage } from '../../../model/message';
import { isVouchedFor, merchantOf } from '../../../model/message';
import type { Database, Fields } from '../base/database';
import { insert, modify, total } from '../base/database';
import { classify, mayMeanTaken, storeError } from '../base/errors';
import { notThere, proves } from '../base/proofs';
import type { CollectionName } from '../schema';

const INBOX: CollectionName = 'wxpay_inbox';

/**
 * `Inbox.record` in a file of its own, so that the callback's bundle contains nothing else. 1
 * request for a new message, 2 for a repeat, whatever CloudBase calls a duplicate; more only after
 * a broken connection or an answer that was lost.
 *
 *   add ── stored
 *    ├── refused, or not answered ── there from another delivery? ── count it ── repeat
 *    │                                ├── from this one ── stored
 *    │                                └── not there ── not stored
 *    └── connection was gone ── add again ── as above, this delivery's own first
 *
 * Both looks are writes: a read could miss what was stored just now.
 *
 * A kept-alive socket that the platform closed while the function slept fails the first request on
 * it, and the SDK does not retry. Adding under a fixed `_id` can be repeated, so it is, exactly
 * once: no notification is refused because of a socket.
 *
 * Failure policy: fail closed. It returns 'stored' or 'repeat' only when the database confirms that
 * the document exists. Otherwise it rejects, WeChat Pay gets a non-zero errcode and redelivers.
 */
export async function record(db: Database, message: NewMessage): Promise<'stored' | 'repeat'> {
  const delivery = randomUUID();
  const document = newDocument(message, delivery);
  try {
    await insert(db, INBOX, document);
    return 'stored';
  } catch (error) {
    if (classify(error) !== 'stale_connection') {
      if (!mayMeanTaken(error)) throw storeError(error, INBOX);
      if (await countRepeat(db, message, delivery)) return 'repeat';
      if (await isStoredBy(db, message, delivery)) return 'stored';
      throw notThere(error, INBOX);
    }
  }
  try {
    await insert(db, INBOX, document);
    return 'stored';
  } catch (error) {
    if (!mayMeanTaken(error)) throw storeError(error, INBOX);
    // Our own first attempt may have succeeded after all. Counting it would show a second delivery
    // that never happened.
    if (await isStoredBy(db, message, delivery)) return 'stored';
    if (await countRepeat(db, message, delivery)) return 'repeat';
    throw notThere(error, INBOX);
  }
}

/** `Inbox.countUnverified`, here because the callback calls it. 1 request. */
export function countUnverified(db: Database, naming: NamedMerchants): Promise<number> {
  return total(INBOX, db.collection(INBOX).where({ trust: 'unverified', ...namingFields(db, naming) }));
}

/**
 * The condition that an unverified message names these merchants. Messages of earlier versions lack
 * the field and count as naming none.
 */
export function namingFields({ command }: Database, naming: NamedMerchants): Fields {
  const named = 'oneOf' in naming ? command.in([...naming.oneOf]) : command.nin([...naming.noneOf]);
  return { namedMerchant: named };
}

/** How many redelivered contents a message keeps, the latest ones. */
const MOST_TOLD = 5;

/** An unverified message must not grow its document, because anybody can repeat it. */
function isKeptForLater({ path, trust }: NewMessage): boolean {
  return path === 'callback' && trust === 'platform';
}

/**
 * Counts one more delivery of a message that another delivery stored; false when there is none.
 * That the update found the message proves that it is durable.
 */
async function countRepeat(db: Database, message: NewMessage, delivery: string): Promise<boolean> {
  const { inc, max, addToSet, push, neq } = db.command;
  const { content, raw } = message;
  const stored = db.collection(INBOX).where({ _id: message.key, firstDelivery: neq(delivery) });
  const counted = await modify(INBOX, stored, {
    deliveries: inc(1),
    lastDeliveredAt: max(message.receivedAt),
    confirmedBy: addToSet(message.path),
    ...(message.path === 'callback' ? { calledBack: true } : {}),
    ...(isKeptForLater(message)
      ? { redelivered: true, told: push({ each: [{ content, raw }], slice: -MOST_TOLD }) }
      : {}),
  });
  return counted === 1;
}

/** Whether this delivery stored the message. */
function isStoredBy(db: Database, { key }: NewMessage, delivery: string): Promise<boolean> {
  return proves(db, INBOX, { _id: key, firstDelivery: delivery });
}

/**
 * A message as it is stored. Every later field exists from the start, so that each query can
 * compare it. The lease is two plain fields and not an object: `leaseUntil` (0: none) makes "due
 * and not leased" two ranges of one index. A nested lease that may be null would need an `or`, and
 * an update below null fails.
 *
 * `calledBack` tells an index whether `confirmedBy` has a callback.
 */
function newDocument(message: NewMessage, delivery: string): Fields {
  return {
    _id: message.key,
    content: message.content,
    outTradeNo: message.outTradeNo,
    trust: message.trust,
    namedMerchant: message.trust === 'unverified' ? merchantOf(message.content) : null,
    raw: message.raw,
    envelope: message.envelope ?? null,
    vouchedFor: isVouchedFor(message.trust, message.envelope ?? null),
    receivedAt: message.receivedAt,
    lastDeliveredAt: message.receivedAt,
    deliveries: 1,
    confirmedBy: [message.path],
    calledBack: message.path === 'callback',
    firstDelivery: delivery,
    attempts: 0,
    claims: 0,
    alone: false,
    replays: 0,
    history: [],
    state: 'pending',
    dueAt: message.receivedAt,
    leaseToken: null,
    leaseUntil: 0,
    lastError: null,
    finishedUnder: null,
    redelivered: false,
    postponed: 0,
    told: [],
  };
}
