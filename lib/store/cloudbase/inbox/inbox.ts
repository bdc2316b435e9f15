import { CLAIMS_BEFORE_ALONE } from '../../../model/message';
import type { ClaimedMessage, InboxKey, OpenRefund, Trust } from '../../../model/message';
import { isInstant, type Instant } from '../../../values/instant';
import type { KnownPayment, PaymentsHeard } from '../../../model/figures';
import { deadEntry, replayEntry } from '../../history';
import type { Backlog, Inbox, InboxClaimRequest } from '../../port';
import type { OutTradeNo } from '../../../values/ids';
import { claimDue, giveBack, leaseGone, type Claimable } from '../base/claims';
import { MOST_PER_QUERY, modify, select, total, type Database, type Fields } from '../base/database';
import { readEach, type Report } from '../base/documents';
import { forget } from '../base/forget';
import { requireAtMost1000 } from '../base/limits';
import { newPlace, type Place } from '../base/place';
import { inParallel } from '../base/in-parallel';
import {
  addedLine,
  CLAIMED_FIELDS,
  KNOWN_FIELDS,
  OPEN_REFUND_FIELDS,
  readClaimed,
  readKnown,
  readMessage,
  readOpenRefund,
  readSummary,
  SUMMARY_FIELDS,
} from './message-document';
import { readPage } from '../base/pages';
import { countUnverified, namingFields, record } from './record';
import { postponeRedelivered, redelivered, settleRedelivered } from './redelivered';
import type { CollectionName } from '../schema';
import { settle } from './settle';

const INBOX: CollectionName = 'wxpay_inbox';

/** The inbox of a Store on CloudBase. */
export function inboxOn(db: Database, report: Report, random?: () => number): Inbox {
  const place = newPlace(random);
  return {
    record: (message) => record(db, message),
    redelivered: (limit) => redelivered(db, report, limit),
    postponeRedelivered: (keys) => postponeRedelivered(db, keys),
    settleRedelivered: (seen) => settleRedelivered(db, seen),
    claim: (request) => claim(db, report, request, isOfAll(request) ? place : newPlace(random)),
    settle: (token, now, settlements) => settle(db, report, token, now, settlements),
    replay: (keys, who, now) => inParallel(keys, (key) => replayOne(db, key, who, now)),
    dismiss: (keys, who, why, now) => inParallel(keys, (key) => dismissOne(db, key, who, why, now)),
    async find(key) {
      const [found] = await select(INBOX, db.collection(INBOX).where({ _id: key }));
      return found === undefined ? null : readMessage(found);
    },
    async ofOrder(outTradeNo) {
      const query = db
        .collection(INBOX)
        .where({ outTradeNo })
        .orderBy('receivedAt', 'asc')
        .orderBy('_id', 'asc')
        .limit(100);
      return readEach(await select(INBOX, query), readMessage, report);
    },
    openRefunds: (numbers) => openRefunds(db, report, numbers),
    async list({ state, reason = null, trust = null, alone = false, from, to, after, limit }) {
      // A document keeps the reason of an earlier death, and that the message was claimed alone.
      if ((reason !== null && state !== 'dead') || (alone && state !== 'pending')) {
        return { items: [], next: null };
      }
      return readPage(db, report, {
        collection: INBOX,
        having: {
          state,
          ...(reason === null ? {} : { reason }),
          ...(trust === null ? {} : { trust }),
          ...(alone ? { alone } : {}),
        },
        span: { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER },
        sortedBy: 'receivedAt',
        fields: SUMMARY_FIELDS,
        after,
        limit,
        read: readSummary,
      });
    },
    backlog: (now) => backlog(db, now),
    countDead: (from) => {
      const { gte, neq } = db.command;
      const having = { state: 'dead', trust: 'platform', receivedAt: gte(from), reason: neq('operator') };
      return total(INBOX, db.collection(INBOX).where(having));
    },
    countUnverified: (naming) => countUnverified(db, naming),
    async isUnverifiedDue(now) {
      const { lte } = db.command;
      const due = { state: 'pending', trust: 'unverified', dueAt: lte(now), leaseUntil: lte(now) };
      const one = db.collection(INBOX).where(due).limit(1).field({ _id: true });
      return (await select(INBOX, one)).length > 0;
    },
    async hasWork(now) {
      const { lte, or } = db.command;
      // Each alternative has an index of its own.
      const due = { state: 'pending', dueAt: lte(now), leaseUntil: lte(now) };
      const any = db
        .collection(INBOX)
        .where(or(due, { redelivered: true }))
        .limit(1)
        .field({ _id: true });
      return (await select(INBOX, any)).length > 0;
    },
    paymentsHeard: (from, to) => paymentsHeard(db, from, to),
    knownBetween: (from, to) => knownBetween(db, report, from, to),
    forget: (query) => forget(db, report, query),
  };
}

