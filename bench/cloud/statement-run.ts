import { billOf, DAY, paidOrderOf, sale, stageOf } from '../../test/statement/runs/stage';
import type { Asked } from './loopback-store';
import { asked, onLoopback } from './loopback-store';

/**
 * Counts the CloudBase requests of a full run over a day of this many matching payments. Rejects
 * when the run does not reconcile.
 */
export async function askedByStatementRun(rows: number): Promise<Asked> {
  return onLoopback(async (store, cloud) => {
    const stage = stageOf({ store });
    const sales = Array.from({ length: rows }, (_, n) => sale(n + 1));
    for (let from = 0; from < rows; from += 100) {
      await Promise.all(sales.slice(from, from + 100).map((each) => store.orders.create(paidOrderOf(each))));
    }
    stage.bills.set(DAY, billOf(sales));
    cloud.resetCount();
    await stage.turn();
    const made = asked(cloud);
    const { outcome, tally } = await stage.report();
    if (outcome !== 'reconciled' || tally.matched.payments.count !== rows)
      throw new Error(`a day of ${String(rows)} payments ended as ${outcome}`);
    return made;
  });
}
