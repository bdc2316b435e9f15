import type { WholeOrder } from '../../../model/order';
import type { FulfilmentFinish } from '../../fulfilment-finish';
import { fulfilmentEntry, fulfilmentRetryEntry, liftEntry, releaseEntry } from '../../history';
import type { Orders } from '../../ports/orders-port';
import type { FulfilmentClaimRequest } from '../../requests';
import type { Bindable } from '../../rows/columns';
import { line } from '../../rows/columns';
import { checkedLimit } from '../../rows/cursor';
import { finishValues, UNREADABLE_ORDER } from '../../rows/fulfilment-rows';
import { ORDERS, readWholeOrders } from '../../rows/order-rows';
import type { Database } from '../base/database';
import { isFree, leaseEnd } from '../base/database';
import { lockDue } from '../base/due';
import { WHOLE_ORDER_COLUMNS } from './order-columns';

/** What is fulfilled, and what is held. */
export type Fulfilments = Pick<
  Orders,
  | 'claimFulfilments'
  | 'hasFulfilmentWork'
  | 'beginFulfilment'
  | 'liftHold'
  | 'releaseHold'
  | 'finishFulfilment'
  | 'retryFulfilment'
>;

const DUE_AGAIN = `version = version + 1, history = CONCAT(history, ?2), fulfilment_state = 'due',
  fulfilment_due_at = ?3`;

const ENDED = `fulfilment_due_at = NULL, fulfilment_ended_at = ?3, fulfilment_note = ?5, fulfilment_hold = NULL,
  fulfilment_calls = COALESCE(?6, fulfilment_calls)`;

const LATER =
  'fulfilment_note = ?5, fulfilment_due_at = ?6, fulfilment_calls = COALESCE(?7, fulfilment_calls)';

/** What each ending writes beside the history: `?3` is now, `?5` to `?7` are its own values. */
const ENDINGS: Readonly<Record<FulfilmentFinish['kind'], string>> = {
  done: `fulfilment_state = 'done', ${ENDED}`,
  dead: `fulfilment_state = 'dead', ${ENDED}`,
  retry: LATER,
  wait: `${LATER}, fulfilment_attempts = fulfilment_attempts - 1`,
  hold: `fulfilment_state = 'held', fulfilment_due_at = NULL, fulfilment_note = NULL, fulfilment_hold = ?5,
    fulfilment_attempts = fulfilment_attempts - 1`,
  return: 'fulfilment_due_at = LEAST(fulfilment_due_at, ?3), fulfilment_attempts = fulfilment_attempts - 1',
};

/**
 * The fulfilments in MySQL. Each write raises the order's version: a settlement decided before it
 * must not undo a lease.
 */