/** True for a claim of whatever is due and believed: the list that concurrent runs share. */
function isOfAll({ trust, alone = false, keys }: InboxClaimRequest): boolean {
  return trust === 'platform' && !alone && keys === undefined;
}

/** Claims messages as requested. */
async function claim(
  db: Database,
  report: Report,
  request: InboxClaimRequest,
  place: Place,
): Promise<readonly ClaimedMessage[]> {
  const { neq } = db.command;
  const { trust, naming, vouchedForOnly = false, alone = false, keys, leasedAtMost } = request;
  const claimed = await claimDue(
    db,
    report,
    {
      ...MESSAGES,
      having: {
        ...(trust === undefined ? {} : { trust }),
        ...(naming === undefined ? {} : namingFields(db, naming)),
        ...(vouchedForOnly ? { vouchedFor: true } : {}),
        alone: alone ? true : neq(true),
      },
      ...(alone ? { first: 'claims' } : { setAside: { is: isSuspect, as: { alone: true } } }),
    },
    request,
    keys,
    place,
  );
  if (leasedAtMost === undefined || claimed.length === 0) return claimed;
  try {
    return await withinHeld(db, request, leasedAtMost, claimed);
  } catch (error) {
    const keys = claimed.map(({ key }) => key);
    await giveBack(db, MESSAGES, request, keys);
    throw error;
  }
}

function isSuspect({ claims }: Fields): boolean {
  return typeof claims === 'number' && claims >= CLAIMS_BEFORE_ALONE;
}

/**
 * Returns messages beyond the number that may be held. No request both counts and leases, so two
 * runs in the same second may both claim too many. Each then reads what others hold, orders it with
 * its own in the same way, and keeps its own messages among the first.
 *
 * Where reads are behind, runs of the same moment do not see each other, and each may hold that
 * many. The number spares WeChat Pay's rate limit, which has a stop of its own.
 */
async function withinHeld(
  db: Database,
  { token, now, leaseUntil, trust = 'unverified', naming }: InboxClaimRequest,
  leasedAtMost: number,
  claimed: readonly ClaimedMessage[],
): Promise<readonly ClaimedMessage[]> {
  const { gt, in: oneOf, inc } = db.command;
  const held = await select(
    INBOX,
    db
      .collection(INBOX)
      .where({
        state: 'pending',
        trust,
        leaseUntil: gt(now),
        ...(naming === undefined ? {} : namingFields(db, naming)),
      })
      .orderBy('leaseUntil', 'asc')
      .orderBy('_id', 'asc')
      .limit(MOST_PER_QUERY)
      .field({ leaseUntil: true }),
  );
  const ours = new Set<unknown>(claimed.map(({ key }) => key));
  const all = [
    ...held.filter(({ _id }) => !ours.has(_id)).map(({ _id, leaseUntil: until }) => ({ id: _id, until })),
    ...claimed.map(({ key }) => ({ id: key, until: leaseUntil })),
  ];
  all.sort((a, b) => Number(a.until) - Number(b.until) || (String(a.id) < String(b.id) ? -1 : 1));
  const mayStay = new Set(all.slice(0, leasedAtMost).map(({ id }) => id));
  const surplus = claimed.flatMap(({ key }) => (mayStay.has(key) ? [] : [key]));
  if (surplus.length === 0) return claimed;
  const returned = db
    .collection(INBOX)
    .where({ _id: oneOf(surplus), state: 'pending', leaseToken: token, leaseUntil: gt(now) });
  await modify(INBOX, returned, { ...leaseGone(''), claims: inc(-1) });
  return claimed.filter(({ key }) => mayStay.has(key));
}

