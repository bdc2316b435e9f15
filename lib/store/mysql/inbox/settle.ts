import type { InboxKey } from '../../../model/message';
import type { LeaseToken } from '../../../model/lease';
import type { Instant } from '../../../values/instant';
import { StoreError } from '../../errors';
import { turnEntry } from '../../history';
import type { Finish, Inbox, Settlement, SettleResult } from '../../port';
import { line, reading } from '../../rows/columns';
import type { Database, Session } from '../base/database';
import type { Report } from '../base/errors';
import { MysqlError, toMysqlError } from '../base/errors';
import { openOrderChanges } from '../orders/order-change';
import { openTransactions } from '../orders/transactions';
import { openRefundChanges } from '../refunds/refund-settlement';
import { resolveFindings, seeFindings } from '../runs/findings';
import { HISTORY_WITH_LINE } from './columns';

/** What settling needs of a database. */
type Settling = Pick<Database, 'impatient' | 'leaseNow'>;

/**
 * Settles in one transaction, so that nothing comes between checking the lease and the writes under
 * it. Done again after an unknown commit, it finds its messages finished.
 *
 * A batch that breaks a rule of the database, or waits for a row that another transaction holds, is
 * undone and settled one by one, so that only the offending message is `failed`, and `report` gets
 * why. Failure policy: fail closed. A failed one stays claimed and becomes due when its lease has
 * run out. What was decided on the result of one that is not settled is `stale`, as within a batch.
 */
export function mysqlSettle(database: Settling, report: Report): Inbox['settle'] {
  const settle = (
    token: LeaseToken,
    now: Instant,
    settlements: readonly Settlement[],
  ): Promise<readonly SettleResult[]> =>
    database.impatient.transaction(
      (session) => settleIn(database, session, token, now, settlements),
      'do_again',
    );

  return async (token, now, settlements) => {
    if (settlements.length === 0) return [];
    try {
      return await settle(token, now, settlements);
    } catch (error) {
      if (!isOfOne(error)) throw error;
      report(toMysqlError(error), null);
    }
    const results: SettleResult[] = [];
    const broken = new Set<string>();
    let locked = 0;
    let isAway = false;
    const settleAlone = async (one: Settlement): Promise<SettleResult> => {
      // Each costs the time of a lock wait, or of a server that is silent, and one lease covers
      // them all. What is left is due again when it has run out.
      if (isAway || locked === LOCKED_AT_MOST) return 'failed';
      if (one.change !== null && broken.has(one.change.outTradeNo)) return 'stale';
      try {
        const [result] = await settle(token, now, [one]);
        return result ?? 'failed';
      } catch (error) {
        const failure = toMysqlError(error);
        if (failure.kind === 'locked') locked += 1;
        else isAway = !isOfOne(failure);
        report(failure, one.key);
        return 'failed';
      }
    };
    for (const one of settlements) {
      const result = await settleAlone(one);
      if (result !== 'settled' && one.change !== null) broken.add(one.change.outTradeNo);
      results.push(result);
    }
    return results;
  };
}

/** After so many messages whose rows somebody else holds, the rest of a batch is left for later. */
const LOCKED_AT_MOST = 5;

/** Whether one message alone may be what the database refused. */
function isOfOne(error: unknown): boolean {
  if (error instanceof MysqlError && error.kind === 'locked') return true;
  return error instanceof StoreError && (error.code === 'invalid' || error.code === 'too_large');
}

/**
 * The state of a message as seen by the claim that settles it: held, already finished by it, or not
 * its own.
 */
type Standing =
  { readonly as: 'held'; readonly id: number } | { readonly as: 'finished' } | { readonly as: 'lost' };

/** A message of this claim, and its outcome. */
interface Finished {
  readonly id: number;
  readonly finish: Finish;
}

/**
 * Reads and locks everything the batch needs, decides what stands, and then writes: a number of
 * statements that does not grow with the batch, except for what is rare. Rows are locked in the
 * order messages, orders, refunds, each sorted by its key.
 */
