import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { keyOf } from '../../../lib/model/message';
import { processInbox } from '../../../lib/inbox/process';
import { paymentFact } from '../../../lib/statement/passes/fact';
import { fen } from '../../../lib/values/fen';
import { guarded } from '../../store/builders';
import { isOutTradeNo } from '../../../lib/values/ids';
import { numbers, type Trade } from '../bill';
import {
  at,
  billOf,
  DAY,
  day,
  discrepanciesOf,
  ledgerOf,
  MERCHANT,
  orderNo,
  orderOf,
  paidOrderOf,
  paymentOf,
  PLENTY,
  sale,
  stageOf,
  transactionNo,
} from './stage';

const sumOf = (count: number, sum: number) => ({ count, sum });
const open = { resolution: null };
const canaryNo = (n: number) => guarded(isOutTradeNo, `canary-2026112300${String(n)}`);

describe('a day whose books agree', () => {
  it('is reconciled, counted on both sides, and finds nothing', async () => {
    const stage = stageOf();
    const sales = [1, 2, 3].map((n) => sale(n));
    for (const each of sales) await stage.store.orders.create(paidOrderOf(each));
    stage.bills.set(DAY, billOf(sales));
    const turn = await stage.turn();
    expect(turn).toMatchObject({ opened: 1, triedAgain: 0, runs: [{ day: DAY, round: 1, state: 'done' }] });
    const all = sumOf(3, 3_006);
    expect(await stage.report()).toMatchObject({
      outcome: 'reconciled',
      refusal: null,
      statement: { type: 'ALL', rows: 3, refundRows: 0, gzipped: true },
      tally: {
        theirs: { payments: all, fees: 18 },
        ours: { payments: all },
        matched: { payments: all },
        repaired: { payments: sumOf(0, 0) },
        found: {},
        explained: 0,
        setAside: {},
        problems: [],
      },
    });
    expect((await ledgerOf(stage, sale(1))).statement).toEqual({ day: DAY, round: 1, chunk: 2 });
    expect(stage.log.lines.map(({ event }) => event)).toContain('statement_run');
  });

  it('counts a canary of our books apart, and no other order with such a number', async () => {
    const stage = stageOf();
    const [ours, imported, elsewhere] = [
      sale(1, { amount: 1, fee: 0 }),
      sale(2),
      sale(3, { amount: 1, fee: 0 }),
    ];
    const named = (n: number, t: Trade) => ({ from: orderNo(t), to: canaryNo(n) });
    const renamed = [named(1, ours), named(2, imported), named(3, elsewhere)];
    await stage.store.orders.create(paidOrderOf(ours, { outTradeNo: canaryNo(1) }));
    await stage.store.orders.create(paidOrderOf(imported, { outTradeNo: canaryNo(2) }));
    stage.bills.set(
      DAY,
      billOf([ours, imported, elsewhere], (text) =>
        renamed.reduce((changed, { from, to }) => changed.replaceAll(from, to), text),
      ),
    );
    await stage.turn();
    const { tally } = await stage.report();
    expect(tally).toMatchObject({
      theirs: { payments: sumOf(3, 1_004) },
      matched: { payments: sumOf(2, 1_003) },
      found: { missing_order: { count: 1 } },
    });
    expect(tally.canary).toEqual({ payments: sumOf(1, 1), refunds: sumOf(0, 0) });
  });

  it('is asked for as a whole, gzipped, once', async () => {
    const stage = stageOf();
    await stage.store.orders.create(paidOrderOf(sale(1)));
    stage.bills.set(DAY, billOf([sale(1)]));
    await stage.turn();
    await stage.turn();
    expect(stage.asked).toEqual([{ subMchId: MERCHANT, day: DAY, type: 'ALL', gzip: true }]);
  });
});

