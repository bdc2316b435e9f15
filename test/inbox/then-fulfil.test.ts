import { readConfig } from '../../lib/config/config';
import type { Ports, WorkerStart } from '../../lib/hosting/ports';
import { lookBeside } from '../../lib/inbox/beside';
import type { Fulfil } from '../../lib/orders/fulfil';
import { StoreError } from '../../lib/store/errors';
import { instant, later } from '../../lib/values/instant';
import { processInbox } from '../../workers/processInbox/worker';
import { freshToken, MERCHANT, message, order, START, tradeNo } from '../store/builders';
import { inShop, type Shop } from '../whole/shop';
import { PLENTY } from './stage';

/** A run of the inbox that fulfils, in which only the waits before looks end. */
function running({ ports }: Shop, fulfil: Fulfil, over: Partial<Ports> = {}, concurrency = 2) {
  let looks = 0;
  const store = { ...ports.store, ...over.store };
  const of: Ports = {
    ...ports,
    clock: { now: () => later(START, 60_000) },
    timers: {
      after: (ms, then) => {
        if (ms === 2_000) {
          looks += 1;
          setImmediate(then);
        }
        return () => undefined;
      },
    },
    config: readConfig({ merchants: [{ subMchId: MERCHANT }], fulfilment: { concurrency } }),
    ...over,
    store,
  };
  const run = processInbox(of, { lanes: 1, merchant: { fulfil } });
  return { run: (start: WorkerStart = 'timer') => run(PLENTY, start), looks: () => looks };
}

async function pay({ ports: { store } }: Shop, ...numbers: readonly number[]): Promise<void> {
  for (const n of numbers) {
    await store.orders.create(order(n));
    await store.inbox.record(message(n));
  }
}

