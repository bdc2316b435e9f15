import { closureMessage } from '../../lib/rules/fact-messages';
import { processInbox } from '../../lib/inbox/process';
import type { InboxMessage } from '../../lib/model/message';
import { keyOf } from '../../lib/model/message';
import type { Order } from '../../lib/model/order';
import { fen } from '../../lib/values/fen';
import { isPayerId, isSubMchId } from '../../lib/values/ids';
import type { PaymentDetails } from '../../lib/model/facts';
import { later } from '../../lib/values/instant';
import {
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  paymentOf,
  START,
  tradeNo,
  transactionId,
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
const paidTimes = (of: Order): number => of.history.filter((entry) => entry.event === 'paid').length;
const of = (payment: PaymentDetails, trust: 'platform' | 'unverified' = 'platform') =>
  message(1, { content: { kind: 'payment', payment }, trust });

describe('a payment', () => {
  test('delivered five times at once and processed by three workers changes its order once', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await Promise.all(Array.from({ length: 5 }, () => stage.store.inbox.record(message(1))));
      const reports = await Promise.all([1, 2, 3].map(() => processInbox(stage.deps, PLENTY)));
      expect(reports.reduce((sum, report) => sum + report.applied, 0)).toBe(1);
      const paid = await theOrder(stage);
      expect(paid.payment).toMatchObject({
        state: 'paid',
        transactionId: transactionId(1),
        knownBy: 'callback',
      });
      expect(paid.fulfilment).toMatchObject({ state: 'due', attempts: 0 });
      expect(paidTimes(paid)).toBe(1);
      expect(await theMessage(stage)).toMatchObject({ state: 'done', outcome: 'applied', deliveries: 5 });
    }));

  test('requested by key is processed with all others requested, however many a batch holds', () =>
    onStage(async (stage) => {
      const wanted = [1, 2, 3, 4, 5];
      for (const n of wanted) {
        await stage.store.orders.create(order(n));
        await stage.store.inbox.record(message(n));
      }
      const deps = stage.with({ settings: { ...stage.deps.settings, batch: 2 } });
      const keys = wanted.map((n) => message(n).key);
      expect(await processInbox(deps, PLENTY, keys)).toMatchObject({ claimed: 5, applied: 5 });
    }));

  test('repeated after it was applied is counted and changes nothing', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      await processInbox(stage.deps, PLENTY);
      const before = await theOrder(stage);
      stage.advance(24 * 3_600_000);
      expect(await stage.store.inbox.record(message(1))).toBe('repeat');
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
      expect(await theOrder(stage)).toEqual(before);
    }));

  test('that comes before its order waits, and is applied when the order is there', () =>
    onStage(async (stage) => {
      await stage.store.inbox.record(message(1));
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ retried: 1, dead: 0 });
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
      await stage.store.orders.create(order(1));
      stage.advance(1_000);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
    }));

  test('whose order never appears goes dead by name; once the order exists, a replay applies it and explains the discrepancy', () =>
    onStage(async (stage) => {
      await stage.store.inbox.record(message(1));
      stage.advance(600_000);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ dead: 1 });
      expect(await theMessage(stage)).toMatchObject({ state: 'dead', reason: 'order_never_appeared' });
      expect(await openClasses(stage)).toEqual(['missing_order']);

      await stage.store.orders.create(order(1));
      await stage.store.inbox.replay([message(1).key], 'li', stage.deps.clock.now());
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
      expect(await openClasses(stage)).toEqual([]);
      const [resolved] = await stage.store.discrepancies.ofOrder(tradeNo(1));
      expect(resolved?.resolution).toMatchObject({ by: 'auto', who: message(1).key });
    }));

  const otherPayer = 'oAnotherPayerAltogether00001';
  const otherMerchant = '1900000999';
  if (!isPayerId(otherPayer) || !isSubMchId(otherMerchant)) throw new Error('the examples are wrong');
  test.each<[string, Partial<PaymentDetails>, string[]]>([
    ['of another amount', { total: fen(1) }, ['amount_mismatch']],
    ['in another currency', { currency: 'USD' }, ['currency_mismatch']],
    ['to another merchant', { subMchId: otherMerchant }, ['merchant_mismatch']],
    ['by another payer', { payer: otherPayer }, ['payer_mismatch']],
    ['wrong twice over', { total: fen(1), payer: otherPayer }, ['amount_mismatch', 'payer_mismatch']],
  ])('%s fulfils nothing, goes dead and leaves a named discrepancy', (_, wrong, classes) =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(of(paymentOf(1, wrong)));
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 0, dead: 1 });
      expect(await theOrder(stage)).toEqual(order(1));
      expect(await theMessage(stage)).toMatchObject({ state: 'dead', reason: 'mismatch' });
      expect((await openClasses(stage)).sort()).toEqual(classes);
    }),
  );

  test('of an unknown payer, or covered by a coupon, is judged by its total', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(
        of(paymentOf(1, { payer: null, cash: fen(1), cashFeeType: 'HKD', coupon: fen(100) })),
      );
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
      expect((await theOrder(stage)).payment).toMatchObject({
        state: 'paid',
        cash: 1,
        cashFeeType: 'HKD',
        coupon: 100,
      });
    }));

  test('that is the second for an order, in the same batch, is noted and opens duplicate_payment', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      await stage.store.inbox.record(of(paymentOf(1, { transactionId: transactionId(2) })));
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 2, applied: 2 });
      const paid = await theOrder(stage);
      expect(paidTimes(paid)).toBe(1);
      expect(paid.otherPayments).toHaveLength(1);
      expect(await openClasses(stage)).toEqual(['duplicate_payment']);
    }));

  test('on a closed order leaves it closed and unfulfilled, and opens paid_after_close', () =>
    onStage(async (stage) => {
      const evidence = keyOf(
        { kind: 'closure', outTradeNo: tradeNo(1), subMchId: order(1).subMchId, as: 'closed' },
        'platform',
      );
      await stage.store.orders.create(order(1, { payment: { state: 'closed', at: START, evidence } }));
      await stage.store.inbox.record(message(1));
      await processInbox(stage.deps, PLENTY);
      expect(await theOrder(stage)).toMatchObject({
        payment: { state: 'closed' },
        fulfilment: { state: 'none' },
        otherPayments: [{ as: 'paid_after_close', total: order(1).total }],
      });
      expect(await openClasses(stage)).toEqual(['paid_after_close']);
    }));
});

