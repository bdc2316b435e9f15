import type { InboxKey } from '../../../model/message';
import type { Instant } from '../../../values/instant';
import { StoreError } from '../../errors';
import type { LeaseToken } from '../../../model/lease';
import { turnEntry } from '../../history';
import type { Finish, Inbox, Settlement, SettleResult } from '../../port';
import { line, reading } from '../../rows/columns';
import type { Connection } from '../base/connection';
import { prepareFindings } from '../runs/discrepancies';
import type { InboxWriter, InboxWrites, SettlementRow } from '../commits/inbox-writes';
import { HISTORY_WITH_ROOM } from '../../rows/message-rows';
import { orderChangeRow } from '../orders/order-change-row';
import { prepareOrderChange, prepareTransactions } from '../orders/order-change';
import { prepareRefundWrites } from '../refunds/refund-settlement';

/**
 * The state of a message as seen by the claim that settles it: held, already finished by it, or not
 * its own.
 */
type Standing =
  { readonly as: 'held'; readonly id: number } | { readonly as: 'finished' } | { readonly as: 'lost' };

/**
 * Prepares settling in one transaction, so that nothing comes between checking the lease and the
 * writes under it.
 */
export function prepareSettle(connection: Connection): InboxWrites['settle'] {
  const standings = prepareStandings(connection);
  const finish = prepareFinish(connection);
  const changeOrder = prepareOrderChange(connection);
  const transactions = prepareTransactions(connection);
  const refunds = prepareRefundWrites(connection);
  const findings = prepareFindings(connection);

  return (token, now, settlements) => {
    const standing = standings(token, now, settlements);
    const finished: Finished[] = [];
    // Decided on the result of an earlier settlement: without that one, the version could be
    // another worker's.
    const broken = new Set<unknown>();
    const results = settlements.map((settlement): SettleResult => {
      const result = settleOne(settlement);
      const [outTradeNo] = settlement.order?.values ?? [];
      if (result !== 'settled' && outTradeNo !== undefined) broken.add(outTradeNo);
      return result;
    });
    finish(now, finished);
    return results;

    function settleOne(settlement: SettlementRow): SettleResult {
      const held = standing.get(settlement.key);
      if (held === undefined || held.as === 'lost') return 'lease_lost';
      if (held.as === 'finished') return 'settled';
      const { order, beside } = settlement;
      const refund = beside?.refund ?? null;
      if (order !== null && broken.has(order.values[0])) return 'stale';
      // Checked before the order is written: a later refusal could not undo the order's change
      // alone.
      if (refund !== null && !refunds.stands(refund)) return 'stale';
      const takes = order?.takes ?? null;
      if (takes !== null && transactions.isOthers(takes)) return 'transaction_taken';
      if (order !== null && !changeOrder(order)) return 'stale';
      if (takes !== null) transactions.take(takes);
      if (refund !== null) refunds.write(refund);
      if (beside !== null) {
        findings.see(beside.discrepancies);
        if (beside.resolves !== null) findings.resolve(beside.resolves.ids, beside.resolves.resolution);
      }
      finished.push({ id: held.id, finish: settlement.finish });
      standing.set(settlement.key, { as: 'finished' });
      return 'settled';
    }
  };
}

/**
 * Settles through this writer. A batch that breaks a rule of the database is undone and settled one
 * by one, so that only the offending message is `failed`. Failure policy: fail closed. A failed one
 * stays claimed and becomes due when its lease has run out.
 */
export function settleBy(writer: InboxWriter): Inbox['settle'] {
  return async (token, now, settlements) => {
    if (settlements.length === 0) return [];
    const rows = settlements.map(settlementRow);
    try {
      return await writer.settle(token, now, rows);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'invalid') throw error;
    }
    const alone = rows.map((one) =>
      writer.settle(token, now, [one]).then(
        ([result]) => result ?? 'failed',
        () => 'failed' as const,
      ),
    );
    return Promise.all(alone);
  };
}

function settlementRow({ key, change, refund, discrepancies, resolves, finish }: Settlement): SettlementRow {
  const nothingBeside = refund === null && discrepancies.length === 0 && resolves === null;
  return {
    key,
    order: change === null ? null : orderChangeRow(change),
    beside: nothingBeside ? null : { refund, discrepancies, resolves },
    finish,
  };
}

function prepareStandings(
  connection: Connection,
): (token: LeaseToken, now: Instant, rows: readonly SettlementRow[]) => Map<InboxKey, Standing> {
  // One statement for all: 1.3 µs per message, against 4 µs for a statement each.
  const read = connection.prepare(
    `SELECT j.key, i.id, i.state, i.lease_until FROM json_each(?) j JOIN inbox i ON i.key = j.value
     WHERE i.claim_token = ?`,
  );
  return (token, now, rows) => {
    const found = new Map<InboxKey, Standing>();
    for (const columns of read.all(JSON.stringify(rows.map((one) => one.key)), token)) {
      const row = reading(columns);
      const key = rows[row.integer()]?.key;
      if (key === undefined) continue;
      const [id, state, until] = [row.integer(), row.text(), row.instantOrNull()];
      found.set(
        key,
        until === null
          ? { as: 'finished' }
          : state === 'pending' && until > now
            ? { as: 'held', id }
            : { as: 'lost' },
      );
    }
    return found;
  };
}

/** A message of this claim, and its outcome. */
interface Finished {
  readonly id: number;
  readonly finish: Finish;
}

function prepareFinish(connection: Connection): (now: Instant, all: readonly Finished[]) => void {
  const done = connection.prepare(
    `UPDATE inbox SET state = 'done', lease_until = NULL, claims = 0, finished_at = ?, ending = ?
     WHERE id IN (SELECT value FROM json_each(?))`,
  );
  const dead = connection.prepare(
    `UPDATE inbox SET state = 'dead', lease_until = NULL, claims = 0, finished_at = ?2, ending = ?3 WHERE id = ?1`,
  );
  const putOff = connection.prepare(
    `UPDATE inbox SET due_at = ?2, lease_until = NULL, claims = 0, alone = 0, attempts = attempts + ?3
     WHERE id = ?1`,
  );
  const addLine = connection.prepare(
    `UPDATE inbox_payload SET last_error = ?2, history = ${HISTORY_WITH_ROOM} || ?3 WHERE id = ?1`,
  );
  const giveBack = connection.prepare(
    `UPDATE inbox SET due_at = min(due_at, ?2), lease_until = NULL, claims = claims - 1 WHERE id = ?1`,
  );

  return (now, all) => {
    const notes = (id: number, finish: Finish, error: string | null): void => {
      const entry = turnEntry(finish, now);
      if (entry !== null) addLine.run(id, error === null ? null : JSON.stringify(error), line(entry));
    };
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
          putOff.run(id, finish.dueAt, finish.kind === 'retry' ? 1 : 0);
          notes(id, finish, finish.error);
          break;
        case 'dead':
          dead.run(id, now, finish.reason);
          notes(id, finish, finish.error);
          break;
        case 'return':
          giveBack.run(id, now);
          break;
      }
    }
    for (const [outcome, ids] of doneBy) done.run(now, outcome, JSON.stringify(ids));
  };
}
