import { processInbox } from '../../lib/inbox/process';
import type { InboxMessage } from '../../lib/model/message';
import type { Order } from '../../lib/model/order';
import { StoreError } from '../../lib/store/errors';
import { fen } from '../../lib/values/fen';
import { isSubMchId } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import type { PaymentDetails } from '../../lib/model/facts';
import {
  guarded,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  OTHER_MERCHANT,
  paymentOf,
  tradeNo,
} from '../store/builders';
import type { Stage } from './stage';
import { onStage, PLENTY } from './stage';

const theOrder = async ({ store }: Stage, n = 1): Promise<Order> => {
  const [found] = await store.orders.find([tradeNo(n)]);
  if (found === undefined) throw new Error(`order ${n} is not there`);
  return found;
};
const theMessage = async ({ store }: Stage, of = message(1)): Promise<InboxMessage> => {
  const found = await store.inbox.find(of.key);
  if (found === null) throw new Error(`${of.key} is not there`);
  return found;
};
const openClasses = async ({ store }: Stage): Promise<string[]> =>
  (await store.discrepancies.listOpen({ now: NEXT_DAY, after: null, limit: 100 })).items.map(
    (one) => one.class,
  );
const of = (payment: PaymentDetails, trust: 'platform' | 'unverified' = 'platform') =>
  message(1, { content: { kind: 'payment', payment }, trust });

