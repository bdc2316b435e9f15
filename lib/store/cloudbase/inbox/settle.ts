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
import { addedLine } from './message-document';
import { requireAtMost1000 } from '../base/limits';
import type { CollectionName } from '../schema';
import {
  ORDER_CHANGE,
  ownChanges,
  REFUND_CHANGE,
  takeTransaction,
  type DocumentChange,
} from './settle-changes';

const INBOX: CollectionName = 'wxpay_inbox';

/** The state of a message as seen by the claim that settles it. */
type Standing = 'held' | 'settled' | 'lease_lost';

/**
 * The progress of a settlement: not started, refused by a document, order written, refund written,
 * or its result.
 */
type Progress = 'held' | 'refused' | 'ordered' | 'written' | SettleResult;

/** One settlement of the batch and its progress. */
interface Turn {
  readonly of: Settlement;
  progress: Progress;
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
 * Before the first write, 1 request reads the leases. The order's version protects the order
 * without it, but a worker that froze and comes back late would open discrepancies that another
 * worker has explained long ago. It also shows what an earlier call under the same token has
 * settled.
 *
 * 1 request to read the leases, 2 per transaction taken, 1 per order or refund change, at most 2
 * per discrepancy, 1 per `resolves`, 1 per group of messages with the same outcome. Then 1 if an
 * order refused its change, 1 if a refund did, and 1 per group in which some messages were not
 * finished, to find out why.
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
  /**
   * A message without an answer delays no other of the batch: it is `failed`, and the reason is
   * reported once.
   */
  async function step(turns: readonly Turn[], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failures.set(error.message, error);
      for (const turn of turns) turn.progress = 'failed';
    }
  }

  const standings = await readStandings(
    db,
    token,
    now,
    settlements.map(({ key }) => key),
  );
  const turns = settlements.map((of): Turn => ({ of, progress: standings.get(of.key) ?? 'lease_lost' }));
  const at = (progress: Progress): readonly Turn[] => turns.filter((turn) => turn.progress === progress);

  /**
   * Changes of one document follow one another, each decided on the version the previous one makes.
   */
  async function changeAll(from: Progress, of: DocumentChange, to: Progress): Promise<void> {
    await inParallel(
      groupsBy(turns, (turn) => of.idOf(turn.of) ?? turn.of.key),
      async (group) => {
        // Decided on the result of the previous change: without that change, the version could be
        // another worker's.
        let isBroken = false;
        for (const turn of group) {
          if (turn.progress === from && isBroken) turn.progress = 'stale';
          if (turn.progress === from) {
            await step([turn], async () => {
              turn.progress = (await of.write(db, token, turn.of)) === 'written' ? to : 'refused';
            });
          }
          isBroken ||= isUnwritten(turn.progress);
        }
      },
    );
    const refused = at('refused');
    if (refused.length === 0) return;
    await step(refused, async () => {
      const ours = await ownChanges(
        db,
        token,
        of,
        refused.map((turn) => turn.of),
      );
      for (const turn of refused) turn.progress = ours.has(turn.of) ? to : 'stale';
    });
  }

  await inParallel(at('held'), (turn) =>
    step([turn], async () => {
      if ((await takeTransaction(db, turn.of)) === 'of_another_order') turn.progress = 'transaction_taken';
    }),
  );
  await changeAll('held', ORDER_CHANGE, 'ordered');
  await changeAll('ordered', REFUND_CHANGE, 'written');
  await inParallel(at('written'), (turn) =>
    step([turn], async () => {
      for (const found of turn.of.discrepancies) await openOrSeeAgain(db, found);
      const { resolves } = turn.of;
      if (resolves !== null) await resolveOpen(db, resolves.ids, resolves.resolution);
    }),
  );
  await inParallel(
    groupsBy(at('written'), (turn) => JSON.stringify(turn.of.finish)),
    (group) => step(group, () => finishAlike(db, token, now, group)),
  );
  for (const failure of failures.values()) report(failure);
  return turns.map(({ progress }) => resultOf(progress));
}

/**
 * Whether the claim still holds these messages at `now`, or has settled them before. Missing
 * messages are not in the map.
 */
async function readStandings(
  db: Database,
  token: LeaseToken,
  now: Instant,
  keys: readonly InboxKey[],
): Promise<ReadonlyMap<unknown, Standing>> {
  const query = db
    .collection(INBOX)
    .where({ _id: db.command.in([...keys]) })
    .limit(MOST_PER_QUERY)
    .field({ state: true, leaseToken: true, leaseUntil: true, finishedUnder: true });
  const found = await select(INBOX, query);
  return new Map(found.map((document) => [document['_id'], standingOf(document, token, now)]));
}

function standingOf(document: Fields, token: LeaseToken, now: Instant): Standing {
  const { state, leaseToken, leaseUntil, finishedUnder } = document;
  if (state === 'pending' && leaseToken === token && typeof leaseUntil === 'number' && leaseUntil > now) {
    return 'held';
  }
  return finishedUnder === token ? 'settled' : 'lease_lost';
}

async function finishAlike(
  db: Database,
  token: LeaseToken,
  now: Instant,
  group: readonly Turn[],
): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const { in: oneOf, gt } = db.command;
  const keys = group.map(({ of }) => of.key);
  const held = db
    .collection(INBOX)
    .where({ _id: oneOf(keys), state: 'pending', leaseToken: token, leaseUntil: gt(now) });
  const finished = await modify(INBOX, held, finishedFields(db, token, now, first.of.finish));
  const standings = finished === group.length ? undefined : await readStandings(db, token, now, keys);
  for (const turn of group) {
    const standing = standings === undefined ? 'settled' : (standings.get(turn.of.key) ?? 'lease_lost');
    // Still held after an update that should have finished it: that answer was wrong, and the
    // message must be processed again.
    turn.progress = standing === 'held' ? 'failed' : standing;
  }
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

function groupsBy(turns: readonly Turn[], keyOf: (turn: Turn) => string): readonly (readonly Turn[])[] {
  const groups = new Map<string, Turn[]>();
  for (const turn of turns) {
    const key = keyOf(turn);
    groups.set(key, [...(groups.get(key) ?? []), turn]);
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
