import { at, DAY, orderOf, paidOrderOf, sale, stageOf } from './stage';

/*
 * What API v3 tells apart and cloudpay does not: there is no bill, or it is being made.
 */

/** A stage whose books have one payment of the day. */
async function withPayment() {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(sale(1)));
  return stage;
}

describe('WeChat Pay has no statement', () => {
  it('and says so (API v3): a day without a trade of ours ends at once, one with trades waits until noon', async () => {
    const noBill = { kind: 'no_bill', detail: 'NO_STATEMENT_EXIST' } as const;
    const quiet = stageOf();
    await quiet.store.orders.create(orderOf(sale(1)));
    quiet.bills.set(DAY, noBill);
    await quiet.turn();
    expect(await quiet.report()).toMatchObject({ outcome: 'none' });
    const busy = await withPayment();
    busy.bills.set(DAY, noBill);
    expect((await busy.turn()).runs).toMatchObject([{ state: 'waiting', reason: 'not_available' }]);
    busy.goTo(at('2026-11-24 12:00:00'));
    await busy.turn();
    expect(await busy.report()).toMatchObject({ outcome: 'missing' });
  });

  it('because it is making it (API v3): it waits, also after noon', async () => {
    const stage = await withPayment();
    stage.bills.set(DAY, { kind: 'not_yet', detail: 'STATEMENT_CREATING' });
    for (const hour of ['10:00', '12:00', '20:00']) {
      stage.goTo(at(`2026-11-24 ${hour}:00`));
      expect((await stage.turn()).runs).toMatchObject([{ state: 'waiting', reason: 'not_yet' }]);
    }
    expect(stage.log.lines.map(({ event }) => event)).not.toContain('statement_missing');
  });
});
