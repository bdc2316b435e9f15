import { processInbox } from '../../lib/inbox/process';
import type { Person } from '../../lib/model/operators/principal';
import type { GivenOrder } from '../../lib/ops/import/import-api';
import { fen } from '../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import { onStage, PLENTY } from '../inbox/stage';
import type { Store } from '../../lib/store/port';
import { dayOf } from '../../lib/values/day';
import {
  guarded,
  MERCHANT,
  message,
  order,
  OTHER_MERCHANT,
  refund,
  refundNo,
  START,
  tradeNo,
  transactionId,
} from '../store/builders';
import { numbers, trade } from '../statement/bill';
import {
  at,
  billOf,
  DAY,
  MERCHANT as BILLED,
  orderNo,
  sale,
  stageOf,
  transactionNo,
} from '../statement/runs/stage';
import { operateOn } from './operating';

const READER: Person = { name: 'wang', role: 'read' };
const SOURCE = 'a'.repeat(64);
const NOW = later(START, 60_000);

/** The `n`th order of the file. */
function given(n: number, over: Partial<GivenOrder> = {}): GivenOrder {
  return {
    outTradeNo: tradeNo(n),
    subMchId: null,
    transactionId: transactionId(n),
    total: fen(100 + n),
    paidAt: later(START, -5_000),
    refunds: [],
    ...over,
  };
}

const request = (...orders: readonly GivenOrder[]) => ({ orders, source: SOURCE, reason: 'we move' });

describe('an imported order', () => {
  it('is never fulfilled, and a late notification of it changes nothing', () =>
    onStage(async ({ store }) => {
      const { ask, deps } = operateOn(store, () => NOW);
      expect(await ask('import_orders', request(given(1)))).toMatchObject({ taken: { count: 1, sum: 101 } });
      await store.inbox.record(message(1));
      await processInbox(deps, PLENTY);
      expect(await store.inbox.find(message(1).key)).toMatchObject({ state: 'done', outcome: 'repeat' });
      expect(await store.orders.hasFulfilmentWork(later(NOW, 86_400_000))).toBe(false);
      expect(await store.orders.retryFulfilment(tradeNo(1), 'li', NOW)).toBe(false);
      const [stored] = await store.orders.find([tradeNo(1)]);
      expect(stored).toMatchObject({ fulfilment: { state: 'done', attempts: 0 }, version: 1 });
    }));

  it('is contradicted aloud by a notification of another amount', () =>
    onStage(async ({ store }) => {
      const { ask, deps } = operateOn(store, () => NOW);
      await ask('import_orders', request(given(1, { total: fen(999) })));
      await store.inbox.record(message(1));
      await processInbox(deps, PLENTY);
      expect(await store.discrepancies.ofOrder(tradeNo(1))).toMatchObject([{ class: 'amount_mismatch' }]);
    }));

  it('is found by its transaction, and what went back of it cannot go back again', () =>
    onStage(async ({ store }) => {
      const { ask } = operateOn(store, () => NOW);
      const back = { outRefundNo: refundNo(1), amount: fen(61), refundedAt: START };
      await ask('import_orders', request(given(1, { refunds: [back] })));
      expect(await ask('search', { text: transactionId(1) })).toMatchObject({
        found: [{ kind: 'order', name: tradeNo(1) }],
      });
      expect(await ask('show_order', { outTradeNo: tradeNo(1) })).toMatchObject({
        refundable: 40,
        refunded: 61,
        refunds: [{ outRefundNo: refundNo(1), progress: { state: 'succeeded', knownBy: 'import' } }],
      });
    }));

  it('agrees with the bill of its day, and so do its refunds', async () => {
    const stage = stageOf();
    const [one, two] = [sale(1), sale(2)];
    const back = trade({ kind: 'refund', number: 2, amount: 300, fee: 0 });
    const { ask } = operateOn(stage.store, stage.now, { merchants: [BILLED] });
    const stated = (t: typeof one, refunds: GivenOrder['refunds']): GivenOrder => ({
      outTradeNo: orderNo(t),
      subMchId: BILLED,
      transactionId: transactionNo(t),
      total: fen(t.amount),
      paidAt: at(t.time),
      refunds,
    });
    const orders = [
      stated(one, []),
      stated(two, [
        {
          outRefundNo: guarded(isOutRefundNo, numbers(back).outRefundNo),
          amount: fen(300),
          refundedAt: at(back.time),
        },
      ]),
    ];
    expect(await ask('import_orders', request(...orders))).toMatchObject({ taken: { count: 2 } });
    stage.bills.set(DAY, billOf([one, two, back]));
    await stage.turn();
    const { tally } = await stage.report();
    expect(tally).toMatchObject({
      matched: { payments: { count: 2 }, refunds: { count: 1, sum: 300 } },
      found: {},
    });
  });
});

