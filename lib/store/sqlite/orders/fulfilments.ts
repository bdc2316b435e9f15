import type { WholeOrder } from '../../../model/order';
import type { OutTradeNo } from '../../../values/ids';
import type { Instant } from '../../../values/instant';
import { fulfilmentEntry, fulfilmentRetryEntry, liftEntry, releaseEntry } from '../../history';
import type { LeaseToken } from '../../../model/lease';
import type { FulfilmentFinish } from '../../fulfilment-finish';
import type { FulfilmentClaimRequest } from '../../requests';
import { line } from '../../rows/columns';
import { finishValues, UNREADABLE_ORDER } from '../../rows/fulfilment-rows';
import type { Connection } from '../base/connection';
import type { Bindable } from '../../rows/columns';
import { ORDERS, readWholeOrders, WHOLE_ORDER_COLUMNS } from '../../rows/order-rows';

/** The writes on fulfilments, each inside the caller's transaction. */
export interface Fulfilments {
  hasWork(now: Instant): boolean;
  claim(request: FulfilmentClaimRequest): readonly WholeOrder[];
  finish(token: LeaseToken, now: Instant, outTradeNo: OutTradeNo, finish: FulfilmentFinish): boolean;
  begin(token: LeaseToken, now: Instant, outTradeNo: OutTradeNo, expectedVersion: number): boolean;
  lift(outTradeNo: OutTradeNo, expectedVersion: number, why: string, now: Instant): boolean;
  release(outTradeNo: OutTradeNo, who: string, why: string, now: Instant): boolean;
  bringBack(outTradeNo: OutTradeNo, who: string, now: Instant): boolean;
}

/**
 * Prepares them. Each write raises the order's version: a settlement decided before it must not
 * undo a lease.
 */
