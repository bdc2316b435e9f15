import { processInbox } from '../../lib/inbox/process';
import type { Person } from '../../lib/model/operators/principal';
import { OUTCOME_LOST_MS, standingOf, tallyOf } from '../../lib/model/operators/bulk';
import { MOST_IN_BULK } from '../../lib/ops/bulk/bulk-api';
import { StoreError } from '../../lib/store/errors';
import type { Store } from '../../lib/store/port';
import type { Fen } from '../../lib/values/fen';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import { onStage, PLENTY } from '../inbox/stage';
import { message, order, paidAt, paymentOf, START, tradeNo } from '../store/builders';
import { LI, operateOn, SILENT } from './operating';

const HAN: Person = { name: 'han', role: 'act' };
const NOBODY_ELSE = { refundAbove: null, bulkAbove: null, expireMs: 3_600_000 };
const ID = 'bulk-of-the-cases';

/** So many paid orders of one yuan and more, and what WeChat Pay was asked to refund. */
function onShop(
  orders: number,
  bulkAbove: number | null,
  run: (shop: {
    readonly ask: (
      op: Parameters<ReturnType<typeof operateOn>['ask']>[0],
      params: object,
      by?: Person,
    ) => Promise<Readonly<Record<string, unknown>>>;
    readonly refunded: string[];
    readonly time: { now: typeof START };
    readonly breakNext: () => void;
    readonly policy: { refundAbove: Fen | null };
  }) => Promise<void>,
  wrap: (store: Store) => Store = (store) => store,
): Promise<void> {
  return onStage(async ({ store }) => {
    const refunded: string[] = [];
    const time = { now: later(START, 60_000) };
    let isBroken = false;
    const { shared } = store;
    const breaking: typeof shared.write = (request) => {
      // The results of the first items are lost, and with them the answer of the call.
      if (isBroken && JSON.stringify(request.value).includes('"result":"done"'))
        return Promise.reject(new Error('the process ended'));
      return shared.write(request);
    };
    const policy: { refundAbove: Fen | null } = { refundAbove: null };
    const wrapped = wrap({ ...store, shared: { ...shared, write: breaking } });
    const operating = operateOn(wrapped, () => time.now, {
      secondPerson: {
        ...NOBODY_ELSE,
        bulkAbove,
        get refundAbove() {
          return policy.refundAbove;
        },
      },
      people: () => [LI, HAN],
      wechat: {
        ...SILENT,
        refund: async ({ outTradeNo, outRefundNo, refund }) => {
          refunded.push(outTradeNo);
          return { kind: 'accepted', refundId: '50', outRefundNo, refund, settled: null };
        },
      },
    });
    for (let n = 1; n <= orders; n += 1) {
      await store.orders.create(order(n, { createdAt: later(START, n) }));
      const payment = paymentOf(n, { outTradeNo: tradeNo(n), total: fen(100 + n) });
      await store.inbox.record(message(n, { content: { kind: 'payment', payment }, outTradeNo: tradeNo(n) }));
    }
    await processInbox(operating.deps, PLENTY);
    await run({
      ask: async (op, params, by = LI) => ({ ...(await operating.ask(op, params, by)) }),
      refunded,
      time,
      breakNext: () => (isBroken = true),
      policy,
    });
  });
}

const REQUEST = { action: 'refund_order', filter: { payment: 'paid' } };

test('all that a list shows are refunded once, as previewed, each with its outcome', () =>
  onShop(12, null, async ({ ask, refunded }) => {
    const preview = await ask('preview_bulk', REQUEST);
    const amount = Array.from({ length: 12 }, (_, n) => 101 + n).reduce((sum, one) => sum + one, 0);
    expect(preview).toMatchObject({ count: 12, leftOut: 0, amount, more: false, needsApproval: false });
    const start = { ...REQUEST, id: ID, reason: 'recall', count: 12, amount };
    expect(await ask('start_bulk', { ...start, count: 11 })).toMatchObject({ code: 'CHANGED_SINCE' });
    // The answer of the first call was lost: the second is the same bulk action.
    const both = await Promise.all([ask('start_bulk', start), ask('start_bulk', start)]);
    expect(both).toMatchObject([{ bulk: { state: 'running' } }, { bulk: { state: 'running' } }]);
    expect(refunded).toEqual([]);
    const stepped = await Promise.all([ask('step_bulk', { id: ID }), ask('step_bulk', { id: ID }, HAN)]);
    expect(stepped.map((one) => one['ok'])).toEqual([true, true]);
    const shown = await ask('show_bulk', { id: ID });
    expect(shown).toMatchObject({ bulk: { state: 'done', tally: { done: 12, left: 0 } }, parts: 1 });
    expect([...refunded].sort()).toEqual(Array.from({ length: 12 }, (_, n) => tradeNo(n + 1)));
    expect(await ask('start_bulk', start)).toMatchObject({ bulk: { state: 'done' } });
    expect(await ask('step_bulk', { id: ID })).toMatchObject({ bulk: { state: 'done' } });
    expect(refunded).toHaveLength(12);
  }));

