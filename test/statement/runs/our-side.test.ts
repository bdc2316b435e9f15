import fc from 'fast-check';
import { discrepancyId } from '../../../lib/model/discrepancy';
import { keyOf } from '../../../lib/model/message';
import type { WholeOrder } from '../../../lib/model/order';
import type { Refund } from '../../../lib/model/refund';
import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { accountsForBooks, BUCKETS, equationsOf } from '../../../lib/statement/report/equation';
import { StoreError } from '../../../lib/store/errors';
import type { Store } from '../../../lib/store/port';
import { fen } from '../../../lib/values/fen';
import { isOutRefundNo } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import { refund as builtRefund, succeededAt } from '../../store/builders';
import { emptyState } from '../../simulation/model/state';
import { modelStore } from '../../simulation/model/store';
import { numbers, trade, type Trade } from '../bill';
import {
  at,
  billOf,
  DAY,
  day,
  heardOf,
  MERCHANT,
  orderNo,
  orderOf,
  paidOrderOf,
  sale,
  SMOOTH,
  stageOf,
  transactionNo,
  type StatementStage,
} from './stage';

const ID = statementRunId(MERCHANT, DAY);
const INCOMPLETE = discrepancyId('books_incomplete', { kind: 'statement', subMchId: MERCHANT, day: DAY });

async function ourSide(stage: StatementStage) {
  const [, ours] = equationsOf(await stage.run()) ?? [];
  if (ours === undefined) throw new Error('nothing was compared');
  for (const part of ['count', 'sum'] as const) {
    expect(BUCKETS.reduce((sum, bucket) => sum + ours.buckets[bucket][part], 0)).toBe(ours.all[part]);
  }
  return ours;
}

/** The model store, in which a part of `orders` is another. */
function storeWith(over: (store: Store) => Partial<Store['orders']>): Store {
  const store = modelStore(emptyState(), SMOOTH);
  return { ...store, orders: { ...store.orders, ...over(store) } };
}

test('our side is counted apart from the comparison, with what other days have', async () => {
  const stage = stageOf();
  const { store } = stage;
  const ofYesterday = { day: day('20261122'), round: 1, chunk: 2 };
  await store.orders.create(paidOrderOf(sale(1)));
  await store.orders.create(paidOrderOf(sale(2), { total: fen(999) }));
  await store.orders.create(paidOrderOf(sale(3)));
  await store.orders.create(paidOrderOf(sale(4), { statement: ofYesterday }));
  // In this bill, and of the day before in our books.
  const early = sale(5, { time: '2026-11-23 00:00:01' });
  const { payment } = paidOrderOf(early);
  if (payment.state !== 'paid') throw new Error('it is paid');
  await store.orders.create(
    paidOrderOf(early, { payment: { ...payment, paidAt: at('2026-11-22 23:59:59') } }),
  );
  stage.bills.set(DAY, billOf([sale(1), sale(2), early]));
  await stage.turn();
  expect(await ourSide(stage)).toEqual({
    side: 'ours',
    all: { count: 5, sum: 1_001 + 999 + 1_003 + 1_004 + 1_005 },
    buckets: {
      agreeing: { count: 2, sum: 1_001 + 1_005 },
      differing: { count: 1, sum: 999 },
      otherDays: { count: 1, sum: 1_004 },
      inDoubt: { count: 1, sum: 1_003 },
      notLookedFor: { count: 0, sum: 0 },
    },
  });
  expect(await store.discrepancies.find(INCOMPLETE)).toBeNull();
});

test('an order that the comparison loses is named after a second comparison, until a rerun finds it', async () => {
  let losing = true;
  const stage = stageOf({
    store: storeWith(({ orders }) => ({
      absent: async (query) => {
        const page = await orders.absent(query);
        return losing ? { ...page, items: page.items.slice(1) } : page;
      },
    })),
  });
  await stage.store.orders.create(paidOrderOf(sale(1)));
  await stage.store.orders.create(paidOrderOf(sale(2)));
  stage.bills.set(DAY, billOf([sale(1)]));
  await stage.turn();
  const first = await stage.run();
  expect(first).toMatchObject({ round: 2, work: { state: 'matching' } });
  expect(first.history.at(-1)).toMatchObject({
    event: 'compared_again',
    evidence: 'payments 1 (1002 fen), refunds 0 (0 fen)',
  });
  expect(await stage.store.discrepancies.find(INCOMPLETE)).toBeNull();

  await stage.untilDone();
  expect((await ourSide(stage)).buckets.notLookedFor).toEqual({ count: 1, sum: 1_002 });
  expect(await stage.store.discrepancies.find(INCOMPLETE)).toMatchObject({
    ours: { payments: { count: '1', amount: 1_002 }, refunds: { count: '0', amount: 0 } },
    resolution: null,
  });
  expect(stage.log.lines).toContainEqual(expect.objectContaining({ event: 'statement_books_incomplete' }));
  expect(stage.asked).toHaveLength(1);

  losing = false;
  await stage.store.statementRuns.again(ID, 'li', stage.now());
  await stage.untilDone();
  expect((await ourSide(stage)).buckets.notLookedFor.count).toBe(0);
  expect(await stage.store.discrepancies.find(INCOMPLETE)).toMatchObject({ resolution: { by: 'auto' } });
});