describe('importing', () => {
  it('refuses what cannot be, and changes no order that is here', () =>
    onStage(async ({ store }) => {
      const { ask } = operateOn(store, () => NOW);
      await store.orders.create(order(1));
      await ask('import_orders', request(given(2)));
      await store.refunds.create(refund(9));
      const orders = [
        given(1),
        given(3, { transactionId: transactionId(2) }),
        given(4, { subMchId: OTHER_MERCHANT }),
        given(5, { paidAt: later(NOW, 1) }),
        given(6, { refunds: [{ outRefundNo: refundNo(6), amount: fen(107), refundedAt: START }] }),
        given(7, { refunds: [{ outRefundNo: refundNo(9), amount: fen(7), refundedAt: START }] }),
        given(8, { total: fen(0) }),
        // With one fen, its payment would be a test's.
        given(10, { outTradeNo: guarded(isOutTradeNo, 'canary-00000010') }),
      ];
      const notTaken = [
        { outTradeNo: tradeNo(1), why: 'differs', in: ['not_paid_here'] },
        { outTradeNo: tradeNo(3), why: 'transaction_taken' },
        { outTradeNo: tradeNo(4), why: 'merchant_unknown' },
        { outTradeNo: tradeNo(5), why: 'in_the_future' },
        { outTradeNo: tradeNo(6), why: 'refunds_exceed' },
        { outTradeNo: tradeNo(7), why: 'refund_number_taken' },
        { outTradeNo: tradeNo(8), why: 'nothing_paid' },
        { outTradeNo: 'canary-00000010', why: 'canary_number' },
      ];
      expect(await ask('preview_import', { orders })).toMatchObject({ notTaken });
      expect(await ask('import_orders', request(...orders))).toMatchObject({
        handled: 8,
        taken: { count: 0 },
        notTaken,
      });
      expect(await ask('import_orders', request(given(2)))).toMatchObject({
        known: { count: 1 },
        notTaken: [],
      });
      expect(await store.orders.find([tradeNo(3), tradeNo(5), tradeNo(7)])).toEqual([]);
      expect(await ask('import_orders', request(given(3)), READER)).toMatchObject({ code: 'READ_ONLY' });
    }));

  it('goes on where a call broke off, and never leaves an order whose refund is not there', () =>
    onStage(async ({ store }) => {
      let isBroken = true;
      const create: typeof store.orders.create = (one) =>
        isBroken ? Promise.reject(new Error('the database went away')) : store.orders.create(one);
      const breaking = { ...store, orders: { ...store.orders, create } };
      const { ask } = operateOn(breaking, () => NOW);
      const one = given(1, { refunds: [{ outRefundNo: refundNo(1), amount: fen(1), refundedAt: START }] });
      expect(await ask('import_orders', request(one))).toMatchObject({ ok: false, code: 'INTERNAL' });
      expect(await store.refunds.find([refundNo(1)])).toHaveLength(1);
      isBroken = false;
      expect(await ask('import_orders', request(one))).toMatchObject({
        taken: { count: 1 },
        refunds: { count: 1 },
      });
      expect(await ask('import_orders', request(one))).toMatchObject({
        taken: { count: 0 },
        known: { count: 1 },
      });
    }));

  it('gives a refund number to one of two orders that claim it at the same time', () =>
    onStage(async ({ store }) => {
      const { ask } = operateOn(store, () => NOW);
      const refunds = [{ outRefundNo: refundNo(1), amount: fen(1), refundedAt: START }];
      expect(await ask('import_orders', request(given(1, { refunds }), given(2, { refunds })))).toMatchObject(
        {
          taken: { count: 1 },
          notTaken: [{ why: 'refund_number_taken' }],
        },
      );
      const [refunded] = await store.refunds.find([refundNo(1)]);
      const stored = await store.orders.find([tradeNo(1), tradeNo(2)]);
      expect(stored.map(({ outTradeNo }) => outTradeNo)).toEqual([refunded?.outTradeNo]);
    }));

  it.each([
    ['transaction', given(9)],
    ['number', given(1, { transactionId: transactionId(9) })],
  ])('withdraws refunds whose order was lost to another that took its %s meanwhile', (_, other) =>
    onStage(async ({ store }) => {
      const rival = operateOn(store, () => NOW);
      const create: typeof store.orders.create = async (one) => {
        await rival.ask('import_orders', request({ ...other, transactionId: other.transactionId }));
        return store.orders.create(one);
      };
      const { ask } = operateOn({ ...store, orders: { ...store.orders, create } }, () => NOW);
      const refunds = [{ outRefundNo: refundNo(1), amount: fen(1), refundedAt: START }];
      const one = given(1, {
        refunds,
        transactionId: transactionId(other.outTradeNo === tradeNo(9) ? 9 : 1),
      });
      expect(await ask('import_orders', request(one))).toMatchObject({
        taken: { count: 0 },
        notTaken: [{ outTradeNo: tradeNo(1) }],
      });
      await expectWithdrawn(store);
    }),
  );

  it('withdraws the refunds of an order when the number of another of them is taken meanwhile', () =>
    onStage(async ({ store }) => {
      const refundsOf = (...numbers: readonly number[]) =>
        numbers.map((n) => ({ outRefundNo: refundNo(n), amount: fen(1), refundedAt: START }));
      const rival = operateOn(store, () => NOW);
      let isFirst = true;
      const create: typeof store.refunds.create = async (one) => {
        const created = await store.refunds.create(one);
        if (isFirst) {
          isFirst = false;
          await rival.ask('import_orders', request(given(2, { refunds: refundsOf(2) })));
        }
        return created;
      };
      const { ask } = operateOn({ ...store, refunds: { ...store.refunds, create } }, () => NOW);
      expect(await ask('import_orders', request(given(1, { refunds: refundsOf(1, 2) })))).toMatchObject({
        notTaken: [{ outTradeNo: tradeNo(1), why: 'refund_number_taken' }],
      });
      await expectWithdrawn(store);
      const [others] = await store.refunds.find([refundNo(2)]);
      expect(others).toMatchObject({ outTradeNo: tradeNo(2), progress: { state: 'succeeded' } });
    }));

  it('withdraws what a call that broke off left, and an import of the right file puts it back', () =>
    onStage(async ({ store }) => {
      const refunds = [{ outRefundNo: refundNo(1), amount: fen(1), refundedAt: START }];
      const create = () => Promise.reject(new Error('the connection broke'));
      const broken = operateOn({ ...store, orders: { ...store.orders, create } }, () => NOW);
      await broken.ask('import_orders', request(given(1, { refunds })));
      expect(await store.refunds.find([refundNo(1)])).toMatchObject([{ progress: { state: 'succeeded' } }]);
      const { ask } = operateOn(store, () => NOW);
      await ask('import_orders', request(given(9, { transactionId: transactionId(1) })));
      expect(await ask('import_orders', request(given(1, { refunds })))).toMatchObject({
        notTaken: [{ why: 'transaction_taken' }],
      });
      await expectWithdrawn(store);
      const right = given(1, { refunds, transactionId: transactionId(7) });
      expect(await ask('preview_import', { orders: [right] })).toMatchObject({ taken: { count: 1 } });
      expect(await ask('import_orders', request(right))).toMatchObject({
        taken: { count: 1 },
        refunds: { count: 1 },
      });
      const [back] = await store.refunds.find([refundNo(1)]);
      expect(back).toMatchObject({ version: 3, progress: { state: 'succeeded', knownBy: 'import' } });
      expect(back?.history.map(({ event }) => event)).toEqual(['imported', 'import_withdrawn', 'imported']);
      expect((await store.refunds.booked(booked)).all.count).toBe(1);
    }));

  it.each(['stores the order', 'looks again'])(
    'never leaves an order with a withdrawn refund when the one that %s comes last',
    (last) =>
      onStage(async ({ store }) => {
        const refunds = [{ outRefundNo: refundNo(1), amount: fen(1), refundedAt: START }];
        const create = () => Promise.reject(new Error('the connection broke'));
        const broken = operateOn({ ...store, orders: { ...store.orders, create } }, () => NOW);
        await broken.ask('import_orders', request(given(1, { refunds })));
        const plain = operateOn(store, () => NOW);
        await plain.ask('import_orders', request(given(9, { transactionId: transactionId(1) })));
        // One file claims the transaction of order 9; the other has the right one.
        const wrong = request(given(1, { refunds }));
        const right = request(given(1, { refunds, transactionId: transactionId(7) }));
        if (last === 'looks again') {
          // The right one stores the order after the wrong one has looked for it.
          const note: typeof store.refunds.note = async (change) => {
            if (change.progress?.state === 'closed') await plain.ask('import_orders', right);
            return store.refunds.note(change);
          };
          const { ask } = operateOn({ ...store, refunds: { ...store.refunds, note } }, () => NOW);
          await ask('import_orders', wrong);
        } else {
          // The wrong one withdraws after the right one has found the refund.
          const createNow: typeof store.orders.create = async (one) => {
            await plain.ask('import_orders', wrong);
            return store.orders.create(one);
          };
          const { ask } = operateOn({ ...store, orders: { ...store.orders, create: createNow } }, () => NOW);
          await ask('import_orders', right);
        }
        const [order] = await store.orders.find([tradeNo(1)]);
        expect(order?.refunds).toHaveLength(1);
        expect(await store.refunds.find([refundNo(1)])).toMatchObject([
          { version: 3, progress: { state: 'succeeded' } },
        ]);
      }),
  );

  it('leaves a refund that a bill has, and those of an order that cannot be read', () =>
    onStage(async ({ store }) => {
      const refunds = [1, 2].map((n) => ({ outRefundNo: refundNo(n), amount: fen(1), refundedAt: START }));
      const create = () => Promise.reject(new Error('the connection broke'));
      const broken = operateOn({ ...store, orders: { ...store.orders, create } }, () => NOW);
      await broken.ask('import_orders', request(given(1, { refunds })));
      await store.refunds.markStatement([refundNo(1)], { day: booked.day, round: 1, chunk: 1 });
      const lost = request(given(1, { refunds, paidAt: later(NOW, 1) }));
      const raw: typeof store.orders.raw = async (name) => ({ name, raw: '{', problem: 'broken' });
      const blind = operateOn({ ...store, orders: { ...store.orders, raw } }, () => NOW);
      await blind.ask('import_orders', lost);
      expect((await store.refunds.booked(booked)).all.count).toBe(2);
      await operateOn(store, () => NOW).ask('import_orders', lost);
      const states = (await store.refunds.ofOrder(tradeNo(1))).map(({ progress }) => progress.state);
      expect(states.sort()).toEqual(['closed', 'succeeded']);
      expect(await store.refunds.find([refundNo(1)])).toMatchObject([{ progress: { state: 'succeeded' } }]);
    }));

  it('handles what the time of a call allows, and says how far it came', () =>
    onStage(async ({ store }) => {
      let now = NOW;
      const { ask } = operateOn(store, () => (now = later(now, 1)), { actForMs: 5 });
      const orders = Array.from({ length: 250 }, (_, n) => given(n + 1));
      const reply = await ask('import_orders', request(...orders));
      expect(reply).toMatchObject({ ok: true, handled: 100, taken: { count: 100 } });
    }));
});

const booked = { subMchId: MERCHANT, day: dayOf(START), after: null };

/** The first refund is closed as withdrawn, says by whom, and counts for nothing. */
async function expectWithdrawn({ refunds }: Store): Promise<void> {
  const [refund] = await refunds.find([refundNo(1)]);
  expect(refund).toMatchObject({
    progress: { state: 'closed', reason: 'import_withdrawn', knownBy: 'import' },
  });
  expect(refund?.history.at(-1)).toMatchObject({ event: 'import_withdrawn', actor: 'operator' });
  expect((await refunds.ofOrder(tradeNo(1))).filter(({ progress }) => progress.state !== 'closed')).toEqual(
    [],
  );
}
