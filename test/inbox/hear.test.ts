import { hear } from '../../lib/inbox/hear';
import { processInbox } from '../../lib/inbox/process';
import { reconcileOrders } from '../../lib/orders/reconcile';
import { queryOrder } from '../../lib/orders/ask';
import { answerMessage, closureMessage } from '../../lib/rules/fact-messages';
import { fen } from '../../lib/values/fen';
import {
  claimAt,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  paymentOf,
  settlement,
  START,
  tradeNo,
} from '../store/builders';
import type { DeathReason, NewMessage } from '../../lib/model/message';
import { DEATH_REASONS, isBeside } from '../../lib/model/message';
import { StoreError } from '../../lib/store/errors';
import type { Store } from '../../lib/store/port';
import type { Stage } from './stage';
import { onStage, PLENTY } from './stage';

const payment = async ({ store }: Stage, n = 1) => (await store.orders.find([tradeNo(n)]))[0]?.payment.state;
const told = (stage: Stage) => answerMessage(paymentOf(1), stage.deps.clock.now());
const reconciling = (stage: Stage) => ({
  ...stage.deps,
  store: stage.store,
  reconcileSettings: { askAfterMs: [60_000] as const, concurrency: 1, perSecond: 100, batch: 10 },
});

/** Lets a fact go dead of a passing failure: its order came too late. */
async function makeDead(stage: Stage, of: Parameters<Stage['store']['inbox']['record']>[0]): Promise<void> {
  await stage.store.inbox.record(of);
  stage.advance(600_000);
  await processInbox(stage.deps, PLENTY);
  expect(await stage.store.inbox.find(of.key)).toMatchObject({ state: 'dead' });
}

const otherAmount = { kind: 'payment', payment: paymentOf(1, { total: fen(1) }) } as const;

/** The same again, as WeChat Pay delivers it now. */
function redelivered(stage: Stage, of: NewMessage = message(1)): NewMessage {
  return { ...of, receivedAt: stage.deps.clock.now() };
}

async function pay(stage: Stage): Promise<void> {
  await stage.store.orders.create(order(1));
  await stage.store.inbox.record(redelivered(stage));
  await processInbox(stage.deps, PLENTY);
  expect(await payment(stage)).toBe('paid');
}

test('a fact that died of a passing failure is decided again when WeChat Pay says it again', () =>
  onStage(async (stage) => {
    await makeDead(stage, message(1));
    await stage.store.orders.create(order(1, { nextAskAt: START }));
    stage.answer = { kind: 'paid', payment: paymentOf(1) };
    expect(await reconcileOrders(reconciling(stage), PLENTY)).toMatchObject({ paid: 1, unchanged: 0 });
    expect(await payment(stage)).toBe('paid');
    expect((await stage.store.inbox.find(message(1).key))?.history).toMatchObject([
      { event: 'dead' },
      { event: 'replayed', evidence: 'heard again' },
    ]);
  }));

test('so is a closure, which no statement would repair', () =>
  onStage(async (stage) => {
    await makeDead(stage, closureMessage(tradeNo(1), MERCHANT, 'closed', 'query', START));
    await stage.store.orders.create(order(1, { nextAskAt: START }));
    stage.answer = { kind: 'closed' };
    expect(await reconcileOrders(reconciling(stage), PLENTY)).toMatchObject({ closed: 1 });
    expect(await payment(stage)).toBe('closed');
  }));

const MAY_PASS: Readonly<Record<DeathReason, boolean>> = {
  order_never_appeared: true,
  mismatch: true,
  not_confirmed_by_query: true,
  too_many_attempts: true,
  operator: false,
  unusable_notification: false,
};

test.each(DEATH_REASONS)('hearing a fact again decides a dead message again, or not: %s', (reason) =>
  onStage(async (stage) => {
    const { inbox } = stage.store;
    await inbox.record(message(1));
    const claim = claimAt(stage.deps.clock.now());
    await inbox.claim(claim);
    const dead = settlement(message(1), { kind: 'dead', reason, error: null });
    expect(await inbox.settle(claim.token, claim.now, [dead])).toEqual(['settled']);
    const { heard } = await hear(stage.deps, told(stage));
    expect(heard).toBe(MAY_PASS[reason] ? 'revived' : 'repeat');
    const state = MAY_PASS[reason] ? 'pending' : 'dead';
    expect(await inbox.find(message(1).key)).toMatchObject({ state });
  }),
);

test('what an operator dismissed stays dismissed, and the run says that nothing changed', () =>
  onStage(async (stage) => {
    await stage.store.inbox.record(message(1));
    await stage.store.inbox.dismiss([message(1).key], 'lin', 'paid back by hand', stage.deps.clock.now());
    await stage.store.orders.create(order(1, { nextAskAt: START }));
    stage.answer = { kind: 'paid', payment: paymentOf(1) };
    for (let run = 1; run <= 2; run += 1) {
      expect(await reconcileOrders(reconciling(stage), PLENTY)).toMatchObject({ paid: 0, unchanged: 1 });
      stage.advance(3_600_000);
    }
    expect(await payment(stage)).toBe('pending');
  }));

