import { randomUUID } from 'node:crypto';
import type { NamedMerchants, NewMessage } from '../../../model/message';
import { isVouchedFor, merchantOf } from '../../../model/message';
import { StoreError } from '../../errors';
import type { Database, Fields } from '../base/database';
import { insert, modify, select, total } from '../base/database';
import { classify, storeError } from '../base/errors';
import type { CollectionName } from '../schema';

const INBOX: CollectionName = 'wxpay_inbox';

/**
 * `Inbox.record` in a file of its own, so that the callback's bundle contains nothing else. 1
 * request for a new message, 2 for a repeat; more only after a broken connection.
 *
 *   add ── stored
 *    ├── duplicate ── count the repeat ── repeat
 *    └── connection was gone ── add again ── stored
 *                                   └── duplicate ── ours? ── stored
 *                                                     └── count the repeat ── repeat
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
  const first = await tryToAdd(db, document);
  switch (first) {
    case 'stored':
      return 'stored';
    case 'duplicate':
      return countRepeat(db, message);
    case 'connection_gone':
      break;
  }
  const second = await tryToAdd(db, document);
  switch (second) {
    case 'stored':
      return 'stored';
    case 'duplicate':
      // The duplicate may be our own first attempt, which succeeded after all. Counting it would
      // show a second delivery that never happened, so the document says which delivery created it.
      return (await isStoredBy(db, message, delivery)) ? 'stored' : countRepeat(db, message);
    case 'connection_gone':
      throw new StoreError(
        'unavailable',
        `CloudBase closed two connections in a row on ${INBOX}; whether the message is stored is unknown, deliver it again.`,
      );
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

async function tryToAdd(db: Database, document: Fields): Promise<'stored' | 'duplicate' | 'connection_gone'> {
  try {
    await insert(db, INBOX, document);
    return 'stored';
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const failure = classify(error);
    if (failure === 'duplicate') return 'duplicate';
    if (failure === 'stale_connection') return 'connection_gone';
    throw storeError(error, INBOX);
  }
}

/** How many redelivered contents a message keeps, the latest ones. */
const MOST_TOLD = 5;

/** An unverified message must not grow its document, because anybody can repeat it. */
function isKeptForLater({ path, trust }: NewMessage): boolean {
  return path === 'callback' && trust === 'platform';
}

/** Counts one more delivery. That the update found the message proves that it is durable. */
async function countRepeat(db: Database, message: NewMessage): Promise<'repeat'> {
  const { inc, max, addToSet, push } = db.command;
  const { content, raw } = message;
  const counted = await modify(INBOX, db.collection(INBOX).where({ _id: message.key }), {
    deliveries: inc(1),
    lastDeliveredAt: max(message.receivedAt),
    confirmedBy: addToSet(message.path),
    ...(message.path === 'callback' ? { calledBack: true } : {}),
    ...(isKeptForLater(message)
      ? { redelivered: true, told: push({ each: [{ content, raw }], slice: -MOST_TOLD }) }
      : {}),
  });
  if (counted === 1) return 'repeat';
  throw new StoreError(
    'unavailable',
    `CloudBase called a message of ${INBOX} a duplicate and then did not find it; deliver it again.`,
  );
}

async function isStoredBy(db: Database, message: NewMessage, delivery: string): Promise<boolean> {
  const query = db.collection(INBOX).where({ _id: message.key }).field({ firstDelivery: true });
  const [found] = await select(INBOX, query);
  return found?.['firstDelivery'] === delivery;
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