const MESSAGES: Claimable<ClaimedMessage> = {
  collection: INBOX,
  counter: 'claims',
  prefix: '',
  state: 'pending',
  fields: CLAIMED_FIELDS,
  read: readClaimed,
  deadFields: (now) => ({
    state: 'dead',
    finishedAt: now,
    reason: 'unusable_notification',
    lastError: 'the stored document does not fit this version',
  }),
};

async function replayOne(db: Database, key: InboxKey, who: string, now: Instant): Promise<boolean> {
  const { inc } = db.command;
  const dead = db.collection(INBOX).where({ _id: key, state: 'dead' });
  const changed = await modify(INBOX, dead, {
    state: 'pending',
    dueAt: now,
    attempts: 0,
    claims: 0,
    alone: false,
    replays: inc(1),
    replayedBy: who,
    ...leaseGone(''),
    history: addedLine(db, replayEntry(who, now)),
  });
  return changed === 1;
}

async function dismissOne(
  db: Database,
  key: InboxKey,
  who: string,
  why: string,
  now: Instant,
): Promise<boolean> {
  const { and, lte, neq, or } = db.command;
  const free = db
    .collection(INBOX)
    .where(
      and(
        { _id: key },
        or({ state: 'pending', leaseUntil: lte(now) }, { state: 'dead', reason: neq('operator') }),
      ),
    );
  const changed = await modify(INBOX, free, {
    state: 'dead',
    finishedAt: now,
    reason: 'operator',
    lastError: null,
    finishedUnder: null,
    ...leaseGone(''),
    history: addedLine(db, deadEntry(who, why, now)),
  });
  return changed === 1;
}

/**
 * Messages that name an order are found by the kind in their key, which exists even where the
 * content is unreadable. Those that name none are found by their content.
 *
 * Failure policy: fail closed. An unreadable message holds its own order, as `unreadable`; it is
 * neither omitted nor makes the call reject.
 */
async function openRefunds(
  db: Database,
  report: Report,
  numbers: readonly OutTradeNo[],
  withNameless = true,
): Promise<readonly OpenRefund[]> {
  requireAtMost1000(numbers.length, 'order numbers');
  if (numbers.length === 0) return [];
  const { in: oneOf, neq, or } = db.command;
  const named = { outTradeNo: oneOf([...numbers]), trust: 'platform' };
  const nameless = { outTradeNo: null, trust: 'platform', 'content.kind': 'refund' };
  const wanted = withNameless ? [named, nameless] : [named];
  const unsettled = wanted.flatMap((condition) => [
    { ...condition, state: 'pending' },
    { ...condition, state: 'dead', reason: neq('operator') },
  ]);
  const query = db
    .collection(INBOX)
    .where(or(...unsettled))
    .limit(MOST_PER_QUERY)
    .field(OPEN_REFUND_FIELDS);
  const documents = await select(INBOX, query);
  const refunds = documents.filter(({ _id }) => typeof _id === 'string' && _id.startsWith('refund:'));
  const found = readEach(refunds, readOpenRefund, report);
  if (documents.length < MOST_PER_QUERY) return found;
  // Messages that name no order must not push out those that do. For a single order, any 1000 are
  // evidence enough.
  if (withNameless) return [...found, ...(await openRefunds(db, report, numbers, false))];
  if (numbers.length === 1) return found;
  const half = Math.ceil(numbers.length / 2);
  const first = await openRefunds(db, report, numbers.slice(0, half), false);
  return [...first, ...(await openRefunds(db, report, numbers.slice(half), false))];
}