describe('a worker', () => {
  test('whose lease ran out while it worked finishes nothing, and the next one finishes it', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      const slow = stage.with({
        store: {
          ...stage.store,
          orders: {
            ...stage.store.orders,
            findWithoutCarts: async (numbers) => {
              stage.advance(61_000);
              return stage.store.orders.findWithoutCarts(numbers);
            },
          },
        },
      });
      expect(await processInbox(slow, PLENTY)).toMatchObject({ leaseLost: 1, applied: 0 });
      expect((await theOrder(stage)).payment.state).toBe('pending');
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
    }));

  test('takes again, with backoff, what the store could not settle; the rest of the batch goes on', () =>
    onStage(async (stage) => {
      for (const n of [1, 2]) {
        await stage.store.orders.create(order(n));
        await stage.store.inbox.record(message(n));
      }
      let broken = true;
      const flaky = stage.with({
        store: {
          ...stage.store,
          inbox: {
            ...stage.store.inbox,
            settle: async (token, now, settlements) => {
              if (!broken) return stage.store.inbox.settle(token, now, settlements);
              broken = false;
              const [, ...rest] = settlements;
              return ['failed', ...(await stage.store.inbox.settle(token, now, rest))];
            },
          },
        },
      });
      expect(await processInbox(flaky, PLENTY)).toMatchObject({ failed: 1, applied: 1 });
      stage.advance(60_000);
      expect(await processInbox(flaky, PLENTY)).toMatchObject({ applied: 1 });
    }));

  test('whose order changes between the look and the settlement is decided again in the same run', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      let looks = 0;
      const orders: Stage['store']['orders'] = {
        ...stage.store.orders,
        findWithoutCarts: async (numbers) => {
          const found = await stage.store.orders.findWithoutCarts(numbers);
          looks += 1;
          if (looks > 1) return found;
          const [one] = found;
          if (one === undefined) throw new Error('the order is not there');
          const note = { outTradeNo: one.outTradeNo, expectedVersion: one.version, lastAskedAt: START };
          expect(await stage.store.orders.note(note)).toBe(true);
          return found;
        },
      };
      const changing = stage.with({ store: { ...stage.store, orders } });
      expect(await processInbox(changing, PLENTY)).toMatchObject({ applied: 1, failed: 0, claimed: 1 });
      expect(looks).toBe(2);
      expect((await theOrder(stage)).payment.state).toBe('paid');
    }));

  const claimWithoutOutcome = async (stage: Stage, alone: boolean) => {
    const { deps, store } = stage;
    const now = deps.clock.now();
    const leaseUntil = later(now, 500);
    const claimed = await store.inbox.claim({ token: deps.newToken(), now, leaseUntil, limit: 1, alone });
    stage.advance(1_000);
    return claimed;
  };

  test('that dies of a message three times leaves it to be claimed alone, after all others', () =>
    onStage(async (stage) => {
      for (const n of [1, 2]) await stage.store.orders.create(order(n));
      await stage.store.inbox.record(message(1));
      for (let crash = 1; crash <= 3; crash += 1) {
        expect(await claimWithoutOutcome(stage, false)).toHaveLength(1);
      }
      await stage.store.inbox.record(message(2));
      expect(await claimWithoutOutcome(stage, false)).toMatchObject([{ key: message(2).key }]);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 2, beside: 1 });
      expect(await theMessage(stage)).toMatchObject({ state: 'done', outcome: 'applied', claims: 0 });
      const alone = stage.log.lines.filter(({ event }) => event === 'message_claimed_alone');
      expect(alone).toMatchObject([{ fields: { key: message(1).key, claims: 4 } }]);
    }));

  test('that died of two messages claims each by itself, and tries both in one run', () =>
    onStage(async (stage) => {
      for (const n of [1, 2]) {
        await stage.store.orders.create(order(n));
        await stage.store.inbox.record(message(n));
      }
      for (let crash = 1; crash <= 9; crash += 1) await claimWithoutOutcome(stage, false);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 2, beside: 2 });
    }));

  test('that dies of a message again and again ends it as dead, unread', () =>
    onStage(async (stage) => {
      await stage.store.inbox.record(message(1));
      for (let crash = 1; crash <= 9; crash += 1) await claimWithoutOutcome(stage, crash > 4);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ beside: 1, applied: 0 });
      expect(await theMessage(stage)).toMatchObject({ state: 'dead', reason: 'too_many_attempts' });
    }));

  test('spends no attempt on an order that is not here yet: only time ends the wait', () =>
    onStage(async (stage) => {
      const settings = { ...stage.deps.settings, missingOrderMs: 2_880 * 60_000 };
      const patient = stage.with({ settings });
      await stage.store.inbox.record(message(1));
      for (let minute = 1; minute < 2_880; minute += 30) {
        await processInbox(patient, PLENTY);
        stage.advance(30 * 60_000);
      }
      expect(await theMessage(stage)).toMatchObject({ state: 'pending', attempts: 0 });
      await stage.store.orders.create(order(1));
      expect(await processInbox(patient, PLENTY)).toMatchObject({ applied: 1 });
    }));

  test('begins nothing when it is asked to stop or has no time left', () =>
    onStage(async (stage) => {
      await stage.store.inbox.record(message(1));
      expect(await processInbox(stage.deps, { remaining: () => 60_000, stopping: true })).toMatchObject({
        claimed: 0,
      });
      expect(await processInbox(stage.deps, { remaining: () => 1_999, stopping: false })).toMatchObject({
        claimed: 0,
      });
    }));

  test('logs the order number of every message and no payer', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      await processInbox(stage.deps, PLENTY);
      const applied = stage.log.lines.find(({ event }) => event === 'message_applied');
      expect(applied?.fields.outTradeNo).toBe(tradeNo(1));
      expect(JSON.stringify(stage.log.lines)).not.toContain(order(1).payer);
    }));
});

