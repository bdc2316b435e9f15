import type { Fulfil, FulfilDeps } from '../../lib/orders/fulfil';
import { receiptOf } from '../../lib/orders/receipt';
import {
  fulfilDue,
  fulfilmentLeaseMs,
  fulfillOrders,
  PermanentFulfilmentError,
} from '../../lib/orders/fulfil';
import { PERSONAL_DATA_ERASED, REFUNDED_IN_FULL } from '../../lib/rules/not-owed';
import type { WholeOrder } from '../../lib/model/order';
import { StoreError } from '../../lib/store/errors';
import { fen } from '../../lib/values/fen';
import { message, order, paidAt, refund, refundNo, START, succeededAt, tradeNo } from '../store/builders';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';

const due = (n: number): WholeOrder =>
  order(n, { fulfilment: { state: 'due', attempts: 0, dueAt: START, lease: null, lastError: null } });

function fulfilment(stage: Stage, fulfil: Fulfil): FulfilDeps & { readonly timeOut: () => void } {
  const late = new Set<() => void>();
  return {
    ...stage.deps,
    store: stage.store,
    fulfil,
    timers: {
      after: (_ms, then) => {
        late.add(then);
        return () => void late.delete(then);
      },
    },
    settings: {
      concurrency: 3,
      attempts: 3,
      timeoutMs: 10_000,
      quickRetries: 0,
      backoff: { firstMs: 1_000, maxMs: 8_000 },
    },
    timeOut: () => {
      for (const then of [...late]) then();
    },
  };
}
const stateOf = async (stage: Stage, n: number) =>
  (await stage.store.orders.find([tradeNo(n)]))[0]?.fulfilment;

test('every due order is fulfilled once, under its own key, by several workers at once', () =>
  onStage(async (stage) => {
    for (let n = 1; n <= 20; n += 1) await stage.store.orders.create(due(n));
    const keys: string[] = [];
    const deps = fulfilment(stage, async (_, key) => {
      keys.push(key);
      return { receipt: `parcel for ${key}` };
    });
    const reports = await Promise.all([fulfillOrders(deps, PLENTY), fulfillOrders(deps, PLENTY)]);
    expect(reports[0].done + reports[1].done).toBe(20);
    expect(new Set(keys).size).toBe(20);
    expect(keys).toHaveLength(20);
    expect(await stateOf(stage, 7)).toMatchObject({
      state: 'done',
      receipt: `parcel for fulfil:${tradeNo(7)}`,
    });
  }));

test('what fails is tried again later with the same key, and is dead with its reason in the end', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(due(1));
    const keys: string[] = [];
    const deps = fulfilment(stage, async (_, key) => {
      keys.push(key);
      throw new Error('the warehouse is closed');
    });
    for (let turn = 1; turn <= 3; turn += 1) {
      expect(await fulfillOrders(deps, PLENTY)).toMatchObject({ claimed: 1, dead: turn === 3 ? 1 : 0 });
      expect(await fulfillOrders(deps, PLENTY)).toMatchObject({ claimed: 0 });
      stage.advance(8_000);
    }
    expect(keys).toEqual([`fulfil:${tradeNo(1)}`, `fulfil:${tradeNo(1)}`, `fulfil:${tradeNo(1)}`]);
    expect(await stateOf(stage, 1)).toMatchObject({
      state: 'dead',
      reason: 'Error: the warehouse is closed',
    });
  }));

test.each([false, true])(
  'the payer a hook complains of is masked in the log and the story (for good: %s)',
  (forGood) =>
    onStage(async (stage) => {
      await stage.store.orders.create(due(1));
      const complaint = `${'the warehouse '.repeat(11)}knows no ${order(1).payer}`;
      const deps = fulfilment(stage, () =>
        Promise.reject(forGood ? new PermanentFulfilmentError(complaint) : new Error(complaint)),
      );
      await fulfillOrders(deps, PLENTY);
      const told = JSON.stringify([
        stage.log.lines,
        (await stage.store.orders.find([tradeNo(1)]))[0]?.history,
      ]);
      expect(told).toContain('knows no o');
      expect(told).not.toContain(order(1).payer.slice(0, 8));
    }),
);

