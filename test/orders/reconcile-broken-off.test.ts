import { processInbox } from '../../lib/inbox/process';
import { StoreError } from '../../lib/store/errors';
import type { CloseAnswer, OrderAnswer } from '../../lib/wechat/port';
import { PLENTY } from '../inbox/stage';
import { tradeNo } from '../store/builders';
import { MINUTE, onAsking, paid, sayOf, type Asking } from './asking';

const UNKNOWN: OrderAnswer & CloseAnswer = { kind: 'unknown', reason: 'transport', detail: 'no answer' };

describe('a run that breaks off', () => {
  test('while it waits for an answer: all it had claimed are asked about again by the schedule', () =>
    onAsking(async (asking) => {
      await asking.make(10);
      asking.says.query = () => new Promise(() => undefined);
      asking.advance(MINUTE);
      void asking.run();
      await untilCalls(asking, 4);
      asking.says.query = sayOf({ 3: paid(3) }, { kind: 'not_paid' });
      expect(await asking.run()).toMatchObject({ claimed: 0 });
      asking.advance(1.1 * 2 * MINUTE);
      expect(await asking.run()).toMatchObject({ claimed: 10, asked: 10, paid: 1 });
    }));

  test('after its facts were recorded: the inbox’s worker applies them', () =>
    onAsking(async (asking) => {
      await asking.make(5);
      asking.says.query = sayOf({ 2: paid(2) }, UNKNOWN);
      asking.advance(MINUTE);
      const { store } = asking;
      const claim = () => Promise.reject(new StoreError('unavailable', 'gone'));
      const broken = { ...store, inbox: { ...store.inbox, claim } };
      await expect(asking.run(PLENTY, { store: broken })).rejects.toMatchObject({ code: 'unavailable' });
      // What was put off out of turn was put off all the same.
      expect((await asking.find(1)).nextAskAt - asking.deps.clock.now()).toBeLessThanOrEqual(2.2 * MINUTE);
      expect(asking.logged('ask_run')).toMatchObject([{ claimed: 5, paid: 0, unchanged: 1, unknown: 4 }]);
      expect((await asking.find(2)).payment.state).toBe('pending');
      expect(await processInbox(asking.deps, PLENTY)).toMatchObject({ applied: 1 });
      expect((await asking.find(2)).payment).toMatchObject({ state: 'paid', knownBy: 'query' });
    }));

  test('on one order’s fact loses no other, and asks about that one again in moments', () =>
    onAsking(async (asking) => {
      await asking.make(6);
      asking.says.query = sayOf(Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [n, paid(n)])), UNKNOWN);
      asking.advance(MINUTE);
      const { store } = asking;
      const record: typeof store.inbox.record = (one) =>
        one.outTradeNo === tradeNo(3)
          ? Promise.reject(new StoreError('unavailable', 'no answer'))
          : store.inbox.record(one);
      const broken = { ...store, inbox: { ...store.inbox, record } };
      expect(await asking.run(PLENTY, { store: broken })).toMatchObject({ paid: 5, notRecorded: 1 });
      expect(asking.logged('answer_not_recorded')).toMatchObject([{ outTradeNo: tradeNo(3) }]);
      expect(await asking.store.orders.counts()).toMatchObject({ payment: { paid: 5, pending: 1 } });
      asking.advance(5_000);
      expect(await asking.run()).toMatchObject({ claimed: 1, paid: 1 });
    }));
});

/** Resolves when so many calls were begun. */
async function untilCalls(asking: Asking, count: number): Promise<void> {
  for (let round = 0; round < 1_000 && asking.calls.length < count; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(asking.calls.length).toBe(count);
}