/** Lets the rest go on until something holds. Bounded, so that what never holds fails the case. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !holds(); turn += 1) await new Promise(setImmediate);
}

describe('a run of the inbox', () => {
  it('fulfils what it made due, and nothing when it made nothing due', () =>
    inShop(async (shop) => {
      const one = running(shop, async () => undefined);
      await pay(shop, 1);
      expect(await one.run()).toMatchObject({ applied: 1, fulfilled: 1 });
      expect(await one.run()).toMatchObject({ applied: 0, fulfilled: 0 });
    }));

  it('begins orders that become due while another hook hangs, in the lanes that are free', () =>
    inShop(async (shop) => {
      const called: string[] = [];
      let meanwhile: readonly string[] = [];
      let atOnce = 0;
      let most = 0;
      const one = running(shop, async ({ outTradeNo }) => {
        called.push(outTradeNo);
        most = Math.max(most, (atOnce += 1));
        if (outTradeNo === tradeNo(1)) {
          await pay(shop, 2, 3, 4);
          await until(() => called.length === 4);
          meanwhile = [...called];
        }
        atOnce -= 1;
        return undefined;
      });
      await pay(shop, 1);
      expect(await one.run()).toMatchObject({ applied: 4, fulfilled: 4 });
      expect(meanwhile).toEqual([1, 2, 3, 4].map(tradeNo));
      expect(most).toBe(2);
    }));

  it('begins no further order while it processes messages that came meanwhile', () =>
    inShop(async (shop) => {
      const { inbox } = shop.ports.store;
      const called: string[] = [];
      let endFirst = (): void => undefined;
      let atSettling: readonly string[] = [];
      const one = running(
        shop,
        async ({ outTradeNo }) => {
          called.push(outTradeNo);
          if (outTradeNo !== tradeNo(1)) return undefined;
          await pay(shop, 3);
          await new Promise<void>((resolve) => (endFirst = resolve));
          return undefined;
        },
        {
          store: {
            ...shop.ports.store,
            inbox: {
              ...inbox,
              settle: async (token, now, settlements) => {
                if (settlements.some(({ key }) => key === message(3).key)) {
                  // The lane is free now, and the second order waits for it.
                  endFirst();
                  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
                  atSettling = [...called];
                }
                return inbox.settle(token, now, settlements);
              },
            },
          },
        },
        1,
      );
      await pay(shop, 1, 2);
      expect(await one.run()).toMatchObject({ applied: 3, fulfilled: 3 });
      expect(atSettling).toEqual([tradeNo(1)]);
      expect([...called].sort()).toEqual([1, 2, 3].map(tradeNo));
    }));

  it.each([
    ['timer', 1],
    ['by_hand', 1],
    ['helper', 0],
    ['database', 0],
  ] as const)('that %s started queries WeChat Pay %i times: a run may lack the token', (start, queries) =>
    inShop(async (shop) => {
      let asked = 0;
      const one = running(shop, async () => undefined, {
        wechat: {
          ...shop.ports.wechat,
          queryOrder: async () => ((asked += 1), { kind: 'not_paid' }),
        },
      });
      await pay(shop, 1);
      await shop.ports.store.orders.create(order(2));
      await shop.ports.store.inbox.record(message(2, { trust: 'unverified' }));
      expect(await one.run(start)).toMatchObject({ applied: 1, fulfilled: 1 });
      expect(asked).toBe(queries);
    }),
  );

  it('fulfils while WeChat Pay is queried about an unverified message', () =>
    inShop(async (shop) => {
      let isCalled = false;
      let wasCalled = false;
      const one = running(shop, async () => ((isCalled = true), undefined), {
        wechat: {
          ...shop.ports.wechat,
          queryOrder: async () => {
            await until(() => isCalled);
            wasCalled = isCalled;
            return { kind: 'not_paid' };
          },
        },
      });
      await pay(shop, 1);
      await shop.ports.store.orders.create(order(2));
      await shop.ports.store.inbox.record(message(2, { trust: 'unverified' }));
      expect(await one.run()).toMatchObject({ applied: 1, retried: 1, fulfilled: 1 });
      expect(wasCalled).toBe(true);
    }));

  it('claims no further batch at its looks once it could settle nothing', () =>
    inShop(async (shop) => {
      const { inbox } = shop.ports.store;
      let claims = 0;
      const one = running(shop, async () => undefined, {
        store: {
          ...shop.ports.store,
          inbox: {
            ...inbox,
            claim: (request) => {
              if (request.trust === 'platform' && request.alone !== true) claims += 1;
              return inbox.claim(request);
            },
            // The lease has run out each time, so that the messages are due again.
            settle: async (_token, _now, settlements) => settlements.map(() => 'failed'),
          },
        },
        wechat: {
          ...shop.ports.wechat,
          queryOrder: async () => (await until(() => one.looks() >= 3), { kind: 'not_paid' }),
        },
      });
      await pay(shop, 1);
      await shop.ports.store.orders.create(order(2));
      await shop.ports.store.inbox.record(message(2, { trust: 'unverified' }));
      await one.run();
      expect(one.looks()).toBeGreaterThanOrEqual(3);
      expect(claims).toBe(1);
    }));

  it('ends as processing did when orders cannot be fulfilled', () =>
    inShop(async (shop) => {
      const { orders } = shop.ports.store;
      const noStore = () => Promise.reject(new StoreError('unavailable', 'no store'));
      const one = running(shop, async () => undefined, {
        store: { ...shop.ports.store, orders: { ...orders, claimFulfilments: noStore } },
      });
      await pay(shop, 1);
      expect(await one.run()).toMatchObject({ applied: 1, fulfilled: 0 });
      expect(shop.log.lines.filter(({ event }) => event === 'fulfilment_run_failed')).toHaveLength(1);
    }));

  it('abandons no order under way when a look fails, and returns those it has not begun', () =>
    inShop(async (shop) => {
      const { store } = shop.ports;
      const called: string[] = [];
      let isDown = false;
      let hasFailed = false;
      const one = running(
        shop,
        async ({ outTradeNo }) => {
          called.push(outTradeNo);
          isDown = true;
          await until(() => hasFailed);
          return undefined;
        },
        {
          store: {
            ...store,
            inbox: {
              ...store.inbox,
              claim: async (request) => {
                if (!isDown) return store.inbox.claim(request);
                hasFailed = true;
                throw new StoreError('unavailable', 'no store');
              },
            },
          },
        },
        1,
      );
      await pay(shop, 1, 2);
      await expect(one.run()).rejects.toThrow('no store');
      expect(called).toEqual([tradeNo(1)]);
      expect(await store.orders.find([1, 2].map(tradeNo))).toMatchObject([
        { fulfilment: { state: 'done' } },
        { fulfilment: { state: 'due', attempts: 0 } },
      ]);
      const claim = { token: freshToken(), now: later(START, 60_001), leaseUntil: later(START, 90_000) };
      expect(await store.orders.claimFulfilments({ ...claim, limit: 9 })).toHaveLength(1);
    }));
});

describe('waiting for slow work', () => {
  const clock = { now: () => instant(0) };

  it('ends with the budget when a hook never answers', async () => {
    let left = 60_000;
    const never = { idle: () => new Promise<void>(() => undefined) };
    const timers = {
      after: (ms: number, then: () => void) => ((left -= ms), setImmediate(then), () => undefined),
    };
    let looks = 0;
    const budget = { remaining: () => Math.max(0, left), stopping: false };
    await lookBeside({ timers, clock }, budget, [never], async () => void (looks += 1));
    expect([left, looks]).toEqual([0, 29]);
  });

  it('waits for the rest when one kind of work has had its longest time', async () => {
    let now = 0;
    let done = (): void => undefined;
    const never = { idle: () => new Promise<void>(() => undefined), longestMs: 4_000 };
    const hook = new Promise<void>((resolve) => (done = resolve));
    const timers = {
      after: (ms: number, then: () => void) => ((now += ms), setImmediate(then), () => undefined),
    };
    const at: number[] = [];
    await lookBeside(
      { timers, clock: { now: () => instant(now) } },
      PLENTY,
      [never, { idle: () => hook }],
      async () => {
        at.push(now);
        if (now === 8_000) done();
      },
    );
    expect(at).toEqual([2_000, 4_000, 6_000, 8_000]);
  });
});

test('a later run of the same process fulfils what must be tried again, once it is due', () =>
  inShop(async (shop) => {
    let calls = 0;
    let now = later(START, 60_000);
    let isAway = false;
    const { store } = shop.ports;
    const claimFulfilments: typeof store.orders.claimFulfilments = (request) =>
      isAway
        ? Promise.reject(new StoreError('unavailable', 'no answer'))
        : store.orders.claimFulfilments(request);
    const one = running(
      shop,
      async () => {
        calls += 1;
        // As often as one claim calls it.
        if (calls <= 3) throw new Error('the hook is away');
        return undefined;
      },
      { clock: { now: () => now }, store: { ...store, orders: { ...store.orders, claimFulfilments } } },
    );
    await pay(shop, 1);
    expect(await one.run()).toMatchObject({ applied: 1, fulfilled: 0 });
    expect(await one.run()).toMatchObject({ claimed: 0, fulfilled: 0 });
    now = later(now, 12_000);
    // Nor does a store that is away at that moment lose it.
    isAway = true;
    await one.run();
    isAway = false;
    now = later(now, 12_000);
    expect(await one.run()).toMatchObject({ claimed: 0, fulfilled: 1 });
    now = later(now, 12_000);
    expect(await one.run()).toMatchObject({ claimed: 0, fulfilled: 0 });
    expect(calls).toBe(4);
  }));