test('a permanent error is dead at once', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(due(1));
    const deps = fulfilment(stage, () => Promise.reject(new PermanentFulfilmentError('no such course')));
    expect(await fulfillOrders(deps, PLENTY)).toMatchObject({ dead: 1 });
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'dead', attempts: 1 });
  }));

test('an error that passes is tried again within the same turn', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(due(1));
    let calls = 0;
    const deps = fulfilment(stage, async () => {
      calls += 1;
      if (calls === 1) throw new Error('a hiccup');
      return {};
    });
    const report = await fulfillOrders({ ...deps, settings: { ...deps.settings, quickRetries: 2 } }, PLENTY);
    expect(report).toMatchObject({ done: 1, retried: 0 });
    expect(calls).toBe(2);
  }));

test('a hook that hangs holds up its own order only, and its signal ends', () =>
  onStage(async (stage) => {
    for (let n = 1; n <= 10; n += 1) await stage.store.orders.create(due(n));
    let others = 0;
    let abandoned: AbortSignal | null = null;
    const deps = fulfilment(stage, (one, _key, signal) => {
      if (one.outTradeNo === tradeNo(1)) {
        abandoned = signal;
        return new Promise(() => undefined);
      }
      others += 1;
      // The one that hangs is given up only when all others are through.
      if (others === 9) setImmediate(() => deps.timeOut());
      return Promise.resolve({});
    });
    expect(await fulfillOrders(deps, PLENTY)).toMatchObject({ done: 9, retried: 1 });
    expect(abandoned).toMatchObject({ aborted: true });
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'due', lastError: 'no answer within 10000 ms' });
  }));

test('a worker whose lease ran out while the hook ran finishes nothing', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(due(1));
    const deps = fulfilment(stage, async () => {
      stage.advance(31_000);
      return {};
    });
    expect(await fulfillOrders(deps, PLENTY)).toMatchObject({ leaseLost: 1, done: 0 });
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'due', attempts: 1 });
  }));

test('an order whose claim may end before its hook would is given back untouched, and not handed to the merchant', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(due(1));
    let handed = 0;
    const deps = fulfilment(stage, async () => {
      handed += 1;
      return {};
    });
    // The claim was made in time; its answer took more than half of the lease.
    const claimFulfilments: FulfilDeps['store']['orders']['claimFulfilments'] = async (claim) => {
      const claimed = await deps.store.orders.claimFulfilments(claim);
      stage.advance(fulfilmentLeaseMs(deps.settings) / 2 + 1);
      return claimed;
    };
    const slow = { ...deps, store: { ...deps.store, orders: { ...deps.store.orders, claimFulfilments } } };
    const report = await fulfillOrders(slow, PLENTY);
    expect(report.done).toBe(0);
    // Once by each claim that it was in; looking at the pauses leaves time for a second one.
    expect(report.returned).toBe(report.claimed);
    expect([1, 2]).toContain(report.claimed);
    expect(handed).toBe(0);
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'due', attempts: 0, lease: null });
    expect(await fulfillOrders(deps, PLENTY)).toMatchObject({ done: 1 });
  }));

test('what cannot be begun is given back untouched', () =>
  onStage(async (stage) => {
    for (let n = 1; n <= 3; n += 1) await stage.store.orders.create(due(n));
    let stopping = false;
    const deps = {
      ...fulfilment(stage, async () => {
        stopping = true;
        return {};
      }),
    };
    const budget = {
      remaining: () => 60_000,
      get stopping() {
        return stopping;
      },
    };
    const report = await fulfillOrders({ ...deps, settings: { ...deps.settings, concurrency: 1 } }, budget);
    expect(report).toMatchObject({ claimed: 1, done: 1 });
    expect(await stateOf(stage, 2)).toMatchObject({ state: 'due', attempts: 0 });
    const three = await fulfillOrders(deps, { remaining: () => (stopping ? 60_000 : 0), stopping: false });
    expect(three.done).toBe(2);
  }));

test('a store that cannot read the evidence spends no attempt', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(due(1));
    const called: string[] = [];
    const deps = fulfilment(stage, async ({ outTradeNo }) => void called.push(outTradeNo));
    const openRefunds = () => Promise.reject(new Error('the store does not answer'));
    const store = { ...stage.store, inbox: { ...stage.store.inbox, openRefunds } };
    for (let run = 1; run <= 2 * deps.settings.attempts; run += 1) {
      await fulfilDue({ ...deps, store }, PLENTY);
      stage.advance(fulfilmentLeaseMs(deps.settings));
    }
    expect(called).toEqual([]);
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'due', attempts: 0 });
    await fulfilDue(deps, PLENTY);
    expect(called).toEqual([tradeNo(1)]);
  }));