export function mysqlFulfilments(database: Database): Fulfilments {
  const changes = async (sql: string, ...values: readonly Bindable[]): Promise<boolean> =>
    (await database.change(sql, ...values)) === 1;
  return {
    claimFulfilments: (request) => claim(database, request),
    hasFulfilmentWork: async (now) => {
      const rows = await database.rows(
        `SELECT 1 FROM DUAL
         WHERE EXISTS (SELECT 1 FROM orders FORCE INDEX (orders_fulfilment_due) WHERE fulfilment_state = 'held')
           OR EXISTS (SELECT 1 FROM orders FORCE INDEX (orders_fulfilment_due)
             WHERE fulfilment_state = 'due' AND fulfilment_due_at <= ?1 AND ${isFree(database, now, 'fulfilment_lease_until')})`,
        now,
      );
      return rows.length > 0;
    },
    beginFulfilment: (token, now, outTradeNo, expectedVersion) =>
      changes(
        `UPDATE orders SET version = version + 1, fulfilment_begun_at = ?3
         WHERE out_trade_no = ?1 AND fulfilment_state = 'due' AND fulfilment_token = ?2
           AND fulfilment_lease_until > ${database.leaseNow(now)} AND version = ?4`,
        outTradeNo,
        token,
        now,
        expectedVersion,
      ),
    liftHold: (outTradeNo, expectedVersion, why, now) =>
      changes(
        `UPDATE orders SET ${DUE_AGAIN} WHERE out_trade_no = ?1 AND fulfilment_state = 'held' AND version = ?4`,
        outTradeNo,
        line(liftEntry(why, now)),
        now,
        expectedVersion,
      ),
    releaseHold: (outTradeNo, who, why, now) =>
      changes(
        `UPDATE orders SET ${DUE_AGAIN},
           fulfilment_hold = JSON_SET(fulfilment_hold, '$.release', JSON_EXTRACT(?4, '$'))
         WHERE out_trade_no = ?1 AND fulfilment_state = 'held' AND JSON_VALID(fulfilment_hold)`,
        outTradeNo,
        line(releaseEntry(who, why, now)),
        now,
        JSON.stringify({ at: now, who, why }),
      ),
    finishFulfilment: (token, now, outTradeNo, finish) => {
      const entry = fulfilmentEntry(finish, now);
      return changes(
        `UPDATE orders SET version = version + 1, fulfilment_token = NULL, fulfilment_lease_until = NULL,
           fulfilment_begun_at = NULL, history = CONCAT(history, ?4), ${ENDINGS[finish.kind]}
         WHERE out_trade_no = ?1 AND fulfilment_state = 'due' AND fulfilment_token = ?2
           AND fulfilment_lease_until > ${database.leaseNow(now)}`,
        outTradeNo,
        token,
        now,
        entry === null ? '' : line(entry),
        ...finishValues(finish),
      );
    },
    retryFulfilment: (outTradeNo, who, now) =>
      changes(
        `UPDATE orders SET ${DUE_AGAIN}, fulfilment_attempts = 0, fulfilment_ended_at = NULL
         WHERE out_trade_no = ?1 AND fulfilment_state = 'dead'`,
        outTradeNo,
        line(fulfilmentRetryEntry(who, now)),
        now,
      ),
  };
}

/**
 * Claims that meet get different orders; without SKIP LOCKED one waits for the other. An answer
 * that is lost leaves the orders leased to nobody until their lease ends.
 */
async function claim(
  database: Database,
  { token, now, leaseUntil, limit, except = [] }: FulfilmentClaimRequest,
): Promise<readonly WholeOrder[]> {
  const most = checkedLimit(limit);
  return database.transaction(async (session) => {
    const due = await lockDue(database, session, {
      table: 'orders',
      index: 'orders_fulfilment_due',
      dueAt: 'fulfilment_due_at',
      having: `fulfilment_state = 'due' AND fulfilment_due_at <= ? AND ${isFree(database, now, 'fulfilment_lease_until')}`,
      values: [now],
      except,
      most,
    });
    const ids = due.map(({ id }) => id);
    if (ids.length === 0) return [];
    await session.change(
      `UPDATE orders SET version = version + 1, fulfilment_attempts = fulfilment_attempts + 1, fulfilment_token = ?,
         fulfilment_lease_until = ${leaseEnd(database, now, leaseUntil)}, fulfilment_begun_at = NULL WHERE id IN (?)`,
      token,
      ids,
    );
    const orders = readWholeOrders(
      await session.rows(
        `SELECT ${WHOLE_ORDER_COLUMNS} FROM ${ORDERS} WHERE id IN (?) ORDER BY fulfilment_due_at, id`,
        ids,
      ),
    );
    if (orders.length === ids.length) return orders;
    // Left as it is, an unreadable one would come first in every claim.
    await session.change(
      `UPDATE orders SET version = version + 1, fulfilment_state = 'dead', fulfilment_token = NULL,
         fulfilment_lease_until = NULL, fulfilment_due_at = NULL, fulfilment_ended_at = ?3, fulfilment_note = ?4
       WHERE id IN (?1) AND out_trade_no NOT IN (?2)`,
      ids,
      orders.map(({ outTradeNo }) => outTradeNo),
      now,
      JSON.stringify(UNREADABLE_ORDER),
    );
    return orders;
  });
}