test('a payment that becomes known while the day is compared is compared in the repetition', async () => {
  let late: WholeOrder | null = paidOrderOf(sale(2));
  const stage = stageOf({
    store: storeWith(({ orders }) => ({
      booked: async (query) => {
        if (late !== null) await orders.create(late);
        late = null;
        return orders.booked(query);
      },
    })),
  });
  await stage.store.orders.create(paidOrderOf(sale(1)));
  stage.bills.set(DAY, billOf([sale(1)]));
  await stage.untilDone();
  expect(await stage.run()).toMatchObject({ round: 2 });
  expect((await ourSide(stage)).buckets).toMatchObject({ agreeing: { count: 1 }, inDoubt: { count: 1 } });
  expect(await stage.store.discrepancies.find(INCOMPLETE)).toBeNull();
});

test('a refund that our books learn from the bill after its row is not missing in that bill', async () => {
  let isDown = true;
  const stage = stageOf({
    store: storeWith(({ orders }) => ({
      booked: async (query) => {
        if (isDown) throw new StoreError('unavailable', 'no answer came');
        return orders.booked(query);
      },
    })),
  });
  const { store } = stage;
  const paid = sale(1);
  const back = trade({ ...paid, kind: 'refund', time: '2026-11-23 20:00:00', fee: 0 });
  const [outTradeNo, { outRefundNo }] = [orderNo(paid), numbers(back)];
  if (!isOutRefundNo(outRefundNo)) throw new Error('no refund number');
  const common = { outTradeNo, subMchId: MERCHANT, total: fen(paid.amount), amount: fen(paid.amount) };
  // Another refund holds the money, so that the row cannot be applied yet.
  const holder = builtRefund(9, common);
  const { outRefundNo: other, amount } = holder;
  await store.orders.create({ ...paidOrderOf(paid), refunds: [{ outRefundNo: other, amount }] });
  await store.refunds.create(holder);
  stage.bills.set(DAY, billOf([paid, back]));
  await stage.turn();
  expect(await stage.run()).toMatchObject({ work: { state: 'matching' } });

  const progress = { ...succeededAt(at(back.time), { key: EVIDENCE }), knownBy: 'statement' } as const;
  await store.refunds.create(builtRefund(1, { ...common, outRefundNo, progress }));
  isDown = false;
  await stage.untilDone();
  const subject = { kind: 'refund', outTradeNo, outRefundNo } as const;
  expect(await store.discrepancies.find(discrepancyId('refund_missing_there', subject))).toBeNull();
});

/** What may become of a trade on both sides. */
const FATES = [
  'same',
  'same',
  'ours alone',
  'theirs alone',
  'unpaid here',
  'another amount',
  'twice in the bill',
  'unreadable',
  'of another day in the bill',
  'of another day here',
  'accepted otherwise',
  'paid by another payment',
  'found on another day',
] as const;
const REFUNDS = [
  'none',
  'none',
  'same',
  'ours alone',
  'theirs alone',
  'processing',
  'another amount',
  'of another day here',
] as const;

