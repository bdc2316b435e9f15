import { processInbox } from '../../lib/inbox/process';
import type { Pausable } from '../../lib/model/operators/pause';
import { pausesAt } from '../../lib/model/operators/pause';
import { fulfillOrders, type FulfilDeps } from '../../lib/orders/fulfil';
import { reconcileOrders } from '../../lib/orders/reconcile';
import { StoreError } from '../../lib/store/errors';
import { setPause, standingPauses, watchPauses } from '../../lib/store/pauses';
import type { Order } from '../../lib/model/order';
import { later } from '../../lib/values/instant';
import { keyOf } from '../../lib/model/message';
import { message, order, OTHER_MERCHANT, MERCHANT, START, tradeNo } from '../store/builders';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';
import { LI, operateOn } from './operating';

const INBOX: Pausable = { kind: 'worker', name: 'processInbox' };
const FULFILMENT: Pausable = { kind: 'worker', name: 'fulfillOrders' };
const QUERIES: Pausable = { kind: 'worker', name: 'reconcileOrders' };
const SHOP: Pausable = { kind: 'merchant', name: MERCHANT };
const OTHER_SHOP: Pausable = { kind: 'merchant', name: OTHER_MERCHANT };

/** An installation of two merchants, its operators and its workers. */
function installation(stage: Stage) {
  const fulfilled: string[] = [];
  const { ask } = operateOn(stage.store, () => stage.deps.clock.now());
  const deps: FulfilDeps = {
    ...stage.deps,
    store: stage.store,
    fulfil: async ({ outTradeNo }) => void fulfilled.push(outTradeNo),
    timers: { after: () => () => undefined },
    settings: {
      concurrency: 1,
      attempts: 3,
      timeoutMs: 10_000,
      quickRetries: 0,
      backoff: { firstMs: 1_000, maxMs: 8_000 },
    },
  };
  const reconcileSettings = {
    askAfterMs: [60_000, 120_000] as const,
    batch: 50,
    concurrency: 1,
    perSecond: 99,
  };
  return {
    ask,
    fulfilled,
    pause: (of: Pausable, more: object = {}) => ask('pause', { of, reason: 'the warehouse burns', ...more }),
    resume: (of: Pausable) => ask('resume', { of }),
    inbox: () => processInbox(stage.deps, PLENTY),
    fulfil: () => fulfillOrders(deps, PLENTY),
    query: () => reconcileOrders({ ...stage.deps, store: stage.store, reconcileSettings }, PLENTY),
    found: async (n: number): Promise<Order | undefined> => (await stage.store.orders.find([tradeNo(n)]))[0],
  };
}

const due = (n: number, over: object = {}) =>
  order(n, {
    fulfilment: { state: 'due', attempts: 0, dueAt: START, lease: null, lastError: null },
    ...over,
  });

test('a paused inbox claims nothing and counts nothing; callbacks go on, and it resumes where it was', () =>
  onStage(async (stage) => {
    const { pause, resume, inbox, found } = installation(stage);
    await stage.store.orders.create(order(1));
    await pause(INBOX);
    // The callback never pauses.
    expect(await stage.store.inbox.record(message(1))).toBe('stored');
    for (let run = 0; run < 5; run += 1) expect(await inbox()).toMatchObject({ claimed: 0, dead: 0 });
    expect(await stage.store.inbox.find(message(1).key)).toMatchObject({
      ...{ state: 'pending', attempts: 0, claims: 0 },
    });
    await resume(INBOX);
    expect(await inbox()).toMatchObject({ claimed: 1, applied: 1 });
    expect((await found(1))?.payment.state).toBe('paid');
  }));

