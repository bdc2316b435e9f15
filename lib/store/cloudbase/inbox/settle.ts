import type { InboxKey } from '../../../model/message';
import type { Instant } from '../../../values/instant';
import { StoreError } from '../../errors';
import type { LeaseToken } from '../../../model/lease';
import { turnEntry } from '../../history';
import type { Finish, Settlement, SettleResult } from '../../port';
import { leaseGone } from '../base/claims';
import { MOST_PER_QUERY, modify, select, type Database, type Fields } from '../base/database';
import { openOrSeeAgain, resolveOpen } from '../runs/discrepancies';
import type { Report } from '../base/documents';
import { inParallel } from '../base/in-parallel';
import { provenAmong } from '../base/proofs';
import { addedLine } from './message-document';
import { requireAtMost1000 } from '../base/limits';
import type { CollectionName } from '../schema';
import { ORDER_CHANGE, ownChanges, REFUND_CHANGE, type DocumentChange } from './settle-changes';
import { takeOfSettlement, takeTogether, type Taken } from './take-transactions';

const INBOX: CollectionName = 'wxpay_inbox';

/** The state of a message as seen by the claim that settles it. */
type Standing = 'held' | 'settled' | 'lease_lost';

/**
 * The progress of a settlement: not started, refused by a document, order written, refund written,
 * or its result.
 */
type Progress = 'held' | 'refused' | 'ordered' | 'written' | SettleResult;

/** One settlement of the batch and its progress. */
interface TrackedSettlement {
  readonly settlement: Settlement;
  readonly progress: Progress;
}

/** What every stage needs. A stage takes the whole batch and returns it, further where it could. */
interface Batch {
  readonly db: Database;
  readonly token: LeaseToken;
  readonly now: Instant;
  /**
   * What one step makes of its settlements; `failed` when there was no answer. A message without
   * one delays no other of the batch, and the reason is reported once.
   */
  readonly attempt: (step: () => Promise<Progress>) => Promise<Progress>;
}

/**
 * `Inbox.settle`. No transaction spans the documents. Each step is one conditional write that is
 * safe to repeat, in an order in which settling again repairs a crash between two steps:
 *
 *   held ── transaction, order ──▶ ordered ── refund ──▶ written ── message ──▶ settled
 *     │              │                           │                    └─▶ lease_lost
 *     │              └── a refused change ───────┴─▶ our own earlier call's: counts as written
 *     │                                          └─▶ another worker's ──▶ stale
 *     └ any step without an answer ──▶ failed
 *
 * Discrepancies come just before the message, which is written under the lease.
 *
 * Order and refund change when their version stands, or when their number is free. The order goes
 * first, because it holds the reservations: without that, the same money could be reserved twice.
 * When the order was changed and the refund then refuses, the message stays, and the next decision
 * finds the order as it should be.
 *
 * Before the first write, 1 request reads the leases, and writes prove those that it does not show:
 * a read may miss our own claim. The order's version protects the order without it, but a worker
 * that froze and comes back late would open discrepancies that another worker has explained long
 * ago. It also shows what an earlier call under the same token has settled.
 *
 * 1 request to read the leases (2 where reads are behind, 3 for a lost lease), 2 for all
 * transactions taken (3 when one was taken before), 1 per order or refund change, at most 2 per
 * discrepancy, 1 per `resolves`, 1 per group of messages with the same outcome. Then 2 if an order
 * refused its change, 2 if a refund did, and 2 per group in which some messages were not finished,
 * to find out why.
 */
export async function settle(
  db: Database,
  report: Report,
  token: LeaseToken,
  now: Instant,
  settlements: readonly Settlement[],
): Promise<readonly SettleResult[]> {
  requireAtMost1000(settlements.length, 'settlements');
  if (settlements.length === 0) return [];
  const failures = new Map<string, StoreError>();
  const attempt: Batch['attempt'] = async (step) => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failures.set(error.message, error);
      return 'failed';
    }
  };
  const batch: Batch = { db, token, now, attempt };
  const keys = settlements.map(({ key }) => key);
  const standings = await standingsOf(db, token, now, keys);
  const held = settlements.map((settlement): TrackedSettlement => ({
    settlement,
    progress: standings.get(settlement.key) ?? 'lease_lost',
  }));
  const taken = await takeTransactions(batch, held);
  const ordered = await changeAll(batch, taken, 'held', ORDER_CHANGE, 'ordered');
  const written = await changeAll(batch, ordered, 'ordered', REFUND_CHANGE, 'written');
  const named = await storeDiscrepancies(batch, written);
  const ended = await finishAll(batch, named);
  for (const failure of failures.values()) report(failure);
  return ended.map(({ progress }) => resultOf(progress));
}

/** Moves each one that stands at `from` on to what its step makes of it. */
function advance(
  { attempt }: Batch,
  tracked: readonly TrackedSettlement[],
  from: Progress,
  step: (settlement: Settlement) => Promise<Progress>,
): Promise<readonly TrackedSettlement[]> {
  return inParallel(tracked, async ({ settlement, progress }) =>
    progress === from
      ? { settlement, progress: await attempt(() => step(settlement)) }
      : { settlement, progress },
  );
}

