import { ACTION_RULES, OPS_ACTIONS } from '../../lib/ops/actions';
import { handleOps, OPS_NAMES } from '../../lib/ops/handle';
import type { Store } from '../../lib/store/port';
import { later } from '../../lib/values/instant';
import type { Stage } from '../inbox/stage';
import { onStage } from '../inbox/stage';
import {
  claimAt,
  discrepancy,
  message,
  order,
  paidAt,
  PAYER,
  settlement,
  START,
  tradeNo,
} from '../store/builders';
import { LI, operateOn, SILENT } from './operating';

const on = (run: (stage: Stage) => Promise<void>) => () => onStage(run);

/** Twelve dead messages, one every second, every third of them for a mismatch. */
async function makeDead(store: Store): Promise<void> {
  const all = Array.from({ length: 12 }, (_, n) => message(n, { receivedAt: later(START, n * 1_000) }));
  for (const one of all) await store.inbox.record(one);
  const claim = claimAt(later(START, 60_000), { limit: 50 });
  await store.inbox.claim(claim);
  const reason = (n: number) => (n % 3 === 0 ? 'mismatch' : 'order_never_appeared');
  await store.inbox.settle(
    claim.token,
    claim.now,
    all.map((one, n) => settlement(one, { kind: 'dead', reason: reason(n), error: null })),
  );
}

test.each(OPS_NAMES)('%s tells a stranger nothing but that they may not ask, and touches nothing', (op) =>
  onStage(async ({ store }) => {
    const { deps } = operateOn(store, () => START);
    const untouchable = new Proxy(deps, {
      get: (_, name) => {
        throw new Error(`${String(name)} was touched`);
      },
    });
    expect(await handleOps(untouchable, null, { op, outTradeNo: tradeNo(1) })).toEqual({
      ok: false,
      code: 'NOT_ALLOWED',
      message: 'only an operator may ask this: see "ops" in config.json',
    });
  }),
);

describe('replaying by filter', () => {
  it(
    'brings back what died for a reason in a span of time, in one query and one entry of the record',
    on(async ({ store }) => {
      await makeDead(store);
      let lists = 0;
      const counting: Store = {
        ...store,
        inbox: {
          ...store.inbox,
          find: () => Promise.reject(new Error('a message was read by itself')),
          list: (query) => {
            lists += 1;
            return store.inbox.list(query);
          },
        },
      };
      const { ask } = operateOn(counting, () => later(START, 120_000));
      const span = { from: later(START, 1_000), to: later(START, 10_000) };
      const answer = await ask('replay_matching', {
        ...span,
        reason: 'mismatch',
        why: 'the price was fixed',
      });
      expect(answer).toEqual({ ok: true, replayed: 3, remaining: false });
      expect(lists).toBe(1);
      const states = await Promise.all([0, 3, 4, 6, 9].map((n) => store.inbox.find(message(n).key)));
      expect(states.map((one) => one?.state)).toEqual(['dead', 'pending', 'dead', 'pending', 'pending']);
      const { items } = await store.audit.list({ subject: null, after: null, limit: 10 });
      expect(items).toMatchObject([
        { outcome: 'done', reason: 'the price was fixed', before: { matching: 3 }, after: { replayed: 3 } },
        { outcome: 'begun' },
      ]);
    }),
  );
});

describe('a refund pressed again', () => {
  const total = order(1).total;
  it.each([
    ['of a part with its requestId', { amount: 40, requestId: 'request-0001' }, { amount: 41 }],
    [
      'of all the money with its requestId',
      { amount: total, requestId: 'request-0001' },
      { amount: total - 1 },
    ],
    ['of all the money', {}, null],
  ])('%s is the same refund and answers alike; with another amount it is refused', (_, part, changed) =>
    onStage(async ({ store }) => {
      await store.orders.create(order(1, { payment: paidAt(1, START) }));
      const { ask } = operateOn(store, () => START);
      const press = (values: object) =>
        ask('act', { action: 'refund_order', names: [tradeNo(1)], reason: 'stale', ...values });
      const twice = [await press(part), await press(part)];
      expect(twice).toMatchObject([{ results: [{ ok: true }] }, { results: [{ ok: true }] }]);
      expect(await store.refunds.ofOrder(tradeNo(1))).toHaveLength(1);
      if (changed === null) return;
      expect(await press({ ...part, ...changed })).toMatchObject({
        results: [{ ok: false, code: 'REFUND_NUMBER_USED' }],
      });
    }),
  );
});

