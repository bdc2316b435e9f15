import type { LatestAsks, LatestClaim, LatestWaits, Waits } from '../ports/waits-port';
import type { Connection } from './base/connection';
import type { GroupCommit } from './commits/group-commit';

type Kind = 'messages' | 'fulfilments' | 'runs';

/**
 * The time columns of items that are claimed, and the index of due ones. `raise`: what else such a
 * write changes.
 */
const CLAIMED: Readonly<
  Record<Kind, { table: string; byDue: string; prefix: string; waiting: string; due: string; raise: string }>
> = {
  messages: {
    table: 'inbox',
    byDue: 'INDEXED BY inbox_pending',
    prefix: '',
    waiting: `state = 'pending'`,
    due: '',
    raise: '',
  },
  fulfilments: {
    table: 'orders',
    byDue: 'INDEXED BY orders_fulfilment_due',
    prefix: 'fulfilment_',
    waiting: `fulfilment_state = 'due'`,
    due: '',
    raise: 'version = version + 1, ',
  },
  runs: {
    table: 'statement_runs',
    byDue: '',
    prefix: '',
    waiting: `state <> 'done'`,
    due: 'AND attempts > 0',
    raise: '',
  },
};

/**
 * Pulls forward what waits too long, in SQLite: one transaction. It reads every lease of waiting
 * items: 160,000 messages take 17 ms.
 */
export function sqliteWaits(connection: Connection, commits: GroupCommit): Waits {
  const claims = {
    messages: prepareClaimed(connection, 'messages'),
    fulfilments: prepareClaimed(connection, 'fulfilments'),
    runs: prepareClaimed(connection, 'runs'),
  };
  const orderAsks = prepareAsks(connection, 'orders', `payment_state = 'pending'`);
  const refundAsks = prepareAsks(
    connection,
    'refunds',
    `(state = 'requested' OR state = 'processing' OR state = 'abnormal')`,
  );
  const pullForward = (latest: LatestWaits): number =>
    claims.messages(latest.now, latest.messages) +
    claims.fulfilments(latest.now, latest.fulfilments) +
    claims.runs(latest.now, latest.runs) +
    orderAsks(latest.now, latest.orderAsks) +
    refundAsks(latest.now, latest.refundAsks);
  return { pullForward: async (latest) => commits.write(() => pullForward(latest)) };
}

function prepareClaimed(connection: Connection, kind: Kind): (now: number, latest: LatestClaim) => number {
  const { table, byDue, prefix, waiting, due, raise } = CLAIMED[kind];
  const dues = connection.prepare(
    `UPDATE ${table} ${byDue} SET ${raise}${prefix}due_at = ?1 WHERE ${waiting} AND ${prefix}due_at > ?2 ${due}`,
  );
  const leases = connection.prepare(
    `UPDATE ${table} ${byDue} SET ${raise}${prefix}lease_until = ?1 WHERE ${waiting} AND ${prefix}lease_until > ?1`,
  );
  return (now, { dueBy, leaseUntil }) => dues.run(now, dueBy) + leases.run(leaseUntil);
}

function prepareAsks(
  connection: Connection,
  table: 'orders' | 'refunds',
  waiting: string,
): (now: number, latest: LatestAsks) => number {
  // The second condition is the minimum of the first, which an index can use.
  const asks = connection.prepare(
    `UPDATE ${table} INDEXED BY ${table}_ask_due SET next_ask_at = ?1 WHERE ${waiting}
     AND next_ask_at > CAST(?2 ->> CAST(min(asks, ?3) AS INTEGER) AS INTEGER) AND next_ask_at > ?4`,
  );
  return (now, latest) => asks.run(now, JSON.stringify(latest), latest.length - 1, Math.min(...latest));
}