describe('a payment without a notification', () => {
  it('enters by the statement: the order is paid and held for its refunds, the discrepancy opened and resolved', async () => {
    const stage = stageOf();
    await stage.store.orders.create(orderOf(sale(1)));
    stage.bills.set(DAY, billOf([sale(1)]));
    await stage.turn();
    const [paid] = await stage.store.orders.find([orderNo(sale(1))]);
    expect(paid).toMatchObject({
      payment: { state: 'paid', knownBy: 'statement', transactionId: transactionNo(sale(1)) },
      fulfilment: { state: 'held', reason: 'statement_refunds_pending' },
    });
    const { tally } = await stage.report();
    expect(tally).toMatchObject({ matched: { payments: sumOf(1, 1_001) }, found: {}, explained: 0 });
    expect(tally.repaired.payments).toEqual(sumOf(1, 1_001));
    const found = await discrepanciesOf(stage, sale(1));
    expect(found.filter((one) => one.class !== 'fulfilment_held')).toMatchObject([
      {
        class: 'unpaid_order',
        ours: 'pending',
        theirs: 1_001,
        statementRun: statementRunId(MERCHANT, DAY),
        path: 'statement',
        resolution: { by: 'auto' },
      },
    ]);
  });

  it('of many, is repaired a batch at a time, all of them', async () => {
    const stage = stageOf();
    const sales = Array.from({ length: 120 }, (_, n) => sale(n + 1));
    for (const each of sales) await stage.store.orders.create(orderOf(each));
    stage.bills.set(DAY, billOf(sales));
    await stage.turn();
    expect(await stage.store.orders.counts()).toMatchObject({ payment: { paid: 120, pending: 0 } });
    expect((await stage.report()).tally.repaired.payments.count).toBe(120);
  });

  it('whose callback comes in between is not claimed for the statement, and its discrepancy is resolved', async () => {
    const stage = stageOf();
    const t = sale(1);
    await stage.store.orders.create(orderOf(t));
    stage.bills.set(DAY, billOf([t]));
    const { inbox } = stage.deps;
    // The callback is stored and processed right before the bill's own message.
    const record: typeof inbox.store.inbox.record = async (message) => {
      await stage.store.inbox.record({ ...message, path: 'callback' });
      await processInbox(inbox, PLENTY, [message.key]);
      return stage.store.inbox.record(message);
    };
    const store = { ...inbox.store, inbox: { ...inbox.store.inbox, record } };
    const held = stageOf({ store: stage.store });
    held.bills.set(DAY, billOf([t]));
    Object.assign(held.deps.inbox, { store });
    await held.turn();
    expect((await ledgerOf(held, t)).payment).toMatchObject({ state: 'paid', knownBy: 'callback' });
    const { tally } = await held.report();
    expect(tally).toMatchObject({ matched: { payments: sumOf(1, 1_001) }, explained: 1, found: {} });
    expect(tally.repaired.payments.count).toBe(0);
    expect(await discrepanciesOf(held, t)).toMatchObject([
      { class: 'unpaid_order', resolution: { by: 'auto', who: `${MERCHANT}:${DAY}` } },
    ]);
  });

  it('that went dead before, for another reason, is replayed once', async () => {
    const stage = stageOf();
    const t = sale(1);
    const message = { ...factOf(t), path: 'callback' } as const;
    await stage.store.inbox.record(message);
    stage.advance(700_000);
    await processInbox(stage.deps.inbox, PLENTY);
    expect(await stage.store.inbox.find(message.key)).toMatchObject({
      state: 'dead',
      reason: 'order_never_appeared',
    });
    await stage.store.orders.create(orderOf(t));
    stage.bills.set(DAY, billOf([t]));
    await stage.turn();
    expect((await ledgerOf(stage, t)).payment).toMatchObject({ state: 'paid', knownBy: 'callback' });
    expect(await stage.store.inbox.find(message.key)).toMatchObject({ state: 'done', replays: 1 });
    const others = (await discrepanciesOf(stage, t)).filter((one) => one.class !== 'fulfilment_held');
    expect(others).not.toContainEqual(expect.objectContaining(open));
  });

  it('that an operator dismissed stays dismissed, and its discrepancy open', async () => {
    const stage = stageOf();
    const t = sale(1);
    const message = factOf(t);
    await stage.store.inbox.record(message);
    const token = stage.deps.newToken();
    const [now, leaseUntil] = [stage.now(), at('2026-11-24 10:06:00')];
    await stage.store.inbox.claim({ token, now, leaseUntil, limit: 1 });
    const finish = { kind: 'dead', reason: 'operator', error: null } as const;
    await stage.store.inbox.settle(token, now, [
      { key: message.key, change: null, refund: null, discrepancies: [], resolves: null, finish },
    ]);
    await stage.store.orders.create(orderOf(t));
    stage.bills.set(DAY, billOf([t]));
    await stage.turn();
    expect(await stage.report()).toMatchObject({
      outcome: 'reconciled',
      tally: { found: { unpaid_order: sumOf(1, 1_001) } },
    });
    expect(await stage.store.inbox.find(message.key)).toMatchObject({ state: 'dead', replays: 0 });
    expect(await discrepanciesOf(stage, t)).toMatchObject([{ class: 'unpaid_order', ...open }]);
  });
});