export function prepareFulfilments(connection: Connection): Fulfilments {
  const due = connection.prepare(
    `SELECT id FROM orders WHERE fulfilment_state = 'due' AND fulfilment_due_at <= ?1
       AND sub_mch_id NOT IN (SELECT value FROM json_each(?3))
       AND (fulfilment_lease_until IS NULL OR fulfilment_lease_until <= ?1)
     ORDER BY fulfilment_due_at, id LIMIT ?2`,
  );
  const dueOrHeld = connection.prepare(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM orders WHERE fulfilment_state = 'due' AND fulfilment_due_at <= ?1
       AND (fulfilment_lease_until IS NULL OR fulfilment_lease_until <= ?1))
     OR EXISTS (SELECT 1 FROM orders INDEXED BY orders_states
       WHERE payment_state IN ('pending', 'paid', 'closed', 'failed') AND fulfilment_state = 'held')`,
  );
  const lease = connection.prepare(
    `UPDATE orders SET version = version + 1, fulfilment_attempts = fulfilment_attempts + 1, fulfilment_token = ?1,
       fulfilment_lease_until = ?2, fulfilment_begun_at = NULL WHERE id IN (SELECT value FROM json_each(?3))`,
  );
  const read = connection.prepare(
    `SELECT ${WHOLE_ORDER_COLUMNS} FROM ${ORDERS} WHERE id IN (SELECT value FROM json_each(?))
     ORDER BY fulfilment_due_at, id`,
  );
  // Left as it is, an unreadable one would come first in every claim.
  const unreadableDead = connection.prepare(
    `UPDATE orders SET version = version + 1, fulfilment_state = 'dead', fulfilment_token = NULL,
       fulfilment_lease_until = NULL, fulfilment_due_at = NULL, fulfilment_ended_at = ?3, fulfilment_note = ?4
     WHERE id IN (SELECT value FROM json_each(?1)) AND out_trade_no NOT IN (SELECT value FROM json_each(?2))`,
  );
  const bringBack = connection.prepare(
    `UPDATE orders SET version = version + 1, history = history || ?2, fulfilment_state = 'due',
       fulfilment_attempts = 0, fulfilment_due_at = ?3, fulfilment_ended_at = NULL
     WHERE out_trade_no = ?1 AND fulfilment_state = 'dead'`,
  );

  const begin = connection.prepare(
    `UPDATE orders SET version = version + 1, fulfilment_begun_at = ?3
     WHERE out_trade_no = ?1 AND fulfilment_state = 'due' AND fulfilment_token = ?2 AND fulfilment_lease_until > ?3
       AND version = ?4`,
  );
  const dueAgain = `version = version + 1, history = history || ?2, fulfilment_state = 'due', fulfilment_due_at = ?3`;
  const lift = connection.prepare(
    `UPDATE orders SET ${dueAgain} WHERE out_trade_no = ?1 AND fulfilment_state = 'held' AND version = ?4`,
  );
  const release = connection.prepare(
    `UPDATE orders SET ${dueAgain}, fulfilment_hold = json_set(fulfilment_hold, '$.release', json(?4))
     WHERE out_trade_no = ?1 AND fulfilment_state = 'held' AND json_valid(fulfilment_hold)`,
  );

  const ending = (assignments: string) =>
    connection.prepare(
      `UPDATE orders SET version = version + 1, fulfilment_token = NULL, fulfilment_lease_until = NULL,
         fulfilment_begun_at = NULL, history = history || ?4, ${assignments}
       WHERE out_trade_no = ?1 AND fulfilment_state = 'due' AND fulfilment_token = ?2 AND fulfilment_lease_until > ?3`,
    );
  const ended = `fulfilment_due_at = NULL, fulfilment_ended_at = ?3, fulfilment_note = ?5, fulfilment_hold = NULL,
    fulfilment_calls = coalesce(?6, fulfilment_calls)`;
  const later = `fulfilment_note = ?5, fulfilment_due_at = ?6, fulfilment_calls = coalesce(?7, fulfilment_calls)`;
  const endings = {
    done: ending(`fulfilment_state = 'done', ${ended}`),
    dead: ending(`fulfilment_state = 'dead', ${ended}`),
    retry: ending(later),
    wait: ending(`${later}, fulfilment_attempts = fulfilment_attempts - 1`),
    hold: ending(
      `fulfilment_state = 'held', fulfilment_due_at = NULL, fulfilment_note = NULL, fulfilment_hold = ?5,
       fulfilment_attempts = fulfilment_attempts - 1`,
    ),
    return: ending(
      'fulfilment_due_at = min(fulfilment_due_at, ?3), fulfilment_attempts = fulfilment_attempts - 1',
    ),
  };

  return {
    hasWork: (now) => dueOrHeld.all(now).length > 0,
    claim: ({ token, now, leaseUntil, limit, except = [] }) => {
      const claimed = due.all(now, limit, JSON.stringify(except)).map((row) => row[0]);
      const ids = JSON.stringify(claimed);
      lease.run(token, leaseUntil, ids);
      const orders = readWholeOrders(read.all(ids));
      if (orders.length === claimed.length) return orders;
      const readable = JSON.stringify(orders.map(({ outTradeNo }) => outTradeNo));
      unreadableDead.run(ids, readable, now, JSON.stringify(UNREADABLE_ORDER));
      return orders;
    },
    finish: (token, now, outTradeNo, finish) => {
      const entry = fulfilmentEntry(finish, now);
      const fence: readonly Bindable[] = [outTradeNo, token, now, entry === null ? '' : line(entry)];
      return endings[finish.kind].run(...fence, ...finishValues(finish)) === 1;
    },
    begin: (token, now, outTradeNo, expectedVersion) =>
      begin.run(outTradeNo, token, now, expectedVersion) === 1,
    lift: (outTradeNo, expectedVersion, why, now) =>
      lift.run(outTradeNo, line(liftEntry(why, now)), now, expectedVersion) === 1,
    release: (outTradeNo, who, why, now) =>
      release.run(
        outTradeNo,
        line(releaseEntry(who, why, now)),
        now,
        JSON.stringify({ at: now, who, why }),
      ) === 1,
    bringBack: (outTradeNo, who, now) =>
      bringBack.run(outTradeNo, line(fulfilmentRetryEntry(who, now)), now) === 1,
  };
}
