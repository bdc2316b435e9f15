import { daysLater, startOf } from '../../../values/day';
import { later } from '../../../values/instant';
import type { BookedPart, BookedQuery, MoneyQuery, MoneySpan, StuckState } from '../../requests';
import type { MoneySum } from '../../../model/operators/today';
import { fen } from '../../../values/fen';
import { reading } from '../../rows/columns';
import { readCursor } from '../../rows/cursor';
import { bookedPart } from '../../rows/booked';
import { dayNumber } from '../../rows/marks';
import type { Connection } from '../base/connection';
import { pause } from '../base/pause';
import { IS_STUCK } from '../migrations/0030-looking-up-orders';

/** How much of a span is summed before other work runs, in ms. */
const STEP_MS = 3_600_000;

/**
 * Prepares `Orders.paidBetween`. It reads the index alone and lets other work run between hours:
 * an hour of 100,000 payments takes 10 ms.
 */
export function preparePaidBetween(connection: Connection): (query: MoneyQuery) => Promise<MoneySum> {
  const sum = connection.prepare(
    `SELECT count(*), coalesce(sum(total), 0) FROM orders INDEXED BY orders_paid
     WHERE sub_mch_id = ?1 AND paid_at >= ?2 AND paid_at < ?3`,
  );
  return async ({ merchants, from, to }) => {
    let [count, total] = [0, 0];
    for (const merchant of merchants) {
      for (let begin: number = from; begin < to; begin += STEP_MS) {
        const row = reading(sum.all(merchant, begin, Math.min(begin + STEP_MS, to))[0] ?? []);
        count += row.integer();
        total += row.integer();
        await pause();
      }
    }
    return { count, total: fen(total) };
  };
}

/** How many orders a part of `Orders.booked` counts before other work runs. */
const HELD_AT_ONCE = 50_000;

/** Prepares `Orders.booked`. It reads the index of what was paid, and the marks by row. */
export function prepareBooked(
  connection: Connection,
  atOnce: number = HELD_AT_ONCE,
): (query: BookedQuery) => BookedPart {
  const beyond = connection.prepare(
    `SELECT paid_at FROM orders INDEXED BY orders_paid WHERE sub_mch_id = ? AND paid_at >= ? AND paid_at < ?
     ORDER BY paid_at LIMIT 1 OFFSET ?`,
  );
  const sum = connection.prepare(
    `SELECT count(*), coalesce(sum(total), 0), count(other), coalesce(sum(other), 0) FROM (
       SELECT o.total, CASE WHEN m.day <> ?4 THEN o.total END AS other
       FROM orders o INDEXED BY orders_paid LEFT JOIN order_marks m ON m.id = o.id
       WHERE o.sub_mch_id = ?1 AND o.paid_at >= ?2 AND o.paid_at < ?3)`,
  );
  return ({ subMchId, day, after }) => {
    const { at } = readCursor(after, { at: startOf(day), name: '' });
    const end = startOf(daysLater(day, 1));
    const [last] = beyond.all(subMchId, at, end, atOnce).map((columns) => reading(columns).instant());
    const until = last === undefined ? end : later(last, 1);
    return bookedPart(sum.all(subMchId, at, until, dayNumber(day))[0], last === undefined ? null : until);
  };
}

/** Prepares `Orders.stuckBetween`. It reads the index of the stuck orders alone. */
export function prepareStuckBetween(
  connection: Connection,
): (span: MoneySpan) => Readonly<Record<StuckState, MoneySum>> {
  const summing = (state: StuckState) => {
    const sum = connection.prepare(
      `SELECT count(*), coalesce(sum(total), 0) FROM orders INDEXED BY orders_stuck
       WHERE fulfilment_state = '${state}' AND ${IS_STUCK} AND paid_at >= ?1 AND paid_at < ?2`,
    );
    return ({ from, to }: MoneySpan): MoneySum => {
      const row = reading(sum.all(from, to)[0] ?? []);
      return { count: row.integer(), total: fen(row.integer()) };
    };
  };
  const [held, dead] = [summing('held'), summing('dead')];
  return (span) => ({ held: held(span), dead: dead(span) });
}