test('a fact that another worker has learned is applied although the inbox is paused', () =>
  onStage(async (stage) => {
    const { pause, query, found } = installation(stage);
    await stage.store.orders.create(order(1, { nextAskAt: START }));
    await pause(INBOX);
    const { content } = message(1);
    if (content.kind !== 'payment') throw new Error('the case needs a payment');
    stage.answer = { kind: 'paid', payment: content.payment };
    expect(await query()).toMatchObject({ claimed: 1, paid: 1 });
    expect((await found(1))?.payment.state).toBe('paid');
  }));

test('while fulfilment is paused no order is begun, and none has lost an attempt afterwards', () =>
  onStage(async (stage) => {
    const { pause, resume, fulfil, fulfilled, found } = installation(stage);
    await stage.store.orders.create(due(1));
    await pause(FULFILMENT);
    for (let run = 0; run < 5; run += 1) expect(await fulfil()).toMatchObject({ claimed: 0 });
    expect(await found(1)).toEqual(expect.objectContaining({ fulfilment: due(1).fulfilment }));
    expect(fulfilled).toEqual([]);
    await resume(FULFILMENT);
    expect(await fulfil()).toMatchObject({ claimed: 1, done: 1 });
  }));

test('a pause that begins while a run goes on ends that run within seconds', () =>
  onStage(async (stage) => {
    const { pause, fulfilled, fulfil } = installation(stage);
    for (let n = 1; n <= 9; n += 1) await stage.store.orders.create(due(n));
    const { push } = fulfilled;
    fulfilled.push = (...names) => {
      stage.advance(3_000);
      return push.apply(fulfilled, names);
    };
    const run = fulfil();
    await pause(FULFILMENT);
    const { done } = await run;
    expect([1, 2, 3]).toContain(done);
    expect(fulfilled).toHaveLength(done);
  }));

test('of a paused merchant nothing is fulfilled and nothing asked; the other one goes on behind it', () =>
  onStage(async (stage) => {
    const { pause, resume, fulfil, fulfilled, query, inbox, found } = installation(stage);
    for (let n = 1; n <= 5; n += 1) await stage.store.orders.create(due(n));
    await stage.store.orders.create(due(6, { subMchId: OTHER_MERCHANT }));
    await stage.store.orders.create(order(7, { nextAskAt: START }));
    await stage.store.orders.create(order(8, { nextAskAt: START, subMchId: OTHER_MERCHANT }));
    await pause(SHOP);
    await fulfil();
    expect(fulfilled).toEqual([tradeNo(6)]);
    expect(await query()).toMatchObject({ claimed: 1, asked: 1 });
    expect(await found(7)).toMatchObject({ asks: 0, nextAskAt: START });
    // What is known is applied: it hands out nothing.
    await stage.store.inbox.record(message(7));
    expect(await inbox()).toMatchObject({ applied: 1 });
    // What nobody vouches for takes a query, so it stays due.
    await stage.store.orders.create(order(9));
    await stage.store.inbox.record(message(9, { trust: 'unverified' }));
    const asked = stage.asked;
    expect(await inbox()).toMatchObject({ claimed: 0 });
    expect(stage.asked).toBe(asked);
    await resume(SHOP);
    await fulfil();
    expect(fulfilled).toHaveLength(7);
    await inbox();
    expect(stage.asked).toBeGreaterThan(asked);
  }));

test('nothing is asked about an order of a paused merchant, even if an unverified message names another', () =>
  onStage(async (stage) => {
    const { pause, resume, inbox } = installation(stage);
    await stage.store.orders.create(order(1));
    const { content } = message(1);
    if (content.kind !== 'payment') throw new Error('the case needs a payment');
    const strange = { ...content, payment: { ...content.payment, subMchId: OTHER_MERCHANT } };
    await stage.store.inbox.record(message(1, { trust: 'unverified', content: strange }));
    await pause(SHOP);
    await inbox();
    expect(stage.asked).toBe(0);
    const key = keyOf(strange, 'unverified');
    expect(await stage.store.inbox.find(key)).toMatchObject({ state: 'pending', attempts: 0 });
    await resume(SHOP);
    stage.advance(60_000);
    await inbox();
    expect(stage.asked).toBe(1);
  }));