async function settleIn(
  database: Settling,
  session: Session,
  token: LeaseToken,
  now: Instant,
  settlements: readonly Settlement[],
): Promise<readonly SettleResult[]> {
  const standing = await standings(database, session, token, now, settlements);
  const held = settlements.filter(({ key }) => standing.get(key)?.as === 'held');
  const orders = await openOrderChanges(
    session,
    held.flatMap(({ change }) => change ?? []),
  );
  const transactions = await openTransactions(
    session,
    held.flatMap(({ change }) => change?.takes ?? []),
  );
  const refunds = await openRefundChanges(
    session,
    held.flatMap(({ refund }) => refund ?? []),
  );

  const finished: Finished[] = [];
  const beside: Settlement[] = [];
  // Decided on the result of an earlier settlement: without that one, the version could be another
  // worker's.
  const broken = new Set<string>();
  const settleOne = (settlement: Settlement): SettleResult => {
    const { key, change, refund } = settlement;
    const stood = standing.get(key);
    if (stood === undefined || stood.as === 'lost') return 'lease_lost';
    if (stood.as === 'finished') return 'settled';
    if (change !== null && broken.has(change.outTradeNo)) return 'stale';
    if (refund !== null && !refunds.stands(refund)) return 'stale';
    const takes = change?.takes;
    if (change !== null && takes !== undefined && transactions.isOthers(takes, change.outTradeNo)) {
      return 'transaction_taken';
    }
    if (change !== null && !orders.change(change)) return 'stale';
    if (change !== null && takes !== undefined) transactions.take(takes, change.outTradeNo);
    if (refund !== null) refunds.change(refund);
    if (settlement.discrepancies.length > 0 || settlement.resolves !== null) beside.push(settlement);
    finished.push({ id: stood.id, finish: settlement.finish });
    standing.set(key, { as: 'finished' });
    return 'settled';
  };
  const results = settlements.map((settlement) => {
    const result = settleOne(settlement);
    if (result !== 'settled' && settlement.change !== null) broken.add(settlement.change.outTradeNo);
    return result;
  });

  await transactions.write();
  await orders.write();
  await refunds.write();
  for (const { discrepancies, resolves } of beside) {
    await seeFindings(session, discrepancies);
    if (resolves !== null) await resolveFindings(session, resolves.ids, resolves.resolution);
  }
  await finishAll(session, now, finished);
  return results;
}

async function standings(
  database: Settling,
  session: Session,
  token: LeaseToken,
  now: Instant,
  settlements: readonly Settlement[],
): Promise<Map<InboxKey, Standing>> {
  const rows = await session.rows(
    `SELECT message_key, id, state, lease_until IS NULL, COALESCE(lease_until > ${database.leaseNow(now)}, 0)
     FROM inbox WHERE message_key IN (?) AND claim_token = ? ORDER BY message_key FOR UPDATE`,
    settlements.map(({ key }) => key),
    token,
  );
  const keys = new Map<string, InboxKey>(settlements.map(({ key }) => [key, key]));
  const found = new Map<InboxKey, Standing>();
  for (const columns of rows) {
    const row = reading(columns);
    const key = keys.get(row.text());
    if (key === undefined) continue;
    const [id, state, isFinished, stands] = [row.integer(), row.text(), row.integer(), row.integer()];
    const isHeld = state === 'pending' && stands === 1;
    found.set(key, isFinished === 1 ? { as: 'finished' } : isHeld ? { as: 'held', id } : { as: 'lost' });
  }
  return found;
}

async function finishAll(session: Session, now: Instant, all: readonly Finished[]): Promise<void> {
  const doneBy = new Map<string, number[]>();
  for (const { id, finish } of all) {
    switch (finish.kind) {
      case 'done': {
        const same = doneBy.get(finish.outcome);
        if (same === undefined) doneBy.set(finish.outcome, [id]);
        else same.push(id);
        break;
      }
      case 'retry':
      case 'wait':
        await session.change(
          `UPDATE inbox SET due_at = ?, lease_until = NULL, claims = 0, alone = 0, attempts = attempts + ?,
             last_error = ?, history = ${HISTORY_WITH_LINE} WHERE id = ?`,
          finish.dueAt,
          finish.kind === 'retry' ? 1 : 0,
          JSON.stringify(finish.error),
          entryOf(finish, now),
          id,
        );
        break;
      case 'dead':
        await session.change(
          `UPDATE inbox SET state = 'dead', lease_until = NULL, claims = 0, finished_at = ?, ending = ?,
             last_error = ?, history = ${HISTORY_WITH_LINE} WHERE id = ?`,
          now,
          finish.reason,
          finish.error === null ? null : JSON.stringify(finish.error),
          entryOf(finish, now),
          id,
        );
        break;
      case 'return':
        await session.change(
          `UPDATE inbox SET due_at = LEAST(due_at, ?), lease_until = NULL, claims = claims - 1 WHERE id = ?`,
          now,
          id,
        );
        break;
    }
  }
  for (const [outcome, ids] of doneBy) {
    await session.change(
      `UPDATE inbox SET state = 'done', lease_until = NULL, claims = 0, finished_at = ?, ending = ? WHERE id IN (?)`,
      now,
      outcome,
      ids,
    );
  }
}

function entryOf(finish: Finish, now: Instant): string {
  const entry = turnEntry(finish, now);
  return entry === null ? '' : line(entry);
}