test('what was begun when the process ended is unknown, and is not begun again', () =>
  onShop(7, null, async ({ ask, refunded, time, breakNext }) => {
    const { count, amount } = await ask('preview_bulk', REQUEST);
    await ask('start_bulk', { ...REQUEST, id: ID, reason: 'recall', count, amount });
    breakNext();
    expect(await ask('step_bulk', { id: ID })).toMatchObject({ ok: false });
    expect(refunded).toHaveLength(5);
    time.now = later(time.now, OUTCOME_LOST_MS);
    const shown = await ask('show_bulk', { id: ID });
    expect(shown).toMatchObject({ bulk: { state: 'running', tally: { unknown: 5, left: 2 } } });
    // Going on begins those that are left, and their outcomes are lost, too.
    expect(await ask('step_bulk', { id: ID })).toMatchObject({ ok: false });
    expect([...refunded].sort()).toEqual(Array.from({ length: 7 }, (_, n) => tradeNo(n + 1)));
    time.now = later(time.now, OUTCOME_LOST_MS);
    expect(await ask('step_bulk', { id: ID })).toMatchObject({
      bulk: { state: 'done', tally: { unknown: 7, left: 0 } },
    });
    expect(refunded).toHaveLength(7);
  }));

test('a cancelled one begins nothing more, and its items are read once', () => {
  const reads: string[] = [];
  const counting = (store: Store): Store => ({
    ...store,
    shared: {
      ...store.shared,
      read: (key, now) => {
        reads.push(key);
        return store.shared.read(key, now);
      },
    },
  });
  return onShop(3, null, cancelled, counting);

  async function cancelled({ ask, refunded }: Parameters<Parameters<typeof onShop>[2]>[0]): Promise<void> {
    const { count, amount } = await ask('preview_bulk', REQUEST);
    await ask('start_bulk', { ...REQUEST, id: ID, reason: 'recall', count, amount });
    reads.splice(0);
    expect(await ask('cancel_bulk', { id: ID })).toMatchObject({ bulk: { state: 'cancelled' } });
    expect(reads.filter((key) => key.startsWith('bulk_items'))).toHaveLength(1);
    expect(await ask('step_bulk', { id: ID })).toMatchObject({ bulk: { tally: { left: 3 } } });
    expect(refunded).toEqual([]);
  }
});

test('above the number of items a second person approves exactly what was asked for', () =>
  onShop(3, 2, async ({ ask, refunded }) => {
    const { count, amount, needsApproval } = await ask('preview_bulk', REQUEST);
    expect(needsApproval).toBe(true);
    const start = { ...REQUEST, id: ID, reason: 'recall', count, amount };
    expect(await ask('start_bulk', start)).toMatchObject({ bulk: { state: 'waiting', mayGoOn: false } });
    expect(await ask('start_bulk', start)).toMatchObject({ bulk: { state: 'waiting' } });
    const listed = await ask('list_approvals', {}, HAN);
    expect(listed).toMatchObject({ items: [{ amount, items: [{ name: `bulk:${ID}` }] }] });
    const id = `bulk-${ID}`;
    expect(await ask('step_bulk', { id: ID })).toMatchObject({ bulk: { state: 'waiting' } });
    expect(await ask('approve', { id })).toMatchObject({ code: 'SAME_PERSON' });
    expect(await ask('approve', { id }, HAN)).toMatchObject({
      results: [{ name: `bulk:${ID}`, ok: true, changed: { action: 'begin_bulk', bulk: ID } }],
    });
    // An order that changed since it was counted is left alone.
    await ask('act', {
      action: 'refund_order',
      names: [tradeNo(2)],
      reason: 'asked for it',
      amount: 1,
      requestId: 'request-1',
    });
    const stepped = await ask('step_bulk', { id: ID });
    expect(stepped).toMatchObject({
      bulk: { state: 'done', approver: 'han', tally: { done: 2, refused: 1 } },
    });
    expect(refunded.filter((one) => one === tradeNo(2))).toHaveLength(1);
  }));