test('a closure that an operator dismissed ends its order when WeChat Pay says closed again', () =>
  onStage(async (stage) => {
    const closure = closureMessage(tradeNo(1), MERCHANT, 'closed', 'close', START);
    await stage.store.orders.create(order(1, { nextAskAt: START }));
    await stage.store.inbox.record(closure);
    await stage.store.inbox.dismiss([closure.key], 'lin', 'looks stuck', stage.deps.clock.now());
    expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
    expect(await payment(stage)).toBe('pending');
    stage.answer = { kind: 'closed' };
    expect(await reconcileOrders(reconciling(stage), PLENTY)).toMatchObject({ closed: 1, unchanged: 0 });
    expect(await payment(stage)).toBe('closed');
    expect(await stage.store.inbox.find(closure.key)).toMatchObject({
      state: 'done',
      history: [{ event: 'dead' }, { event: 'replayed', evidence: 'heard again' }],
    });
  }));

test('a contradiction keeps both contents, is a discrepancy, and is decided on its own', () =>
  onStage(async (stage) => {
    const wrong = { kind: 'payment', payment: paymentOf(1, { total: fen(1) }) } as const;
    await stage.store.orders.create(order(1));
    await stage.store.inbox.record(message(1, { content: wrong }));
    await processInbox(stage.deps, PLENTY);
    const { key, heard } = await hear(stage.deps, told(stage));
    expect(heard).toBe('contradicted');
    await processInbox(stage.deps, PLENTY, [key]);
    expect(await payment(stage)).toBe('paid');
    const [first, second] = await stage.store.inbox.ofOrder(tradeNo(1));
    expect(first).toMatchObject({ content: { payment: { total: 1 } }, state: 'dead' });
    expect(second).toMatchObject({ content: { payment: { total: order(1).total } }, state: 'done' });
    const open = await stage.store.discrepancies.listOpen({ now: NEXT_DAY, after: null, limit: 9 });
    expect(open.items).toMatchObject([{ class: 'amount_mismatch' }]);
    expect(await hear(stage.deps, told(stage))).toMatchObject({ heard: 'repeat' });
  }));

test('a contradiction of a payment that counts changes nothing and is a discrepancy', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(order(1));
    await stage.store.inbox.record(message(1));
    await processInbox(stage.deps, PLENTY);
    const other = answerMessage(paymentOf(1, { total: fen(1) }), stage.deps.clock.now());
    const { key } = await hear(stage.deps, other);
    expect(await processInbox(stage.deps, PLENTY, [key])).toMatchObject({ dead: 1 });
    const open = await stage.store.discrepancies.listOpen({ now: NEXT_DAY, after: null, limit: 9 });
    expect(open.items).toMatchObject([{ class: 'amount_mismatch' }]);
  }));

