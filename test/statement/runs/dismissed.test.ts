import { statedMessage } from '../../../lib/rules/fact-messages';
import type { InboxKey } from '../../../lib/model/message';
import { keyOf } from '../../../lib/model/message';
import { fen } from '../../../lib/values/fen';
import type { OutRefundNo } from '../../../lib/values/ids';
import { isOutRefundNo } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import { refund, refundMessage } from '../../store/builders';
import type { Trade } from '../bill';
import { numbers, trade } from '../bill';
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

function refundNoOf(t: Trade): OutRefundNo {
  const { outRefundNo } = numbers(t);
  if (!isOutRefundNo(outRefundNo)) throw new TypeError('no refund number');
  return outRefundNo;
}

/** Has an operator dismiss the message of a payment before it is processed. */
async function dismissByHand({ store, now }: StatementStage, t: Trade): Promise<void> {
  const message = statedMessage(heardOf(t), at(t.time));
  await store.inbox.record(message);
  expect(await store.inbox.dismiss([message.key], 'lin', 'dealt with elsewhere', later(now(), -1))).toEqual([
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
    await dismissByHand(stage, t);
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
    await dismissByHand(stage, t);
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

describe('a refund whose message an operator dismissed, and which the bill shows', () => {
  const PAID = sale(1);
  const back = trade({ kind: 'refund', number: 71, amount: PAID.amount, fee: 0 });
  const ofPaid = (text: string): string =>
    text.replaceAll(orderNo(back), orderNo(PAID)).replaceAll(transactionNo(back), transactionNo(PAID));

  /** The message of the refund, dismissed at this time. */
  async function dismissed({ store }: StatementStage, dismissedAt: Instant): Promise<InboxKey> {
    const told = refundMessage(71, {
      outRefundNo: refundNoOf(back),
      outTradeNo: orderNo(PAID),
      transactionId: transactionNo(PAID),
      subMchId: MERCHANT,
      refund: fen(PAID.amount),
      total: fen(PAID.amount),
    });
    const message = { ...told, key: keyOf(told.content, 'platform'), outTradeNo: orderNo(PAID) };
    await store.inbox.record(message);
    expect(await store.inbox.dismiss([message.key], 'lin', 'nothing is paid', dismissedAt)).toEqual([true]);
    return message.key;
  }

  it('enters the books when it was dismissed before the same bill made its order paid', async () => {
    const stage = stageOf();
    await stage.store.orders.create(orderOf(PAID));
    const key = await dismissed(stage, later(stage.now(), -1));
    stage.bills.set(DAY, billOf([PAID, back], ofPaid));
    await stage.turn();
    expect(await stage.store.inbox.find(key)).toMatchObject({ state: 'done', replays: 1 });
    expect(await stage.store.refunds.ofOrder(orderNo(PAID))).toMatchObject([
      { amount: PAID.amount, progress: { state: 'succeeded' } },
    ]);
    const [order] = await stage.store.orders.find([orderNo(PAID)]);
    expect(order).toMatchObject({ payment: { state: 'paid' }, refunds: [{ amount: PAID.amount }] });
  });

  it('ends the refund that we asked for, whenever it was dismissed', async () => {
    const stage = stageOf();
    const number = refundNoOf(back);
    await stage.store.orders.create(
      paidOrderOf(PAID, { refunds: [{ outRefundNo: number, amount: fen(PAID.amount) }] }),
    );
    await stage.store.refunds.create(
      refund(71, {
        outRefundNo: number,
        outTradeNo: orderNo(PAID),
        subMchId: MERCHANT,
        transactionId: transactionNo(PAID),
        total: fen(PAID.amount),
        amount: fen(PAID.amount),
        progress: { state: 'processing', refundId: null, acceptedAt: stage.now() },
      }),
    );
    const key = await dismissed(stage, later(stage.now(), -1));
    stage.bills.set(DAY, billOf([PAID, back], ofPaid));
    await stage.turn();
    expect(await stage.store.inbox.find(key)).toMatchObject({ state: 'done', replays: 1 });
    expect(await stage.store.refunds.ofOrder(orderNo(PAID))).toMatchObject([
      { progress: { state: 'succeeded' } },
    ]);
  });

  it('stays dismissed, and named, when its order was known to be paid by then', async () => {
    const stage = stageOf();
    await stage.store.orders.create(paidOrderOf(PAID));
    const key = await dismissed(stage, later(stage.now(), -1));
    stage.bills.set(DAY, billOf([PAID, back], ofPaid));
    await stage.turn();
    expect(await stage.store.inbox.find(key)).toMatchObject({ state: 'dead', reason: 'operator' });
    expect(await stage.store.refunds.ofOrder(orderNo(PAID))).toEqual([]);
    expect(await discrepanciesOf(stage, PAID)).toEqual(
      expect.arrayContaining([expect.objectContaining({ class: 'refund_missing_here', resolution: null })]),
    );
  });
});