describe('payments that do not agree', () => {
  it('differ in amount: both sides are named, and nothing is repaired', async () => {
    const stage = stageOf();
    const [pending, paid] = [sale(1), sale(2)];
    await stage.store.orders.create(orderOf(pending, { total: fen(999) }));
    await stage.store.orders.create(paidOrderOf(paid, { total: fen(5) }));
    stage.bills.set(DAY, billOf([pending, paid]));
    await stage.turn();
    expect((await ledgerOf(stage, pending)).payment.state).toBe('pending');
    expect(await discrepanciesOf(stage, pending, paid)).toMatchObject([
      { class: 'amount_mismatch', ours: 999, theirs: 1_001, ...open },
      { class: 'amount_mismatch', ours: 5, theirs: 1_002, ...open },
    ]);
    const { tally } = await stage.report();
    expect(tally).toMatchObject({
      theirs: { payments: sumOf(2, 2_003) },
      // The second one is on our books, and is not absent from the statement.
      ours: { payments: sumOf(1, 5) },
      matched: { payments: sumOf(0, 0) },
      carriedOver: { payments: sumOf(0, 0) },
      found: { amount_mismatch: sumOf(2, 2_003) },
    });
    expect((await stage.store.inbox.list({ state: 'pending', after: null, limit: 10 })).items).toEqual([]);
  });

  it('are of an order of another merchant of ours', async () => {
    const other = stageOf();
    const t = sale(1);
    const elsewhere = { ...paidOrderOf(t), subMchId: other.deps.inbox.settings.merchants[0] ?? MERCHANT };
    const foreign = JSON.parse(JSON.stringify(elsewhere).replace(MERCHANT, '1600099999')) as typeof elsewhere;
    await other.store.orders.create(foreign);
    other.bills.set(DAY, billOf([t]));
    await other.turn();
    expect(await discrepanciesOf(other, t)).toMatchObject([
      { class: 'merchant_mismatch', ours: '1600099999', theirs: MERCHANT, ...open },
    ]);
  });

  it('have no order here: a discrepancy, and nothing enters the inbox', async () => {
    const stage = stageOf();
    await stage.store.orders.create(paidOrderOf(sale(1)));
    stage.bills.set(DAY, billOf([sale(1), sale(2)]));
    await stage.turn();
    expect(await discrepanciesOf(stage, sale(2))).toMatchObject([
      { class: 'missing_order', ours: null, theirs: 1_002, ...open },
    ]);
    expect(await stage.store.inbox.find(factOf(sale(2)).key)).toBeNull();
    expect((await stage.report()).tally.found).toEqual({
      missing_order: { count: 1, sum: 1_002, difference: 1_002 },
    });
  });

  it('claim one order twice: the first in the file pays it, the second is a duplicate payment', async () => {
    const stage = stageOf();
    const [first, second] = [sale(1), sale(1, { time: '2026-11-23 09:00:00' })];
    await stage.store.orders.create(orderOf(first));
    const twice = gzippedTwice(first, second);
    stage.bills.set(DAY, twice);
    await stage.turn();
    const order = await ledgerOf(stage, first);
    expect(order.payment).toMatchObject({ state: 'paid', transactionId: transactionNo(first) });
    expect(order.otherPayments).toMatchObject([{ as: 'duplicate_payment', total: 1_001 }]);
    const { tally } = await stage.report();
    expect(tally).toMatchObject({
      matched: { payments: sumOf(2, 2_002) },
      repaired: { payments: sumOf(1, 1_001) },
      found: { duplicate_payment: sumOf(1, 1_001) },
    });
    expect(await discrepanciesOf(stage, first)).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ class: 'duplicate_payment', ...open })]),
    );
  });

  it('come after the order was closed', async () => {
    const stage = stageOf();
    const t = sale(1);
    const evidence = keyOf(
      { kind: 'closure', outTradeNo: orderNo(t), subMchId: MERCHANT, as: 'closed' },
      'platform',
    );
    await stage.store.orders.create(orderOf(t, { payment: { state: 'closed', at: at(t.time), evidence } }));
    stage.bills.set(DAY, billOf([t]));
    await stage.turn();
    expect((await stage.report()).tally.found).toEqual({
      paid_after_close: { count: 1, sum: 1_001, difference: 0 },
    });
    expect(await discrepanciesOf(stage, t)).toMatchObject([{ class: 'paid_after_close', ...open }]);
  });

  it('were charged another fee than was agreed', async () => {
    const stage = stageOf({ settings: { merchants: [{ subMchId: MERCHANT, feeRate: 6_000 }] } });
    const [right, wrong] = [sale(1, { amount: 10_000, fee: 60 }), sale(2, { amount: 10_000, fee: 63 })];
    for (const each of [right, wrong]) await stage.store.orders.create(paidOrderOf(each));
    stage.bills.set(DAY, billOf([right, wrong]));
    await stage.turn();
    expect(await discrepanciesOf(stage, right, wrong)).toMatchObject([
      { class: 'fee_mismatch', ours: 60, theirs: 63, subject: { outTradeNo: orderNo(wrong) } },
    ]);
    // Agreed but for the fee of 0.63, of which 0.03 were too much.
    expect((await stage.report()).tally).toMatchObject({
      matched: { payments: sumOf(2, 20_000) },
      found: { fee_mismatch: { count: 1, sum: 63, difference: 3 } },
    });
  });

  it('are absent: carried over until the deadline, then missing by time alone', async () => {
    const stage = stageOf();
    for (const n of [1, 2]) await stage.store.orders.create(paidOrderOf(sale(n)));
    stage.bills.set(DAY, billOf([sale(1)]));
    await stage.turn();
    expect((await stage.report()).tally).toMatchObject({
      ours: { payments: sumOf(2, 2_003) },
      matched: { payments: sumOf(1, 1_001) },
      carriedOver: { payments: sumOf(1, 1_002) },
      found: {},
    });
    const opensAt = at('2026-11-27 00:00:00');
    expect(await discrepanciesOf(stage, sale(2))).toMatchObject([
      { class: 'missing_payment', ours: 1_002, theirs: null, opensAt, ...open },
    ]);
    expect(await stage.store.discrepancies.countOpen(stage.now())).toBe(0);
    expect(await stage.store.discrepancies.countOpen(opensAt)).toBe(1);
  });

  it('are absent on their day and stand in the next one: the later statement explains them', async () => {
    const stage = stageOf();
    const [t, midnight] = [sale(1), sale(2, { time: '2026-11-24 00:00:01' })];
    await stage.store.orders.create(paidOrderOf(t));
    await stage.store.orders.create(
      paidOrderOf(midnight, { payment: paymentOf(midnight, at('2026-11-23 23:59:59')) }),
    );
    stage.bills.set(DAY, billOf([t]));
    stage.bills.set(day('20261124'), billOf([midnight]));
    await stage.turn();
    expect((await stage.report()).tally.carriedOver.payments.count).toBe(1);
    stage.goTo(at('2026-11-25 10:05:00'));
    await stage.turn();
    expect((await stage.report(day('20261124'))).tally).toMatchObject({
      matched: { payments: sumOf(1, 1_002) },
      explained: 1,
      carriedOver: { payments: sumOf(0, 0) },
    });
    expect(await discrepanciesOf(stage, midnight)).toMatchObject([
      { class: 'missing_payment', resolution: { by: 'auto', who: `${MERCHANT}:20261124` } },
    ]);
  });
});

function factOf(t: ReturnType<typeof sale>) {
  const total = fen(t.amount);
  const row = {
    kind: 'payment',
    line: 2,
    tradedAt: at(t.time),
    transactionId: transactionNo(t),
    outTradeNo: orderNo(t),
    paidTo: MERCHANT,
    mchId: MERCHANT,
    payer: null,
    currency: 'CNY',
    ...{ fee: fen(t.fee), rate: '' },
    texts: null,
    total,
    settled: total,
    coupon: fen(0),
  } as const;
  return paymentFact(row, MERCHANT, at('2026-11-23 12:00:00'));
}

function gzippedTwice(first: ReturnType<typeof sale>, second: ReturnType<typeof sale>) {
  const other = { ...numbers(second), transactionId: '4200009000000000000000000009' };
  return billOf([first, second], (text) => {
    const at = text.lastIndexOf(numbers(second).transactionId);
    return text.slice(0, at) + other.transactionId + text.slice(at + other.transactionId.length);
  });
}