test('a merchant that is paused while unverified messages are verified is asked about within seconds no more', () =>
  onStage(async (stage) => {
    const { pause } = installation(stage);
    for (let n = 1; n <= 9; n += 1) {
      await stage.store.orders.create(order(n));
      await stage.store.inbox.record(message(n, { trust: 'unverified' }));
    }
    const deps = stage.with({
      settings: { ...stage.deps.settings, queryConcurrency: 1 },
      wechat: {
        ...stage.deps.wechat,
        queryOrder: async () => {
          if (stage.asked === 0) await pause(SHOP);
          stage.asked += 1;
          stage.advance(3_000);
          return stage.answer;
        },
      },
    });
    await processInbox(deps, PLENTY);
    expect(stage.asked).toBeLessThan(4);
  }));

test('a host whose clock is ahead takes away no pause that stands on the others', () =>
  onStage(async (stage) => {
    const { pause } = installation(stage);
    await pause(SHOP, { until: later(START, 3_600_000) });
    const ahead = { ...stage.deps, clock: { now: () => later(START, 7_200_000) } };
    const more = { since: START, who: 'wu', reason: 'the disk is full', until: null };
    expect(await setPause(ahead, { of: INBOX, ...more })).toBeNull();
    expect((await standingPauses(ahead)).merchants).toEqual([]);
    expect((await standingPauses(stage.deps)).merchants).toEqual([MERCHANT]);
    expect((await standingPauses(stage.deps)).isPaused('processInbox')).toBe(true);
  }));

test('a pause ends by itself, and its clock is that of who looks', () =>
  onStage(async (stage) => {
    const { pause, query, ask } = installation(stage);
    await stage.store.orders.create(order(1, { nextAskAt: START }));
    await pause(QUERIES, { until: later(START, 60_000) });
    stage.advance(59_999);
    expect(await query()).toMatchObject({ claimed: 0 });
    stage.advance(1);
    expect(await query()).toMatchObject({ claimed: 1 });
    expect(await ask('overview')).toMatchObject({ pauses: [] });
    expect(await pause(QUERIES, { until: START })).toMatchObject({ ok: false, code: 'BAD_INPUT' });
  }));

test('a pause names the person and the reason, is recorded, shown, and replaced by a later one', () =>
  onStage(async (stage) => {
    const { pause, resume, ask } = installation(stage);
    const stands = { of: FULFILMENT, since: START, who: 'li', reason: 'the warehouse burns', until: null };
    expect(await pause(FULFILMENT)).toMatchObject({ ok: true, pauses: [stands] });
    const until = later(START, 3_600_000);
    await pause(FULFILMENT, { reason: 'until the evening', until });
    expect(await ask('overview')).toMatchObject({
      pauses: [{ ...stands, reason: 'until the evening', until }],
    });
    expect(await resume(FULFILMENT)).toMatchObject({ ok: true, ended: { until }, pauses: [] });
    expect(await resume(FULFILMENT)).toMatchObject({ ok: true, ended: null });
    const audit = await ask('list_audit', { subject: 'fulfillOrders' });
    if (!audit.ok || !('items' in audit)) throw new Error('there is no audit log');
    const said = audit.items.map((one) =>
      'subject' in one && 'who' in one ? `${one.action} ${one.who}` : '',
    );
    expect(said.filter((line) => line === 'pause li')).toHaveLength(2);
    expect(said.filter((line) => line === 'resume li')).toHaveLength(2);
    expect(await pause(OTHER_SHOP)).toMatchObject({ ok: false, code: 'NOT_FOUND' });
    expect(await ask('pause', { of: FULFILMENT })).toMatchObject({ ok: false, code: 'BAD_INPUT' });
    const reader = { ...LI, role: 'read' } as const;
    expect(await ask('pause', { of: INBOX, reason: 'x' }, reader)).toMatchObject({ code: 'READ_ONLY' });
  }));