describe('an action', () => {
  it.each(OPS_ACTIONS)('%s is refused without a reason exactly when its rule requires one', (action) =>
    onStage(async ({ store }) => {
      const { ask } = operateOn(store, () => START);
      const refused = { ok: false, code: 'BAD_INPUT', message: 'say why: send a reason' };
      expect(await ask('act', { action, names: ['nothing'] })).toMatchObject(
        ACTION_RULES[action].needsReason ? refused : { ok: true },
      );
    }),
  );

  it(
    'that asks WeChat Pay tells what was said, and keeps it in the story',
    on(async ({ store }) => {
      await store.orders.create(order(1));
      const wechat = { ...SILENT, queryOrder: async () => ({ kind: 'not_paid' }) as const };
      const { ask } = operateOn(store, () => START, { wechat });
      const request = { action: 'ask_order', names: [tradeNo(1)] };
      expect(await ask('act', request)).toMatchObject({
        results: [{ name: tradeNo(1), ok: true, changed: { said: ['not_paid'] } }],
      });
      expect(await ask('show_order', { outTradeNo: tradeNo(1) })).toMatchObject({
        audit: [{ action: 'ask_order', outcome: 'done', after: { said: ['not_paid'] } }],
      });
    }),
  );

  it(
    'needs none for what the schedule heard: it stands with the order',
    on(async ({ store }) => {
      const lastAnswer = { at: START, said: 'no_such_order' };
      await store.orders.create(order(1));
      await store.orders.askAgainAt([tradeNo(1)], later(START, 60_000), lastAnswer);
      const { ask } = operateOn(store, () => START);
      expect(await ask('show_order', { outTradeNo: tradeNo(1) })).toMatchObject({ order: { lastAnswer } });
    }),
  );

  it(
    'is not begun once the time of the call is used up, and says so for each that is left',
    on(async ({ store }) => {
      for (const n of [1, 2, 3, 4]) await store.orders.create(order(n));
      let now = START;
      const wechat = {
        ...SILENT,
        queryOrder: async () => {
          now = later(now, 6_000);
          return { kind: 'not_paid' } as const;
        },
      };
      const { ask } = operateOn(store, () => now, { wechat, actForMs: 10_000 });
      const names = [1, 2, 3, 4].map(tradeNo);
      expect(await ask('act', { action: 'ask_order', names })).toMatchObject({
        results: [
          { ok: true },
          { ok: true },
          { name: tradeNo(3), ok: false, code: 'NOT_BEGUN' },
          { name: tradeNo(4), ok: false, code: 'NOT_BEGUN' },
        ],
      });
      const { items } = await store.audit.list({ subject: tradeNo(3), after: null, limit: 10 });
      expect(items).toEqual([]);
    }),
  );

  it(
    'is not offered on a message that a worker holds',
    on(async ({ store }) => {
      await store.inbox.record(message(1));
      const claim = claimAt(START);
      await store.inbox.claim(claim);
      const shown = async (now: typeof START) =>
        operateOn(store, () => now).ask('show_message', { key: message(1).key });
      expect(await shown(START)).toMatchObject({ message: { actions: [] } });
      expect(await shown(claim.leaseUntil)).toMatchObject({ message: { actions: ['dismiss_message'] } });
    }),
  );
});

describe('a payer', () => {
  it(
    'is shown to nobody whose looking cannot be recorded',
    on(async ({ store }) => {
      await store.orders.create(order(1));
      await store.inbox.record(message(1));
      const forgetful: Store = {
        ...store,
        audit: { ...store.audit, append: () => Promise.reject(new Error('the disk is full')) },
      };
      const { ask } = operateOn(forgetful, () => START);
      for (const [op, params] of [
        ['show_order', { outTradeNo: tradeNo(1) }],
        ['show_message', { key: message(1).key }],
      ] as const) {
        const reply = await ask(op, { ...params, unmask: true }, { name: 'operator', role: 'act' });
        expect(reply).toMatchObject({ ok: false, code: 'NOT_RECORDED' });
        expect(JSON.stringify(await ask(op, params))).not.toContain(PAYER);
      }
    }),
  );
});

describe('a search', () => {
  it(
    'for a number that no order has finds what WeChat Pay said of it and what does not agree',
    on(async ({ store }) => {
      await store.inbox.record(message(7));
      const missing = discrepancy(7, START, { class: 'missing_order' });
      await store.discrepancies.see([missing]);
      const { ask } = operateOn(store, () => START);
      expect(await ask('search', { text: ` ${tradeNo(7)} ` })).toEqual({
        ok: true,
        orders: [],
        found: [
          { kind: 'message', name: message(7).key },
          { kind: 'discrepancy', name: missing.id },
        ],
      });
      await store.orders.create(order(7));
      expect(await ask('search', { text: tradeNo(7) }, LI)).toEqual({
        ok: true,
        orders: [],
        found: [{ kind: 'order', name: tradeNo(7) }],
      });
    }),
  );
});
