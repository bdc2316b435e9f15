import { processInbox } from '../../lib/inbox/process';
import type { NewMessage } from '../../lib/model/message';
import { keyOf, orderOf } from '../../lib/model/message';
import type { Fulfil, FulfilDeps } from '../../lib/orders/fulfil';
import { fulfillOrders } from '../../lib/orders/fulfil';
import { fen } from '../../lib/values/fen';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';
import { message, order, paymentOf, refundNo, refundOf, tradeNo, transactionId } from '../store/builders';
import type { RefundDetails } from '../../lib/model/facts';

/** A refund notification of the first order; of its whole amount by default. */
function refund(
  n: number,
  over: Partial<RefundDetails> = {},
  trust: NewMessage['trust'] = 'platform',
): NewMessage {
  const details = {
    outTradeNo: tradeNo(1),
    transactionId: transactionId(1),
    total: fen(101),
    refund: fen(101),
  };
  const content = { kind: 'refund', refund: refundOf(n, { ...details, settled: null, ...over }) } as const;
  return message(1, { content, trust, key: keyOf(content, trust), outTradeNo: orderOf(content) });
}

function shop(stage: Stage, fulfil: Fulfil = async () => undefined) {
  const delivered: string[] = [];
  const deps: FulfilDeps = {
    ...stage.deps,
    store: stage.store,
    fulfil: async (one, key, signal) => {
      delivered.push(one.outTradeNo);
      return fulfil(one, key, signal);
    },
    timers: { after: () => () => undefined },
    settings: {
      concurrency: 2,
      attempts: 3,
      timeoutMs: 10_000,
      quickRetries: 0,
      backoff: { firstMs: 1_000, maxMs: 8_000 },
    },
  };
  return {
    deps,
    delivered,
    hear: (one: NewMessage) => stage.store.inbox.record({ ...one, receivedAt: stage.deps.clock.now() }),
    inbox: () => processInbox(stage.deps, PLENTY),
    deliver: () => fulfillOrders(deps, PLENTY),
    minutes: async (count: number) => {
      for (let turn = 0; turn < count * 4; turn += 1) {
        stage.advance(15_000);
        await processInbox(stage.deps, PLENTY);
        await fulfillOrders(deps, PLENTY);
      }
    },
    order: async () => {
      const [one] = await stage.store.orders.find([tradeNo(1)]);
      if (one === undefined) throw new Error('the order of the case is gone');
      return one;
    },
    open: async () => {
      const found = await stage.store.discrepancies.listUnresolved({ after: null, limit: 100 });
      return found.items.map((one) => one.class);
    },
  };
}

const inShop = (run: (of: ReturnType<typeof shop>, stage: Stage) => Promise<void>) => () =>
  onStage(async (stage) => {
    await stage.store.orders.create(order(1));
    await run(shop(stage), stage);
  });

describe('a transaction pays one order', () => {
  it(
    'the second order’s notification pays nothing, is dead and named',
    inShop(async ({ hear, inbox, deliver, delivered, open }, stage) => {
      await stage.store.orders.create(order(2));
      await hear(message(1));
      const payment = paymentOf(2, { transactionId: transactionId(1) });
      const content = { kind: 'payment', payment } as const;
      const second = message(2, { content, key: keyOf(content, 'platform') });
      await hear(second);
      await inbox();
      await deliver();
      expect(delivered).toEqual([tradeNo(1)]);
      const [other] = await stage.store.orders.find([tradeNo(2)]);
      expect(other?.payment).toEqual({ state: 'pending' });
      expect(await stage.store.inbox.find(second.key)).toMatchObject({ state: 'dead', reason: 'mismatch' });
      expect(await open()).toEqual(['transaction_reused']);
    }),
  );

  it(
    'a refund of a foreign transaction is not applied, and named',
    inShop(async ({ hear, inbox, minutes, open, order }) => {
      await hear(message(1));
      await inbox();
      await hear(refund(1, { transactionId: transactionId(7) }));
      await inbox();
      await minutes(15);
      expect((await order()).refunds).toEqual([]);
      expect(await open()).toContain('refund_transaction_mismatch');
    }),
  );

  it(
    'of two payments, a refund is taken off the one it names',
    inShop(async ({ hear, inbox, order }) => {
      await hear(message(1));
      const content = {
        kind: 'payment',
        payment: paymentOf(1, { transactionId: transactionId(9) }),
      } as const;
      await hear(message(1, { content, key: keyOf(content, 'platform') }));
      await hear(refund(1, { transactionId: transactionId(9) }));
      await hear(refund(2, { transactionId: transactionId(9), refund: fen(1) }));
      await inbox();
      expect((await order()).refunds).toEqual([
        { outRefundNo: refundNo(1), amount: 101, transactionId: transactionId(9) },
      ]);
    }),
  );
});