/** Takes all transactions together, and alone those of which that leaves anything uncertain. */
async function takeTransactions(
  batch: Batch,
  tracked: readonly TrackedSettlement[],
): Promise<readonly TrackedSettlement[]> {
  const held = tracked.flatMap(({ settlement, progress }) => (progress === 'held' ? [settlement] : []));
  let certain: ReadonlyMap<Settlement, Taken> = new Map();
  const searched = await batch.attempt(async () => {
    certain = await takeTogether(batch.db, held);
    return 'held';
  });
  return advance(batch, tracked, 'held', async (settlement) => {
    if (settlement.change?.takes === undefined) return 'held';
    if (searched !== 'held') return searched;
    const taken = certain.get(settlement) ?? (await takeOfSettlement(batch.db, settlement));
    return taken === 'of_another_order' ? 'transaction_taken' : 'held';
  });
}

/**
 * Changes of one document follow one another, each decided on the version the previous one makes.
 */
async function changeAll(
  batch: Batch,
  tracked: readonly TrackedSettlement[],
  from: Progress,
  changing: DocumentChange,
  to: Progress,
): Promise<readonly TrackedSettlement[]> {
  const groups = groupsBy(tracked, (one) => changing.idOf(one.settlement) ?? one.settlement.key);
  const changed = await inParallel(groups, (group) => changeInTurn(batch, group, from, changing, to));
  const progress = new Map(changed.flat().map((one) => [one.settlement, one.progress]));
  const after = tracked.map((one): TrackedSettlement => ({
    settlement: one.settlement,
    progress: progress.get(one.settlement) ?? one.progress,
  }));
  return explainRefused(batch, after, changing, to);
}

async function changeInTurn(
  { db, token, attempt }: Batch,
  group: readonly TrackedSettlement[],
  from: Progress,
  changing: DocumentChange,
  to: Progress,
): Promise<readonly TrackedSettlement[]> {
  const changed: TrackedSettlement[] = [];
  // Decided on the result of the previous change: without that change, the version could be
  // another worker's.
  let isBroken = false;
  for (const one of group) {
    const progress = await progressAfter(one);
    changed.push({ settlement: one.settlement, progress });
    isBroken ||= isUnwritten(progress);
  }
  return changed;

  async function progressAfter(one: TrackedSettlement): Promise<Progress> {
    if (one.progress !== from) return one.progress;
    if (isBroken) return 'stale';
    return attempt(async () =>
      (await changing.write(db, token, one.settlement)) === 'written' ? to : 'refused',
    );
  }
}

/** A refused change was our own earlier call's, and counts as written, or another worker's. */
async function explainRefused(
  { db, token, attempt }: Batch,
  tracked: readonly TrackedSettlement[],
  changing: DocumentChange,
  to: Progress,
): Promise<readonly TrackedSettlement[]> {
  const refused = tracked.flatMap((one) => (one.progress === 'refused' ? [one.settlement] : []));
  if (refused.length === 0) return tracked;
  let ours: ReadonlySet<Settlement> = new Set();
  const otherwise = await attempt(async () => {
    ours = await ownChanges(db, token, changing, refused);
    return 'stale';
  });
  return tracked.map((one): TrackedSettlement => {
    if (one.progress !== 'refused') return one;
    return { settlement: one.settlement, progress: ours.has(one.settlement) ? to : otherwise };
  });
}

function storeDiscrepancies(
  batch: Batch,
  tracked: readonly TrackedSettlement[],
): Promise<readonly TrackedSettlement[]> {
  return advance(batch, tracked, 'written', async ({ discrepancies, resolves }) => {
    for (const found of discrepancies) await openOrSeeAgain(batch.db, found);
    if (resolves !== null) await resolveOpen(batch.db, resolves.ids, resolves.resolution);
    return 'written';
  });
}

/** Finishes the messages of settlements that end alike with one write. */
async function finishAll(
  batch: Batch,
  tracked: readonly TrackedSettlement[],
): Promise<readonly TrackedSettlement[]> {
  const ready = tracked.filter(({ progress }) => progress === 'written');
  const groups = groupsBy(ready, (one) => JSON.stringify(one.settlement.finish));
  const ended = await inParallel(groups, (group) => finishAlike(batch, group));
  const progress = new Map(ended.flatMap((one) => [...one]));
  return tracked.map((one): TrackedSettlement => ({
    settlement: one.settlement,
    progress: progress.get(one.settlement) ?? one.progress,
  }));
}

/**
 * Whether the claim still holds these messages at `now`, or has settled them before. A read that
 * shows neither is no proof of a lost lease: it may miss the claim itself, so writes decide.
 * Missing messages are not in the map. 1 request, 2 when a read is behind, 3 or more when a lease
 * is lost.
 */