describe('the line about a message that was applied', () => {
  const applied = ({ log }: Stage) =>
    log.lines.filter((line) => line.event === 'message_applied').map((line) => line.fields);

  test('tells by which path a payment came to be known, and how long after it was paid', () =>
    onStage(async (stage) => {
      for (const n of [1, 2]) await stage.store.orders.create(order(n));
      await stage.store.inbox.record(message(1));
      await stage.store.inbox.record(message(2, { path: 'query', receivedAt: later(START, 600_000) }));
      stage.advance(600_000);
      await processInbox(stage.deps, PLENTY);
      expect(applied(stage)).toMatchObject([
        { outTradeNo: tradeNo(1), path: 'callback', paidToKnownMs: 5_000 },
        { outTradeNo: tradeNo(2), path: 'query', paidToKnownMs: 605_000 },
      ]);
    }));

  test('tells neither of a closure, nor of other money for an order that is paid', () =>
    onStage(async (stage) => {
      for (const n of [1, 2]) await stage.store.orders.create(order(n));
      await stage.store.inbox.record(message(1));
      await processInbox(stage.deps, PLENTY);
      const second = { kind: 'payment', payment: paymentOf(1, { transactionId: transactionId(9) }) } as const;
      await stage.store.inbox.record(message(1, { content: second, key: keyOf(second, 'platform') }));
      await stage.store.inbox.record(closureMessage(tradeNo(2), MERCHANT, 'closed', 'close', START));
      await processInbox(stage.deps, PLENTY);
      const [first, ...others] = applied(stage);
      expect(first).toHaveProperty('paidToKnownMs');
      expect(others).toHaveLength(2);
      for (const fields of others) expect(fields).not.toHaveProperty('paidToKnownMs');
    }));
});