test.each(['declined', 'expired'] as const)('one whose request was %s has ended, and says so', (how) =>
  onShop(3, 2, async ({ ask, refunded, time }) => {
    const { count, amount } = await ask('preview_bulk', REQUEST);
    await ask('start_bulk', { ...REQUEST, id: ID, reason: 'recall', count, amount });
    const id = `bulk-${ID}`;
    if (how === 'declined') await ask('decline', { id, reason: 'not these' }, HAN);
    else time.now = later(time.now, 3_600_000);
    const ended = {
      state: how,
      declined: how === 'declined' ? { who: 'han', reason: 'not these' } : null,
      mayGoOn: false,
      mayCancel: false,
    };
    expect(await ask('show_bulk', { id: ID })).toMatchObject({ bulk: ended });
    expect(await ask('cancel_bulk', { id: ID })).toMatchObject({ bulk: ended });
    expect(await ask('step_bulk', { id: ID })).toMatchObject({ bulk: ended });
    expect(refunded).toEqual([]);
  }),
);

test('an order that is held anew after the preview is not released', () => {
  let isAnew = false;
  const anew = (store: Store): Store => ({
    ...store,
    orders: {
      ...store.orders,
      findWithoutCarts: async (numbers) =>
        (await store.orders.findWithoutCarts(numbers)).map((one) =>
          isAnew && one.outTradeNo === tradeNo(8) && one.fulfilment.state === 'held'
            ? { ...one, fulfilment: { ...one.fulfilment, reason: 'refund_sum_unknown' } }
            : one,
        ),
    },
  });
  return onStage(async ({ store }) => {
    const operating = operateOn(anew(store), () => later(START, 60_000), { people: () => [LI] });
    const hold = { state: 'held', attempts: 0, heldAt: START, reason: 'refund_message_open' } as const;
    for (const n of [8, 9]) {
      await store.orders.create(order(n, { payment: paidAt(n, START), fulfilment: hold }));
    }
    const asked = { action: 'release_hold', filter: { fulfilment: 'held' } };
    const sum = { count: 2, amount: order(8).total + order(9).total };
    expect(await operating.ask('preview_bulk', asked)).toMatchObject(sum);
    await operating.ask('start_bulk', { ...asked, id: ID, reason: 'looked at each', ...sum });
    isAnew = true;
    expect(await operating.ask('step_bulk', { id: ID })).toMatchObject({
      bulk: { state: 'done', tally: { done: 1, refused: 1 } },
    });
    const [eighth, ninth] = await store.orders.find([tradeNo(8), tradeNo(9)]);
    expect([eighth?.fulfilment.state, ninth?.fulfilment.state]).toEqual(['held', 'due']);
  });
});

test('the person who started it cannot approve it, also when another repeats a call that broke off', () => {
  let isBroken = true;
  return onShop(
    3,
    2,
    async ({ ask }) => {
      const { count, amount } = await ask('preview_bulk', REQUEST);
      const start = { ...REQUEST, id: ID, reason: 'recall', count, amount };
      expect(await ask('start_bulk', start)).toMatchObject({ ok: false });
      isBroken = false;
      await ask('start_bulk', start, HAN);
      expect(await ask('list_approvals', {})).toMatchObject({ items: [] });
      await ask('start_bulk', start);
      expect(await ask('approve', { id: `bulk-${ID}` })).toMatchObject({ code: 'SAME_PERSON' });
    },
    (store) => ({
      ...store,
      approvals: {
        ...store.approvals,
        create: (approval) =>
          isBroken
            ? Promise.reject(new StoreError('unavailable', 'no answer'))
            : store.approvals.create(approval),
      },
    }),
  );
});

test('a refund that needs a second person by now is not made without one', () =>
  onShop(2, null, async ({ ask, refunded, policy }) => {
    const { count, amount } = await ask('preview_bulk', REQUEST);
    await ask('start_bulk', { ...REQUEST, id: ID, reason: 'recall', count, amount });
    policy.refundAbove = fen(101);
    const stepped = await ask('step_bulk', { id: ID });
    expect(stepped).toMatchObject({ bulk: { state: 'done', tally: { done: 1, refused: 1 } } });
    expect(refunded).toEqual([tradeNo(1)]);
  }));

test('an item that failed with an unknown effect is unknown, not refused', () =>
  onShop(
    2,
    null,
    async ({ ask }) => {
      const { count, amount } = await ask('preview_bulk', REQUEST);
      await ask('start_bulk', { ...REQUEST, id: ID, reason: 'recall', count, amount });
      const stepped = await ask('step_bulk', { id: ID });
      expect(stepped).toMatchObject({ bulk: { state: 'done', tally: { done: 1, refused: 0, unknown: 1 } } });
    },
    (store) => ({
      ...store,
      orders: {
        ...store.orders,
        find: (names) =>
          names.includes(tradeNo(2))
            ? Promise.reject(new StoreError('unavailable', 'no answer'))
            : store.orders.find(names),
      },
    }),
  ));