describe('a notification nobody vouches for', () => {
  const hint = of(paymentOf(1, { total: fen(1) }), 'unverified');

  test('is not believed: what WeChat Pay answers is', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'paid', payment: paymentOf(1) };
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(hint);
      await processInbox(stage.deps, PLENTY);
      expect((await theOrder(stage)).payment).toMatchObject({ state: 'paid', knownBy: 'query' });
      expect(await theMessage(stage, hint)).toMatchObject({ state: 'done', outcome: 'confirmed_by_query' });
      expect(await openClasses(stage)).toEqual([]);
    }));

  test('of an order that was paid and refunded makes it paid and held; while the order is not here it waits', () =>
    onStage(async (stage) => {
      const { transactionId } = paymentOf(1);
      stage.answer = { kind: 'paid_then_refunded', transactionId, payment: paymentOf(1) };
      await stage.store.inbox.record(hint);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ retried: 1, applied: 0 });
      expect(await stage.store.inbox.find(message(1).key)).toBeNull();
      await stage.store.orders.create(order(1));
      stage.advance(60_000);
      await processInbox(stage.deps, PLENTY);
      expect(await theOrder(stage)).toMatchObject({
        payment: { state: 'paid', knownBy: 'query' },
        fulfilment: { state: 'held', reason: 'refund_sum_unknown' },
      });
    }));

  test.each(['isUnverifiedDue', 'claim'] as const)(
    'holds up no run when the store never answers its %s: the run ends with its budget',
    (hanging) =>
      onStage(async (stage) => {
        for (const n of [1, 2]) await stage.store.orders.create(order(n));
        await stage.store.inbox.record(hint);
        const never = async () => new Promise<never>(() => undefined);
        const { inbox } = stage.store;
        const claim: typeof inbox.claim = async (request) =>
          hanging === 'claim' && request.trust === 'unverified' ? never() : inbox.claim(request);
        const isUnverifiedDue: typeof inbox.isUnverifiedDue = async (now) =>
          hanging === 'claim' ? inbox.isUnverifiedDue(now) : never();
        let elapsed = 0;
        const timers = {
          after: (ms: number, then: () => void) => {
            elapsed += ms;
            stage.advance(ms);
            setImmediate(then);
            return () => undefined;
          },
        };
        const store = { ...stage.store, inbox: { ...inbox, claim, isUnverifiedDue } };
        const budget = { remaining: () => 30_000 - elapsed, stopping: false };
        await stage.store.inbox.record(message(2));
        expect(await processInbox(stage.with({ store, timers }), budget)).toMatchObject({ applied: 1 });
        expect(elapsed).toBe(30_000);
      }),
  );

  test('cannot occupy the key of the genuine one', () =>
    onStage(async (stage) => {
      await stage.store.inbox.record(hint);
      expect(await stage.store.inbox.record(message(1))).toBe('stored');
    }));

  test('goes dead when WeChat Pay says the order is closed', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'closed' };
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(hint);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ dead: 1, applied: 0 });
      expect(await theOrder(stage)).toEqual(order(1));
    }));

  test('waits when WeChat Pay says that a try failed: the next one may pay', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'failed', detail: 'PAYERROR' };
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(hint);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ retried: 1, dead: 0 });
      expect(await theOrder(stage)).toEqual(order(1));
    }));

  test.each(['not_paid', 'no_such_order'] as const)(
    'is queried again after %s, and goes dead in the end',
    (kind) =>
      onStage(async (stage) => {
        stage.answer = { kind };
        await stage.store.orders.create(order(1));
        await stage.store.inbox.record(hint);
        for (let turn = 1; turn <= 5; turn += 1) {
          expect(await processInbox(stage.deps, PLENTY)).toMatchObject({
            claimed: 1,
            dead: turn === 5 ? 1 : 0,
          });
          stage.advance(60_000);
        }
        expect(stage.asked).toBe(5);
        expect((await theOrder(stage)).payment.state).toBe('pending');
      }),
  );

  test('waits while WeChat Pay does not answer, spends no attempt, and ends with the time it is kept', () =>
    onStage(async (stage) => {
      await stage.store.inbox.record(hint);
      for (let turn = 1; turn <= 20; turn += 1) {
        expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 1, dead: 0 });
        stage.advance(600_000);
      }
      expect(await theMessage(stage, hint)).toMatchObject({ state: 'pending', attempts: 0 });
      stage.advance(7 * 86_400_000);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ dead: 1 });
      // Its age never ends it unasked.
      expect(stage.asked).toBe(21);
    }));

  test.each(['missing_api_token', 'rate_limited'] as const)(
    'is given back untouched at %s, asks no more in this run, and goes on by itself',
    (reason) =>
      onStage(async (stage) => {
        const hints = Array.from({ length: 12 }, (_, n) =>
          message(n + 1, { content: { kind: 'payment', payment: paymentOf(n + 1) }, trust: 'unverified' }),
        );
        for (const one of hints) await stage.store.inbox.record(one);
        stage.answer = { kind: 'unknown', reason, detail: '' };
        for (let run = 1; run <= 25; run += 1) await processInbox(stage.deps, PLENTY);
        expect(stage.asked).toBe(25 * stage.deps.settings.queryConcurrency);
        for (const one of hints) {
          expect(await theMessage(stage, one)).toMatchObject({ state: 'pending', attempts: 0, claims: 0 });
        }
        stage.answer = { kind: 'closed' };
        expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ dead: 12 });
      }),
  );

  test('is queried though another merchant has no token, which is said once', () =>
    onStage(async (stage) => {
      const merchants = [MERCHANT, OTHER_MERCHANT] as const;
      const hints = merchants.map((subMchId, n) => {
        const content = { kind: 'payment', payment: paymentOf(n + 1, { subMchId }) } as const;
        return message(n + 1, { content, trust: 'unverified' });
      });
      for (const one of hints) await stage.store.inbox.record(one);
      const deps = stage.with({
        settings: { ...stage.deps.settings, merchants },
        wechat: {
          ...stage.deps.wechat,
          queryOrder: async ({ subMchId }) =>
            subMchId === MERCHANT
              ? { kind: 'unknown', reason: 'missing_api_token', detail: '' }
              : { kind: 'closed' },
        },
      });
      expect(await processInbox(deps, PLENTY)).toMatchObject({ dead: 1 });
      expect(await theMessage(stage, hints[0])).toMatchObject({ state: 'pending', attempts: 0 });
      const told = stage.log.lines.filter(({ event }) => event === 'api_token_missing');
      expect(told).toHaveLength(1);
    }));

  test('and a thousand like it, about each of which the query hangs, hold up no genuine one', () =>
    onStage(async (stage) => {
      for (let n = 2; n <= 1_001; n += 1) {
        await stage.store.inbox.record(
          message(n, { content: { kind: 'payment', payment: paymentOf(n) }, trust: 'unverified' }),
        );
      }
      stage.advance(60_000);
      let asked = 0;
      let begun = (): void => undefined;
      const asks = new Promise<void>((resolve) => (begun = resolve));
      const looks = new Set<() => void>();
      const giveUps = new Set<() => void>();
      const hanging = stage.with({
        wechat: {
          ...stage.deps.wechat,
          queryOrder: () => {
            asked += 1;
            begun();
            return new Promise(() => undefined);
          },
        },
        // Time passes by hand: the short waits are claims of believed messages, the long ones
        // abandon a query.
        timers: {
          after: (ms, then) => {
            const waits = ms < 5_000 ? looks : giveUps;
            waits.add(then);
            return () => void waits.delete(then);
          },
        },
      });
      const run = processInbox(hanging, PLENTY);
      await asks;
      // Another run, which overlaps this one, begins no more questions.
      expect(await processInbox(hanging, PLENTY)).toMatchObject({ claimed: 0 });
      expect(asked).toBe(stage.deps.settings.queryConcurrency);

      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      for (let look = 0; look < 50 && (await theMessage(stage)).state !== 'done'; look += 1) {
        for (const then of [...looks]) then();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await theMessage(stage)).toMatchObject({ state: 'done', outcome: 'applied' });
      stage.advance(21_000);
      for (const then of [...giveUps]) then();
      expect(await run).toMatchObject({ applied: 1, retried: stage.deps.settings.queryConcurrency });
    }));

  test('and a thousand like it of one merchant, about which the query hangs, keep no other merchant’s waiting', () =>
    onStage(async (stage) => {
      const other = guarded(isSubMchId, '1900000208');
      const naming = (n: number, subMchId = MERCHANT) =>
        message(n, {
          content: { kind: 'payment', payment: paymentOf(n, { subMchId }) },
          trust: 'unverified',
        });
      for (let n = 1; n <= 100; n += 1) await stage.store.inbox.record(naming(n));
      stage.advance(1_000);
      await stage.store.inbox.record(naming(101, other));
      const giveUps = new Set<() => void>();
      const asked: string[] = [];
      const deps = stage.with({
        settings: { ...stage.deps.settings, merchants: [MERCHANT, other] },
        wechat: {
          ...stage.deps.wechat,
          queryOrder: async ({ subMchId }) => {
            asked.push(subMchId);
            return subMchId === other ? { kind: 'closed' } : new Promise(() => undefined);
          },
        },
        timers: {
          after: (ms, then) => {
            if (ms >= 5_000) giveUps.add(then);
            return () => void giveUps.delete(then);
          },
        },
      });
      const run = processInbox(deps, PLENTY);
      const isDead = async () => (await theMessage(stage, naming(101, other))).state === 'dead';
      for (let look = 0; look < 200 && !(await isDead()); look += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await isDead()).toBe(true);
      // Each merchant’s questions are bounded by themselves.
      expect(asked.filter((merchant) => merchant === MERCHANT)).toHaveLength(4);
      stage.advance(21_000);
      for (const then of [...giveUps]) then();
      await run;
    }));

  test('whose answer cannot be recorded waits, and rejects nothing else', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'paid', payment: paymentOf(1) };
      await stage.store.orders.create(order(2));
      await stage.store.inbox.record(hint);
      await stage.store.inbox.record(message(2));
      const record = () => Promise.reject(new StoreError('unavailable', 'no answer'));
      const { store } = stage;
      const broken = stage.with({ store: { ...store, inbox: { ...store.inbox, record } } });
      expect(await processInbox(broken, PLENTY)).toMatchObject({ applied: 1, retried: 1 });
      expect(await theMessage(stage, hint)).toMatchObject({ state: 'pending', attempts: 0, claims: 0 });
    }));

  test('that ends its worker again and again goes dead, unasked', () =>
    onStage(async (stage) => {
      await stage.store.inbox.record(hint);
      for (let crash = 1; crash <= 9; crash += 1) {
        const now = stage.deps.clock.now();
        // The fourth claim finds it suspected, and sets it aside.
        await stage.store.inbox.claim({
          token: stage.deps.newToken(),
          now,
          leaseUntil: later(now, 500),
          limit: 1,
          trust: 'unverified',
          alone: crash > 4,
        });
        stage.advance(1_000);
      }
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ dead: 1 });
      expect(await theMessage(stage, hint)).toMatchObject({ state: 'dead', reason: 'too_many_attempts' });
      expect(stage.asked).toBe(0);
    }));

  test('of a merchant that is not ours goes dead without a query', () =>
    onStage(async (stage) => {
      const elsewhere = '1900000998';
      if (!isSubMchId(elsewhere)) throw new Error('the example is wrong');
      await stage.store.inbox.record(of(paymentOf(1, { subMchId: elsewhere }), 'unverified'));
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ dead: 1 });
      expect(stage.asked).toBe(0);
    }));
});