test('two operators who pause at the same time both succeed', () =>
  onStage(async (stage) => {
    const { pause } = installation(stage);
    await Promise.all([pause(INBOX), pause(FULFILMENT), pause(QUERIES)]);
    expect((await standingPauses(stage.deps)).all).toHaveLength(3);
  }));

test('a value that cannot be read pauses nothing, and says so', () =>
  onStage(async (stage) => {
    const { inbox, pause } = installation(stage);
    const now = START;
    const expiresAt = later(now, 9_999_999);
    await stage.store.shared.write({ key: 'pauses', version: null, value: [{ of: 'all' }], expiresAt, now });
    await stage.store.inbox.record(message(1));
    expect(await inbox()).toMatchObject({ claimed: 1 });
    expect(stage.log.lines.map(({ event }) => event)).toContain('pauses_unreadable');
    expect(await pause(INBOX)).toMatchObject({ ok: true });
    expect(pausesAt((await standingPauses(stage.deps)).all, now).isPaused('processInbox')).toBe(true);
  }));

test('a change of one pause leaves those that only a newer version can read', () =>
  onStage(async (stage) => {
    const { pause, resume } = installation(stage);
    const newer = { of: { kind: 'channel', name: 'v3' }, since: START, who: 'wu', reason: 'x', until: null };
    const changed = { of: { ...INBOX }, since: START, who: ['wu', 'li'], reason: 'x', until: null };
    const [now, expiresAt] = [START, later(START, 9_999_999)];
    const value = [newer, changed];
    await stage.store.shared.write({ key: 'pauses', version: null, value, expiresAt, now });
    await pause(FULFILMENT);
    await resume(FULFILMENT);
    expect((await stage.store.shared.read('pauses', now))?.value).toEqual([newer, changed]);
    // What a change is about, it replaces.
    await pause(INBOX);
    await resume(INBOX);
    expect((await stage.store.shared.read('pauses', now))?.value).toEqual([newer]);
  }));

test('an unverified message that waited through a pause longer than it is kept is queried, and then it ends', () =>
  onStage(async (stage) => {
    const { pause, resume, inbox, found } = installation(stage);
    for (const n of [1, 2]) {
      await stage.store.orders.create(order(n));
      await stage.store.inbox.record(message(n, { trust: 'unverified' }));
    }
    await pause(INBOX);
    stage.advance(8 * 86_400_000);
    await inbox();
    await resume(INBOX);
    const { content } = message(1);
    if (content.kind !== 'payment') throw new Error('the case needs a payment');
    const { payment } = content;
    const queryOrder: typeof stage.deps.wechat.queryOrder = async ({ outTradeNo }) =>
      outTradeNo === payment.outTradeNo ? { kind: 'paid', payment } : stage.answer;
    await processInbox(stage.with({ wechat: { ...stage.deps.wechat, queryOrder } }), PLENTY);
    expect((await found(1))?.payment).toMatchObject({ state: 'paid', knownBy: 'query' });
    const unproven = keyOf(message(2).content, 'unverified');
    expect(await stage.store.inbox.find(unproven)).toMatchObject({
      ...{ state: 'dead', reason: 'not_confirmed_by_query', attempts: 0 },
    });
  }));

test('a look at the pauses that failed is made again at once', () =>
  onStage(async (stage) => {
    let isAway = true;
    const shared = {
      ...stage.store.shared,
      read: (...args: Parameters<typeof stage.store.shared.read>) =>
        isAway
          ? Promise.reject(new StoreError('unavailable', 'no answer'))
          : stage.store.shared.read(...args),
    };
    const look = watchPauses({ ...stage.deps, store: { shared } }, 'fulfillOrders');
    await expect(look()).rejects.toThrow('no answer');
    isAway = false;
    expect(await look()).toEqual({ isPaused: false, merchants: [] });
  }));
