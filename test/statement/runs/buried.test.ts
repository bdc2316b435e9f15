import { statedMessage } from '../../../lib/rules/fact-messages';
import { keyOf } from '../../../lib/model/message';
import { later } from '../../../lib/values/instant';
import type { Trade } from '../bill';
import type { StatementStage } from './stage';
import {
  at,
  billOf,
  DAY,
  discrepanciesOf,
  heardOf,
  ledgerOf,
  MERCHANT,
  orderNo,
  orderOf,
  paidOrderOf,
  sale,
  stageOf,
  transactionNo,
} from './stage';

/** Has an operator dismiss the message of a payment before it is processed. */
async function buryByHand({ store, now }: StatementStage, t: Trade): Promise<void> {
  const message = statedMessage(heardOf(t), at(t.time));
  await store.inbox.record(message);
  expect(await store.inbox.bury([message.key], 'lin', 'dealt with elsewhere', later(now(), -1))).toEqual([
    true,
  ]);
}

describe('money whose message an operator dismissed is named by the statement', () => {
  it('when it came after the order was closed', async () => {
    const stage = stageOf();
    const t = sale(1);
    const evidence = keyOf(
      { kind: 'closure', outTradeNo: orderNo(t), subMchId: MERCHANT, as: 'closed' },
      'platform',
    );
    await stage.store.orders.create(orderOf(t, { payment: { state: 'closed', at: at(t.time), evidence } }));
    await buryByHand(stage, t);
    stage.bills.set(DAY, billOf([t]));
    await stage.turn();
    expect((await ledgerOf(stage, t)).otherPayments).toEqual([]);
    expect(await discrepanciesOf(stage, t)).toMatchObject([
      { class: 'paid_after_close', theirs: t.amount, resolution: null },
    ]);
  });

  it('when it is a second payment of an order', async () => {
    const stage = stageOf();
    const t = sale(1);
    const { payment } = paidOrderOf(t);
    if (payment.state !== 'paid') throw new TypeError('the order is not paid');
    const byAnother = { ...payment, transactionId: transactionNo(sale(99)) };
    await stage.store.orders.create(orderOf(t, { payment: byAnother }));
    await buryByHand(stage, t);
    stage.bills.set(DAY, billOf([t]));
    await stage.turn();
    expect((await ledgerOf(stage, t)).otherPayments).toEqual([]);
    // The other transaction is named too: the statement lacks it.
    expect(await discrepanciesOf(stage, t)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ class: 'duplicate_payment', theirs: t.amount, resolution: null }),
      ]),
    );
  });
});