async function standingsOf(
  db: Database,
  token: LeaseToken,
  now: Instant,
  keys: readonly InboxKey[],
): Promise<ReadonlyMap<InboxKey, Standing>> {
  const query = db
    .collection(INBOX)
    .where({ _id: db.command.in([...keys]) })
    .limit(MOST_PER_QUERY)
    .field({ state: true, leaseToken: true, leaseUntil: true, finishedUnder: true });
  const found = new Map<unknown, Standing>(
    (await select(INBOX, query)).map((document) => [document['_id'], standingOf(document, token, now)]),
  );
  const standings = new Map<InboxKey, Standing>();
  for (const key of keys) {
    const standing = found.get(key);
    if (standing !== undefined && standing !== 'lease_lost') standings.set(key, standing);
  }
  const unseen = keys.filter((key) => !standings.has(key));
  return new Map([...standings, ...(await provenStandings(db, token, now, unseen))]);
}

/** The same, by writes. Keys of neither are not in the map. */
async function provenStandings(
  db: Database,
  token: LeaseToken,
  now: Instant,
  keys: readonly InboxKey[],
): Promise<ReadonlyMap<InboxKey, Standing>> {
  const held = await provenAmong(db, INBOX, keys, heldUnder(db, token, now));
  const rest = keys.filter((key) => !held.has(key));
  const settled = await provenAmong(db, INBOX, rest, { finishedUnder: token });
  return new Map([
    ...[...held].map((key) => [key, 'held'] as const),
    ...[...settled].map((key) => [key, 'settled'] as const),
  ]);
}

function heldUnder(db: Database, token: LeaseToken, now: Instant): Fields {
  return { state: 'pending', leaseToken: token, leaseUntil: db.command.gt(now) };
}

function standingOf(document: Fields, token: LeaseToken, now: Instant): Standing {
  const { state, leaseToken, leaseUntil, finishedUnder } = document;
  if (state === 'pending' && leaseToken === token && typeof leaseUntil === 'number' && leaseUntil > now) {
    return 'held';
  }
  return finishedUnder === token ? 'settled' : 'lease_lost';
}

/** How the messages of a group ended, by their settlement. */
async function finishAlike(
  { db, token, now, attempt }: Batch,
  group: readonly TrackedSettlement[],
): Promise<ReadonlyMap<Settlement, Progress>> {
  const ends = new Map<Settlement, Progress>();
  const [first] = group;
  if (first === undefined) return ends;
  const keys = group.map(({ settlement }) => settlement.key);
  const held = db.collection(INBOX).where({ ...heldUnder(db, token, now), _id: db.command.in(keys) });
  const otherwise = await attempt(async () => {
    const finished = await modify(INBOX, held, finishedFields(db, token, now, first.settlement.finish));
    if (finished === group.length) return 'settled';
    // Proven, since a read may show the messages as they were before this update.
    const standings = await provenStandings(db, token, now, keys);
    // Still held after an update that should have finished it: that answer was wrong, and the
    // message must be processed again.
    for (const { settlement } of group) {
      const standing = standings.get(settlement.key) ?? 'lease_lost';
      ends.set(settlement, standing === 'held' ? 'failed' : standing);
    }
    return 'lease_lost';
  });
  for (const { settlement } of group) if (!ends.has(settlement)) ends.set(settlement, otherwise);
  return ends;
}

/**
 * `finishedUnder` outlives the lease: it answers the same claim when it settles again after a lost
 * answer.
 */
function finishedFields(db: Database, token: LeaseToken, now: Instant, finish: Finish): Fields {
  const entry = turnEntry(finish, now);
  const ended = {
    ...leaseGone(''),
    finishedUnder: token,
    ...(entry === null ? {} : { history: addedLine(db, entry) }),
  };
  switch (finish.kind) {
    case 'done':
      return { ...ended, claims: 0, state: 'done', finishedAt: now, outcome: finish.outcome };
    case 'retry':
    case 'wait': {
      const putOff = { ...ended, claims: 0, alone: false, dueAt: finish.dueAt, lastError: finish.error };
      return finish.kind === 'wait' ? putOff : { ...putOff, attempts: db.command.inc(1) };
    }
    case 'dead':
      return {
        ...ended,
        claims: 0,
        state: 'dead',
        finishedAt: now,
        reason: finish.reason,
        lastError: finish.error,
      };
    case 'return':
      return { ...ended, dueAt: db.command.min(now), claims: db.command.inc(-1) };
  }
}

function groupsBy(
  tracked: readonly TrackedSettlement[],
  keyOf: (one: TrackedSettlement) => string,
): readonly (readonly TrackedSettlement[])[] {
  const groups = new Map<string, TrackedSettlement[]>();
  for (const one of tracked) {
    const key = keyOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** True for a settlement whose change was not made, or may not have been. */
function isUnwritten(progress: Progress): boolean {
  switch (progress) {
    case 'held':
    case 'ordered':
    case 'written':
    case 'settled':
      return false;
    case 'refused':
    case 'stale':
    case 'failed':
    case 'lease_lost':
    case 'transaction_taken':
      return true;
  }
}

function resultOf(progress: Progress): SettleResult {
  switch (progress) {
    case 'settled':
    case 'stale':
    case 'lease_lost':
    case 'failed':
    case 'transaction_taken':
      return progress;
    case 'held':
    case 'refused':
    case 'ordered':
    case 'written':
      throw new Error(`a settlement was left ${progress}`);
  }
}
