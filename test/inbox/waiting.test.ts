import { processInbox } from '../../lib/inbox/process';
import type { ProcessDeps } from '../../lib/inbox/process-deps';
import { keyOf } from '../../lib/model/message';
import { fen } from '../../lib/values/fen';
import { refund } from '../orders/shop';
import { message, order, paymentOf, tradeNo, transactionId } from '../store/builders';
import type { Stage } from './stage';
import { onStage, PLENTY } from './stage';

const BACKOFF = { firstMs: 5_000, maxMs: 600_000 };

/** The first order's refund message, heard before its payment and put off until it is this old. */
async function refundHeard(stage: Stage, minutes: number): Promise<ProcessDeps> {
  const deps = stage.with({ settings: { ...stage.deps.settings, backoff: BACKOFF } });
  await stage.store.orders.create(order(1));
  await stage.store.inbox.record({ ...refund(1), receivedAt: stage.deps.clock.now() });
  for (let turn = 0; turn < minutes; turn += 1) {
    await processInbox(deps, PLENTY);
    stage.advance(60_000);
  }
  await processInbox(deps, PLENTY);
  return deps;
}

async function hearPayment(stage: Stage): Promise<void> {
  await stage.store.inbox.record(message(1, { receivedAt: stage.deps.clock.now() }));
}

const stateOfRefund = async (stage: Stage): Promise<string | undefined> =>
  (await stage.store.inbox.find(refund(1).key))?.state;

describe('a refund message that waits for its payment', () => {
  it.each([
    ['pending', 5],
    ['dead', 200],
  ] as const)(
    'and is %s by then is applied with it, although the store failed just when it was to be woken',
    (state, minutes) =>
      onStage(async (stage) => {
        const deps = await refundHeard(stage, minutes);
        expect(await stateOfRefund(stage)).toBe(state);
        await hearPayment(stage);
        const { inbox } = stage.store;
        const failing: ProcessDeps['store']['inbox']['claim'] = async (request) =>
          request.keys === undefined ? inbox.claim(request) : Promise.reject(new Error('no answer'));
        const store = { ...stage.store, inbox: { ...inbox, claim: failing } };
        await expect(processInbox({ ...deps, store }, PLENTY)).rejects.toThrow('no answer');
        // Neither half is applied without the other.
        expect(await stage.store.orders.find([tradeNo(1)])).toMatchObject([
          { payment: { state: 'pending' } },
        ]);
        stage.advance(15_000);
        await processInbox(deps, PLENTY);
        expect(await stage.store.orders.find([tradeNo(1)])).toMatchObject([
          { payment: { state: 'paid' }, refunds: [{ amount: 101 }] },
        ]);
        expect(await stateOfRefund(stage)).toBe('done');
      }),
  );

  it('and is held by another worker just when its payment is applied follows within half a minute', () =>
    onStage(async (stage) => {
      const deps = await refundHeard(stage, 8);
      stage.advance(60_000);
      const { inbox } = stage.store;
      const settle: ProcessDeps['store']['inbox']['settle'] = async (...outcome) => {
        await hearPayment(stage);
        await processInbox(deps, PLENTY);
        return inbox.settle(...outcome);
      };
      expect(
        await processInbox({ ...deps, store: { ...stage.store, inbox: { ...inbox, settle } } }, PLENTY),
      ).toMatchObject({ retried: 1 });
      expect(await stage.store.orders.find([tradeNo(1)])).toMatchObject([
        { payment: { state: 'paid' }, refunds: [] },
      ]);
      stage.advance(30_000);
      await processInbox(deps, PLENTY);
      expect(await stateOfRefund(stage)).toBe('done');
    }));

  it('and died of waiting for a second payment is brought back by it', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await hearPayment(stage);
      const second = { transactionId: transactionId(2), outTradeNo: tradeNo(1), total: fen(101) };
      const ofSecond = refund(1, { transactionId: transactionId(2) });
      await stage.store.inbox.record({ ...ofSecond, receivedAt: stage.deps.clock.now() });
      await processInbox(stage.deps, PLENTY);
      stage.advance(86_400_000);
      await processInbox(stage.deps, PLENTY);
      expect(await stage.store.inbox.find(ofSecond.key)).toMatchObject({ state: 'dead' });
      const content = { kind: 'payment', payment: paymentOf(1, second) } as const;
      await stage.store.inbox.record(message(1, { content, receivedAt: stage.deps.clock.now() }));
      await processInbox(stage.deps, PLENTY);
      expect(await stage.store.inbox.find(ofSecond.key)).toMatchObject({ state: 'done' });
    }));

  it('is not decided on a payment that is refused, because its transaction is another order’s', () =>
    onStage(async (stage) => {
      const deps = await refundHeard(stage, 200);
      await stage.store.orders.create(order(2));
      const reused = paymentOf(2, { transactionId: transactionId(7) });
      for (const payment of [reused, paymentOf(1, { transactionId: transactionId(7) })]) {
        const content = { kind: 'payment', payment } as const;
        await stage.store.inbox.record(
          message(1, {
            content,
            key: keyOf(content, 'platform'),
            outTradeNo: payment.outTradeNo,
            receivedAt: stage.deps.clock.now(),
          }),
        );
        await processInbox(deps, PLENTY);
      }
      const named = (await stage.store.discrepancies.ofOrder(tradeNo(1))).map((one) => one.class);
      expect(named.sort()).toEqual(['refund_missing_here', 'transaction_reused']);
    }));
});
