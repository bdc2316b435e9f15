import { processInbox } from '../../../lib/inbox/process';
import type { NewMessage } from '../../../lib/model/message';
import { keyOf } from '../../../lib/model/message';
import { fen } from '../../../lib/values/fen';
import type { Trade } from '../bill';
import type { StatementStage } from './stage';
import {
  at,
  billOf,
  DAY,
  discrepanciesOf,
  heardOf,
  ledgerOf,
  orderNo,
  orderOf,
  PLENTY,
  sale,
  stageOf,
} from './stage';

/** The payment of a trade as a callback tells it, its amount changed by `by`. */
function callback(t: Trade, by = 0): NewMessage {
  const { kind, payment } = heardOf(t);
  const content = { kind, payment: { ...payment, total: fen(payment.total + by) } };
  const key = keyOf(content, 'platform');
  const outTradeNo = orderNo(t);
  return { key, content, outTradeNo, trust: 'platform', raw: '{}', path: 'callback', receivedAt: at(t.time) };
}

const work = ({ deps }: StatementStage) => processInbox(deps.inbox, PLENTY);

describe('a row of a bill', () => {
  it('that contradicts the first word about its payment pays the order; both are kept, and the contradiction stays open', async () => {
    const stage = stageOf();
    const t = sale(1);
    await stage.store.orders.create(orderOf(t));
    await stage.store.inbox.record(callback(t, -500));
    await work(stage);
    stage.bills.set(DAY, billOf([t]));
    await stage.turn();

    expect(await ledgerOf(stage, t)).toMatchObject({ payment: { state: 'paid', knownBy: 'statement' } });
    const messages = await stage.store.inbox.ofOrder(orderNo(t));
    expect(messages.map(({ content, state }) => ({ state, content }))).toMatchObject([
      { state: 'dead', content: { payment: { total: t.amount - 500 } } },
      { state: 'done', content: { payment: { total: t.amount } } },
    ]);
    const open = (await discrepanciesOf(stage, t)).filter(({ resolution }) => resolution === null);
    // The hold ends with the next run of the fulfilment worker.
    expect(open.map((one) => one.class)).toEqual(['amount_mismatch', 'fulfilment_held']);
    expect((await stage.report()).tally).toMatchObject({
      matched: { payments: { count: 1 } },
      repaired: { payments: { count: 1 } },
    });
  });

  it('that supports a dead message revives it', async () => {
    const stage = stageOf();
    const t = sale(1);
    await stage.store.inbox.record(callback(t));
    stage.advance(10 * 86_400_000);
    await work(stage);
    expect(await stage.store.inbox.find(callback(t).key)).toMatchObject({
      state: 'dead',
      reason: 'order_never_appeared',
    });
    stage.advance(-10 * 86_400_000);
    await stage.store.orders.create(orderOf(t));
    stage.bills.set(DAY, billOf([t]));
    await stage.turn();
    expect(await ledgerOf(stage, t)).toMatchObject({ payment: { state: 'paid' } });
    expect(await stage.store.inbox.find(callback(t).key)).toMatchObject({ state: 'done' });
  });
});
