import type { CloudBaseHarness } from '../../store/cloudbase/harness';
import { onCloudBase } from '../../store/cloudbase/harness';
import { billOf, DAY, paidOrderOf, sale, stageOf } from './stage';

/** Far less than the store wants, so that a case makes some hundred orders and not thousands. */
const CHUNK = 40;

/** What a whole run over a day of so many payments that agree costs, in requests. */
async function costOfRun({ store, gateway }: CloudBaseHarness, rows: number): Promise<number> {
  const stage = stageOf({ store, settings: { chunkRows: CHUNK } });
  const sales = Array.from({ length: rows }, (_, n) => sale(n + 1));
  for (let from = 0; from < rows; from += 100) {
    await Promise.all(sales.slice(from, from + 100).map((each) => store.orders.create(paidOrderOf(each))));
  }
  stage.bills.set(DAY, billOf(sales));
  const before = gateway.countRequests();
  expect((await stage.turn()).runs).toMatchObject([{ state: 'done' }]);
  const cost = gateway.countRequests() - before;
  expect(await stage.report()).toMatchObject({
    outcome: 'reconciled',
    tally: { matched: { payments: { count: rows } }, carriedOver: { payments: { count: 0 } } },
  });
  return cost;
}

it('a whole run on CloudBase costs 3 requests per chunk of rows that agree, and a few for the day', async () => {
  const costs: number[] = [];
  for (const chunks of [1, 2, 3]) {
    await onCloudBase(async (harness) => {
      expect(harness.store.chunk).toBe(1_000);
      costs.push(await costOfRun(harness, chunks * CHUNK));
    })();
  }
  const [one = 0, two = 0, three = 0] = costs;
  expect(two - one).toBeLessThanOrEqual(3);
  expect(three - two).toBeLessThanOrEqual(3);
  // The pauses, which the run reads first, are one of them, and three count what our books hold.
  expect(one - 3).toBeLessThanOrEqual(18);
}, 60_000);
