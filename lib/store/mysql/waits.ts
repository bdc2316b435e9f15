import type { Instant } from '../../values/instant';
import type { LatestAsks, LatestClaim, Waits } from '../ports/waits-port';
import type { Database } from './base/database';
import { leaseEnd } from './base/database';

/**
 * The time columns of items that are claimed, and the index of due ones. `raise`: what else such a
 * write changes.
 */
const CLAIMED = {
  messages: {
    table: 'inbox FORCE INDEX (inbox_due)',
    prefix: '',
    waiting: `state = 'pending'`,
    due: '',
    raise: '',
  },
  fulfilments: {
    table: 'orders FORCE INDEX (orders_fulfilment_due)',
    prefix: 'fulfilment_',
    waiting: `fulfilment_state = 'due'`,
    due: '',
    raise: 'version = version + 1, ',
  },
  runs: {
    table: 'statement_runs FORCE INDEX (statement_runs_open)',
    prefix: '',
    waiting: `state IN ('waiting', 'matching')`,
    due: 'AND attempts > 0',
    raise: '',
  },
} as const;

/**
 * Pulls forward what waits too long, in MySQL: a statement for each kind of time. Leases end by the
 * database's clock, so only due times depend on the clocks of servers.
 */
export function mysqlWaits(database: Database): Waits {
  const claimed = async (
    now: Instant,
    kind: keyof typeof CLAIMED,
    { dueBy, leaseUntil }: LatestClaim,
  ): Promise<number> => {
    const { table, prefix, waiting, due, raise } = CLAIMED[kind];
    const dues = await database.change(
      `UPDATE ${table} SET ${raise}${prefix}due_at = ? WHERE ${waiting} AND ${prefix}due_at > ? ${due}`,
      now,
      dueBy,
    );
    const latest = leaseEnd(database, now, leaseUntil);
    const leases = await database.change(
      `UPDATE ${table} SET ${raise}${prefix}lease_until = ${latest} WHERE ${waiting} AND ${prefix}lease_until > ${latest}`,
    );
    return dues + leases;
  };
  const asks = (now: Instant, table: 'orders' | 'refunds', waiting: string, latest: LatestAsks) => {
    const times = latest.map((_, n) => `WHEN ${String(n)} THEN ?${String(n + 3)}`).join(' ');
    // The first condition is the minimum of the second, which an index can use.
    return database.change(
      `UPDATE ${table} FORCE INDEX (${table}_ask_due) SET next_ask_at = ?1 WHERE ${waiting} AND next_ask_at > ?2
         AND next_ask_at > CASE LEAST(asks, ${String(latest.length - 1)}) ${times} END`,
      now,
      Math.min(...latest),
      ...latest,
    );
  };
  return {
    pullForward: async ({ now, messages, fulfilments, runs, orderAsks, refundAsks }) => {
      const changed = [
        await claimed(now, 'messages', messages),
        await claimed(now, 'fulfilments', fulfilments),
        await claimed(now, 'runs', runs),
        await asks(now, 'orders', `payment_state = 'pending'`, orderAsks),
        await asks(now, 'refunds', `state IN ('requested', 'processing', 'abnormal')`, refundAsks),
      ];
      return changed.reduce((sum, one) => sum + one, 0);
    },
  };
}