async function knownBetween(
  db: Database,
  report: Report,
  from: Instant,
  to: Instant,
): Promise<readonly KnownPayment[]> {
  const { and, gte, lt } = db.command;
  const having = { state: 'done', outcome: 'applied', 'content.kind': 'payment', trust: 'platform' };
  const query = db
    .collection(INBOX)
    .where(and(having, { receivedAt: gte(from) }, { receivedAt: lt(to) }))
    .orderBy('receivedAt', 'desc')
    .limit(MOST_PER_QUERY)
    .field(KNOWN_FIELDS);
  return readEach(await select(INBOX, query), readKnown, report);
}

/**
 * An inbox that is kept up with has few messages that are not done: they are counted here, by one
 * request. When one result does not hold all, the database counts, by 6 more.
 */
async function backlog(db: Database, now: Instant): Promise<Backlog> {
  const { neq, or } = db.command;
  const unfinished = db
    .collection(INBOX)
    .where(or({ state: 'pending' }, { state: 'dead', reason: neq('operator') }))
    .limit(MOST_PER_QUERY)
    .field({ state: true, trust: true, dueAt: true, leaseUntil: true, alone: true });
  const found = await select(INBOX, unfinished);
  return found.length < MOST_PER_QUERY ? backlogOf(found, now) : backlogCounted(db, now);
}

function backlogOf(found: readonly Fields[], now: Instant): Backlog {
  const ofTrust = (trust: Trust) => {
    const states = found.filter((one) => one['trust'] === trust).map(({ state }) => state);
    const dead = states.filter((state) => state === 'dead').length;
    return { pending: states.length - dead, dead };
  };
  const pending = found.filter(({ state }) => state === 'pending');
  const due = pending.flatMap(({ trust, dueAt, leaseUntil }) =>
    trust === 'platform' && isInstant(dueAt) && dueAt <= now && isInstant(leaseUntil) && leaseUntil <= now
      ? [dueAt]
      : [],
  );
  return {
    ...ofTrust('platform'),
    oldestDueAt: due.length === 0 ? null : due.reduce((least, at) => (at < least ? at : least)),
    unverified: ofTrust('unverified'),
    alone: pending.filter(({ alone }) => alone === true).length,
  };
}

async function backlogCounted(db: Database, now: Instant): Promise<Backlog> {
  const { lte, neq } = db.command;
  const counted = (having: Fields): Promise<number> => total(INBOX, db.collection(INBOX).where(having));
  const oldest = db
    .collection(INBOX)
    .where({ state: 'pending', trust: 'platform', dueAt: lte(now), leaseUntil: lte(now) })
    .orderBy('dueAt', 'asc')
    .limit(1)
    .field({ dueAt: true });
  const ofTrust = async (trust: Trust) => {
    const [pending, dead] = await Promise.all([
      counted({ state: 'pending', trust }),
      counted({ state: 'dead', trust, reason: neq('operator') }),
    ]);
    return { pending, dead };
  };
  const [believed, unverified, alone, [first]] = await Promise.all([
    ofTrust('platform'),
    ofTrust('unverified'),
    counted({ state: 'pending', alone: true }),
    select(INBOX, oldest),
  ]);
  return { ...believed, oldestDueAt: dueAtOf(first), unverified, alone };
}

async function paymentsHeard(db: Database, from: Instant, to: Instant): Promise<PaymentsHeard> {
  const { and, gte, lt, in: oneOf } = db.command;
  const heard = (byCallback: boolean[]): Promise<number> => {
    const having = { 'content.kind': 'payment', trust: 'platform', calledBack: oneOf(byCallback) };
    const span = [{ receivedAt: gte(from) }, { receivedAt: lt(to) }];
    return total(INBOX, db.collection(INBOX).where(and(having, ...span)));
  };
  const all = await heard([true, false]);
  return { all, withoutCallback: all === 0 ? 0 : await heard([false]) };
}

function dueAtOf(document: Fields | undefined): Instant | null {
  const dueAt = document?.['dueAt'];
  return isInstant(dueAt) ? dueAt : null;
}