test('a store that cannot read an order costs no item', () => {
  let isAway = false;
  return onShop(
    2,
    null,
    async ({ ask, refunded }) => {
      const { count, amount } = await ask('preview_bulk', REQUEST);
      await ask('start_bulk', { ...REQUEST, id: ID, reason: 'recall', count, amount });
      isAway = true;
      expect(await ask('step_bulk', { id: ID })).toMatchObject({ ok: false });
      expect(await ask('show_bulk', { id: ID })).toMatchObject({ bulk: { tally: { begun: 0, left: 2 } } });
      isAway = false;
      expect(await ask('step_bulk', { id: ID })).toMatchObject({ bulk: { tally: { done: 2 } } });
      expect(refunded).toHaveLength(2);
    },
    (store) => ({
      ...store,
      orders: {
        ...store.orders,
        findWithoutCarts: (numbers) =>
          isAway
            ? Promise.reject(new StoreError('unavailable', 'no answer'))
            : store.orders.findWithoutCarts(numbers),
      },
    }),
  );
});

test('items that a read misses are still to be done', () => {
  let isMissed = false;
  return onShop(
    2,
    null,
    async ({ ask, refunded }) => {
      const { count, amount } = await ask('preview_bulk', REQUEST);
      await ask('start_bulk', { ...REQUEST, id: ID, reason: 'recall', count, amount });
      isMissed = true;
      expect(await ask('step_bulk', { id: ID })).toMatchObject({ bulk: { state: 'running' } });
      isMissed = false;
      expect(await ask('step_bulk', { id: ID })).toMatchObject({ bulk: { state: 'done' } });
      expect(refunded).toHaveLength(2);
    },
    (store) => ({
      ...store,
      shared: {
        ...store.shared,
        read: async (key, now) =>
          isMissed && key.startsWith('bulk_items:') ? null : store.shared.read(key, now),
      },
    }),
  );
});

test('a list says that it goes on also when the rest is on the last page', () => {
  const all = Array.from({ length: MOST_IN_BULK + 2 }, (_, n) =>
    order(n + 1, n === 0 ? { payment: { state: 'closed', at: START, evidence: message(0).key } } : {}),
  );
  return onShop(
    0,
    null,
    async ({ ask }) => {
      const preview = await ask('preview_bulk', { action: 'ask_order', filter: {} });
      expect(preview).toMatchObject({ count: MOST_IN_BULK, leftOut: 1, more: true });
    },
    (store) => ({
      ...store,
      orders: {
        ...store.orders,
        list: async ({ after, limit }) => {
          const end = Number(after ?? 0) + limit;
          const next = end < all.length ? String(end) : null;
          return { items: all.slice(end - limit, end), unreadable: [], next };
        },
      },
    }),
  );
});

test('a reader neither starts nor carries on nor cancels', () =>
  onShop(1, null, async ({ ask }) => {
    const reader: Person = { name: 'mei', role: 'read' };
    expect(await ask('preview_bulk', REQUEST, reader)).toMatchObject({ code: 'READ_ONLY' });
    await ask('start_bulk', { ...REQUEST, id: ID, reason: 'x', count: 1, amount: 101 });
    for (const op of ['step_bulk', 'cancel_bulk'] as const)
      expect(await ask(op, { id: ID }, reader)).toMatchObject({ code: 'NOT_PERMITTED' });
    expect(await ask('show_bulk', { id: ID }, reader)).toMatchObject({ bulk: { mayGoOn: false } });
  }));

test('an item stands as its outcome says, or is unknown once no call can be at it', () => {
  const item = { name: 'a', seen: null, begunAt: null, result: null };
  const begun = { ...item, begunAt: START };
  expect(standingOf(item, START)).toBe('left');
  expect(standingOf(begun, later(START, OUTCOME_LOST_MS - 1))).toBe('begun');
  expect(standingOf(begun, later(START, OUTCOME_LOST_MS))).toBe('unknown');
  expect(tallyOf([item, { ...begun, result: 'done' }, { ...begun, result: 'NOT_NOW' }], START)).toEqual({
    done: 1,
    unchanged: 0,
    refused: 1,
    unknown: 0,
    begun: 0,
    left: 1,
  });
});