describe('a notification that nobody can read, about an order that waits for payment', () => {
  const torn = message(1, {
    trust: 'unverified',
    content: {
      kind: 'unusable',
      reason: 'missing_fields',
      problems: ['totalFee: missing'],
      outTradeNo: tradeNo(1),
      digest: 'a'.repeat(64),
    },
  });
  const stored = async (stage: Stage) => {
    await stage.store.orders.create(order(1));
    await stage.store.inbox.record(torn);
    await processInbox(stage.deps, PLENTY);
    return theMessage(stage, torn);
  };

  test('has WeChat Pay queried, whose word counts', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'paid', payment: paymentOf(1) };
      expect(await stored(stage)).toMatchObject({ state: 'done', outcome: 'confirmed_by_query' });
      expect((await theOrder(stage)).payment).toMatchObject({ state: 'paid', knownBy: 'query' });
    }));

  test('has the order remember that WeChat Pay says refunded: a payment that comes later is held', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'paid_then_refunded', transactionId: null, payment: null };
      await stored(stage);
      await stage.store.inbox.record(message(1));
      await processInbox(stage.deps, PLENTY);
      expect(await theOrder(stage)).toMatchObject({
        payment: { state: 'paid' },
        fulfilment: { state: 'held', reason: 'refund_sum_unknown' },
      });
    }));

  test('goes dead when WeChat Pay knows of no payment', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'not_paid' };
      expect(await stored(stage)).toMatchObject({ state: 'dead', reason: 'unusable_notification' });
      expect([stage.asked, (await theOrder(stage)).payment.state]).toEqual([1, 'pending']);
    }));

  test('waits while WeChat Pay does not answer', () =>
    onStage(async (stage) => {
      expect(await stored(stage)).toMatchObject({ state: 'pending', attempts: 0 });
      expect(stage.asked).toBe(1);
    }));
});