describe('a callback that is delivered again', () => {
  test('revives a message that is dead of a passing failure, and its order is paid', () =>
    onStage(async (stage) => {
      await makeDead(stage, message(1));
      await stage.store.orders.create(order(1));
      await processInbox(stage.deps, PLENTY);
      expect(await payment(stage)).toBe('pending');
      expect(await stage.store.inbox.record(redelivered(stage))).toBe('repeat');
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
      expect(await payment(stage)).toBe('paid');
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
    }));

  test('revives it also when the clock was set back since it died', () =>
    onStage(async (stage) => {
      await makeDead(stage, message(1));
      await stage.store.orders.create(order(1));
      stage.advance(-300_000);
      await stage.store.inbox.record(redelivered(stage));
      await processInbox(stage.deps, PLENTY);
      expect(await payment(stage)).toBe('paid');
    }));

  test('revives a dead message once for each time, and not what an operator dismissed', () =>
    onStage(async (stage) => {
      await makeDead(stage, message(1, { content: otherAmount, raw: '{}' }));
      await stage.store.orders.create(order(1));
      for (let time = 1; time <= 2; time += 1) {
        await stage.store.inbox.record(redelivered(stage, message(1, { content: otherAmount })));
        expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 1, dead: 1 });
        expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
      }
      await stage.store.inbox.dismiss([message(1).key], 'lin', 'paid back by hand', stage.deps.clock.now());
      await stage.store.inbox.record(redelivered(stage, message(1, { content: otherAmount })));
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
    }));

  test('and says something else keeps both, is a discrepancy, and is decided by itself', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1, { content: otherAmount, raw: '{"total":1}' }));
      await processInbox(stage.deps, PLENTY);
      await stage.store.inbox.record(redelivered(stage));
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
      expect(await payment(stage)).toBe('paid');
      const [first, second] = await stage.store.inbox.ofOrder(tradeNo(1));
      expect(first).toMatchObject({ content: { payment: { total: 1 } }, state: 'dead' });
      expect(second).toMatchObject({ content: message(1).content, raw: message(1).raw, state: 'done' });
      const open = await stage.store.discrepancies.listOpen({ now: NEXT_DAY, after: null, limit: 9 });
      expect(open.items).toMatchObject([{ class: 'amount_mismatch' }]);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
    }));

  test('with another amount than the one that paid the order is a discrepancy, and changes nothing', () =>
    onStage(async (stage) => {
      await pay(stage);
      await stage.store.inbox.record(redelivered(stage, message(1, { content: otherAmount })));
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ dead: 1 });
      const open = await stage.store.discrepancies.listOpen({ now: NEXT_DAY, after: null, limit: 9 });
      expect(open.items).toMatchObject([{ class: 'amount_mismatch' }]);
    }));

  test('with a third amount is decided by itself, and not looked at run after run', () =>
    onStage(async (stage) => {
      await pay(stage);
      for (const total of [1, 2, 3]) {
        const content = { kind: 'payment', payment: paymentOf(1, { total: fen(total) }) } as const;
        await stage.store.inbox.record(redelivered(stage, message(1, { content })));
        await processInbox(stage.deps, PLENTY);
      }
      for (let run = 1; run <= 3; run += 1) await processInbox(stage.deps, PLENTY);
      expect(await stage.store.inbox.redelivered(10)).toEqual([]);
      const kept = await stage.store.inbox.ofOrder(tradeNo(1));
      const totals = kept.map(({ content, state }) =>
        content.kind === 'payment' ? [content.payment.total, state] : [],
      );
      expect(totals.sort()).toEqual([
        [1, 'dead'],
        [101, 'done'],
        [2, 'dead'],
        [3, 'dead'],
      ]);
      const keys = kept.map(({ key }) => key);
      expect(keys.filter((key) => isBeside(key))).toHaveLength(3);
    }));

  test('is looked at after what came first, and one that cannot be revived keeps no other back', () =>
    onStage(async (stage) => {
      for (const n of [1, 2]) await makeDead(stage, message(n));
      for (const n of [1, 2, 3]) await stage.store.orders.create(order(n));
      for (const n of [1, 2]) await stage.store.inbox.record(redelivered(stage, message(n)));
      await stage.store.inbox.record(redelivered(stage, message(3)));
      const paidAtLook: unknown[] = [];
      const inbox: Store['inbox'] = {
        ...stage.store.inbox,
        redelivered: async (limit) => {
          paidAtLook.push(await payment(stage, 3));
          return stage.store.inbox.redelivered(limit);
        },
        replay: async (keys, ...rest) => {
          if (keys.includes(message(1).key)) throw new StoreError('unavailable', 'out of order');
          return stage.store.inbox.replay(keys, ...rest);
        },
      };
      await processInbox(stage.with({ store: { ...stage.store, inbox } }), PLENTY);
      expect(paidAtLook).toEqual(['paid']);
      expect([await payment(stage), await payment(stage, 2)]).toEqual(['pending', 'paid']);
      await processInbox(stage.deps, PLENTY);
      expect(await payment(stage)).toBe('paid');
    }));

  test('is looked at although a hundred that always fail came before it', () =>
    onStage(async (stage) => {
      const failing = Array.from({ length: 100 }, (_, n) => message(n + 2));
      for (const one of [...failing, message(1)]) {
        await makeDead(stage, one);
        await stage.store.inbox.record(redelivered(stage, one));
      }
      await stage.store.orders.create(order(1));
      const broken = new Set<string>(failing.map(({ key }) => key));
      const inbox: Store['inbox'] = {
        ...stage.store.inbox,
        replay: async (keys, ...rest) => {
          if (keys.some((key) => broken.has(key))) throw new StoreError('unavailable', 'out of order');
          return stage.store.inbox.replay(keys, ...rest);
        },
      };
      const deps = stage.with({ store: { ...stage.store, inbox } });
      for (let run = 1; run <= 2; run += 1) await processInbox(deps, PLENTY);
      expect(await payment(stage)).toBe('paid');
    }));

  test('costs those that came once nothing when the store cannot say what came again', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      const inbox = {
        ...stage.store.inbox,
        redelivered: async () => Promise.reject(new StoreError('unavailable', 'out of order')),
      };
      await processInbox(stage.with({ store: { ...stage.store, inbox } }), PLENTY);
      expect(await payment(stage)).toBe('paid');
      expect(stage.log.lines.map(({ event }) => event)).toContain('redelivered_not_reviewed');
    }));
});

test('a payer who asks is answered from the inbox, and WeChat Pay is not asked', () =>
  onStage(async (stage) => {
    await stage.store.orders.create(order(1));
    await stage.store.inbox.record(message(1));
    const caller = {
      payer: order(1).payer,
      source: 'wx_client',
      ip: '127.0.0.1',
      by: { kind: 'nobody' },
    } as const;
    expect(await queryOrder(stage.deps, { outTradeNo: tradeNo(1) }, caller)).toMatchObject({ ok: true });
    expect(await payment(stage)).toBe('paid');
    expect(stage.asked).toBe(0);
  }));
