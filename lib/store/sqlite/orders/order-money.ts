import type { MoneyQuery, MoneySpan, StuckState } from '../../requests';
import type { MoneySum } from '../../../model/today';
import { fen } from '../../../values/fen';
import { reading } from '../../rows/columns';
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