test('evidence that comes too late for the hook to end within the lease begins nothing', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(due(1));
    const called: string[] = [];
    const deps = fulfilment(stage, async ({ outTradeNo }) => void called.push(outTradeNo));
    const openRefunds: FulfilDeps['store']['inbox']['openRefunds'] = async (numbers) => {
      stage.advance(fulfilmentLeaseMs(deps.settings) - deps.settings.timeoutMs + 1);
      return stage.store.inbox.openRefunds(numbers);
    };
    // Once it began, a refund request would wait for its end.
    const beginFulfilment = () => Promise.reject(new Error('it began'));
    const { inbox, orders } = stage.store;
    const store = {
      ...stage.store,
      inbox: { ...inbox, openRefunds },
      orders: { ...orders, beginFulfilment },
    };
    expect(await fulfilDue({ ...deps, store }, PLENTY)).toMatchObject({ returned: 1, done: 0, failed: 0 });
    expect(called).toEqual([]);
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'due', attempts: 0, lease: null });
    await fulfilDue(deps, PLENTY);
    expect(called).toEqual([tradeNo(1)]);
  }));

test('a receipt that is no text is none', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(due(1));
    const odd: unknown = JSON.parse('{"receipt": 5}');
    const isResult = (value: unknown): value is { receipt?: string } => value !== null;
    const deps = fulfilment(stage, async () => (isResult(odd) ? odd : undefined));
    expect(await fulfillOrders(deps, PLENTY)).toMatchObject({ done: 1 });
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'done', receipt: null });
  }));

test('a receipt is cut to 500 characters, and never through one', () => {
  expect(receiptOf({ receipt: `${'x'.repeat(499)}😀` })).toBe('x'.repeat(499));
  expect(receiptOf({ receipt: `${'x'.repeat(498)}😀` })).toBe(`${'x'.repeat(498)}😀`);
  expect(receiptOf({ receipt: 'a\ud83d' })).toBe('a');
});

test('an order whose money has all gone back is not delivered, one of which a part has gone back is', () =>
  onStage(async (stage) => {
    const refunded = (n: number, amount: number): WholeOrder => ({
      ...due(n),
      payment: paidAt(n, START),
      refunds: [{ outRefundNo: refundNo(n), amount: fen(amount) }],
    });
    await stage.store.orders.create(refunded(1, 101));
    await stage.store.orders.create(refunded(2, 101));
    const progress = succeededAt(START, message(1));
    await stage.store.refunds.create(refund(1, { amount: fen(101), progress }));
    await stage.store.refunds.create(refund(2, { amount: fen(101), progress }));
    const delivered: string[] = [];
    const deps = fulfilment(stage, async ({ outTradeNo }) => {
      delivered.push(outTradeNo);
      return {};
    });
    expect(await fulfillOrders(deps, PLENTY)).toMatchObject({ done: 1, dead: 1 });
    expect(delivered).toEqual([tradeNo(2)]);
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'dead', reason: REFUNDED_IN_FULL });
  }));

test('a run that cannot claim fails with the error of the store', () =>
  onStage(async (stage) => {
    const deps = fulfilment(stage, async () => undefined);
    const claimFulfilments = () => Promise.reject(new StoreError('unavailable', 'the store is away'));
    const store = { ...deps.store, orders: { ...deps.store.orders, claimFulfilments } };
    await expect(fulfilDue({ ...deps, store }, PLENTY)).rejects.toThrow('the store is away');
  }));

test('an order whose personal data was erased is not delivered, however it became due', () =>
  onStage(async (stage) => {
    await stage.store.orders.create({ ...due(1), payment: paidAt(1, START), erasedAt: START });
    const hook = jest.fn(async () => ({}));
    expect(await fulfillOrders(fulfilment(stage, hook), PLENTY)).toMatchObject({ done: 0, dead: 1 });
    expect(hook).not.toHaveBeenCalled();
    expect(await stateOf(stage, 1)).toMatchObject({ state: 'dead', reason: PERSONAL_DATA_ERASED });
  }));