test('whatever a day holds, both sides account for all of it', async () => {
  const one = fc.record({ fate: fc.constantFrom(...FATES), refund: fc.constantFrom(...REFUNDS) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(one, { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (fates, chunkRows, isCarried) => {
        const stage = stageOf({ settings: { chunkRows, ...(isCarried ? {} : { carryOverDays: 0 }) } });
        const rows = await Promise.all(fates.map(({ fate, refund: of }, n) => play(stage, n + 1, fate, of)));
        const unreadable = fates.flatMap(({ fate }, n) =>
          fate === 'unreadable' ? [numbers(sale(n + 1)).transactionId] : [],
        );
        const always = sale(50);
        await stage.store.orders.create(paidOrderOf(always));
        const change = (text: string) =>
          unreadable.reduce((all, number) => all.replace(number, '4.2E+27'), text);
        stage.bills.set(DAY, billOf([always, ...rows.flat()], change));
        await stage.untilDone();
        const { tally } = await stage.report();
        expect(tally.books?.missed).toEqual({
          payments: { count: 0, sum: 0 },
          refunds: { count: 0, sum: 0 },
        });
        expect(accountsForBooks(tally)).toBe(true);
        expect(await stage.run()).toMatchObject({ round: 1 });
        await ourSide(stage);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

/** Makes our side of a trade, and returns the bill's. */
async function play(
  { store }: StatementStage,
  n: number,
  fate: (typeof FATES)[number],
  ofRefund: (typeof REFUNDS)[number],
): Promise<readonly Trade[]> {
  const t = sale(n);
  const back = trade({ ...t, kind: 'refund', time: '2026-11-23 20:00:00', amount: 7, fee: 0 });
  const ours = refundOf(back, ofRefund);
  const refunds = ours === null ? [] : [{ outRefundNo: ours.outRefundNo, amount: ours.amount }];
  const order = orderOfFate(t, fate);
  if (order !== null) await store.orders.create({ ...order, refunds });
  if (ours !== null) await store.refunds.create(ours);
  const isInBill = ofRefund !== 'none' && ofRefund !== 'ours alone';
  return [...rowsOfFate(t, fate), ...(isInBill ? [back] : [])];
}

function rowsOfFate(t: Trade, fate: (typeof FATES)[number]): readonly Trade[] {
  switch (fate) {
    case 'ours alone':
    case 'found on another day':
      return [];
    case 'twice in the bill':
      return [t, t];
    case 'of another day in the bill':
      return [{ ...t, time: '2026-11-24 00:00:03' }];
    case 'theirs alone':
    case 'same':
    case 'unpaid here':
    case 'another amount':
    case 'unreadable':
    case 'of another day here':
    case 'accepted otherwise':
    case 'paid by another payment':
      return [t];
  }
}

function orderOfFate(t: Trade, fate: (typeof FATES)[number]): WholeOrder | null {
  const paid = paidOrderOf(t);
  if (paid.payment.state !== 'paid') throw new Error('it is paid');
  switch (fate) {
    case 'theirs alone':
      return null;
    case 'unpaid here':
      return orderOf(t);
    case 'another amount':
      return { ...paid, total: fen(t.amount + 1) };
    case 'of another day here':
      return { ...paid, payment: { ...paid.payment, paidAt: later(at(t.time), -86_400_000) } };
    case 'accepted otherwise': {
      const by = { who: 'li', approver: null, reason: 'agreed with the payer', at: at(t.time) };
      const acceptance = { state: 'accepted', total: fen(t.amount), ...by } as const;
      return { ...paid, total: fen(t.amount + 5), payment: { ...paid.payment, acceptance } };
    }
    case 'paid by another payment': {
      const { transactionId } = paid.payment;
      const beside = { transactionId, total: paid.total, paidAt: paid.payment.paidAt, evidence: EVIDENCE };
      return {
        ...paid,
        payment: { ...paid.payment, transactionId: transactionNo(sale(t.number + 20)) },
        otherPayments: [{ ...beside, as: 'duplicate_payment' }],
      };
    }
    case 'found on another day':
      return { ...paid, statement: { day: day('20261124'), round: 1, chunk: 2 } };
    case 'same':
    case 'ours alone':
    case 'twice in the bill':
    case 'unreadable':
    case 'of another day in the bill':
      return paid;
  }
}

const EVIDENCE = keyOf(heardOf(sale(1)), 'platform');

function refundOf(back: Trade, fate: (typeof REFUNDS)[number]): Refund | null {
  if (fate === 'none' || fate === 'theirs alone') return null;
  const { outRefundNo } = numbers(back);
  if (!isOutRefundNo(outRefundNo)) throw new TypeError('no refund number');
  const time = at(fate === 'of another day here' ? '2026-11-22 20:00:00' : back.time);
  return builtRefund(back.number, {
    outRefundNo,
    outTradeNo: orderNo(back),
    subMchId: MERCHANT,
    total: fen(1_000 + back.number),
    amount: fen(fate === 'another amount' ? 8 : back.amount),
    createdAt: at(sale(back.number).time),
    progress:
      fate === 'processing'
        ? { state: 'processing', refundId: '50', acceptedAt: time }
        : succeededAt(time, { key: EVIDENCE }),
  });
}
