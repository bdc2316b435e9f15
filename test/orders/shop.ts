import { processInbox } from '../../lib/inbox/process';
import type { RefundDetails } from '../../lib/model/facts';
import type { NewMessage } from '../../lib/model/message';
import { keyOf, orderOf } from '../../lib/model/message';
import type { Fulfil, FulfilDeps } from '../../lib/orders/fulfil';
import { fulfillOrders } from '../../lib/orders/fulfil';
import type { AskRefundDeps } from '../../lib/refunds/outcome';
import { fen } from '../../lib/values/fen';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';
import { message, order, refundOf, tradeNo, transactionId } from '../store/builders';

/** A refund notification of the first order; of its whole amount by default. */
export function refund(
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

/** The first order's shop: what was fulfilled, and the workers that run when the case says so. */
export function shop(stage: Stage, fulfil: Fulfil = async () => undefined) {
  const delivered: string[] = [];
  const deps: FulfilDeps = {
    ...stage.deps,
    store: stage.store,
    fulfil: async (one, ...call) => {
      delivered.push(one.outTradeNo);
      return fulfil(one, ...call);
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

/** What requesting a refund needs, of a WeChat Pay that accepts every refund. */
export function refunding(stage: Stage): AskRefundDeps {
  return {
    ...stage.deps,
    store: stage.store,
    wechat: {
      ...stage.deps.wechat,
      refund: async ({ outRefundNo, refund: amount }) => ({
        kind: 'accepted',
        refundId: '50000000382019052709732000001',
        outRefundNo,
        refund: amount,
        settled: null,
      }),
    },
    refundSettings: {
      askAfterMs: [60_000],
      perSecond: 100,
      concurrency: 1,
      batch: 10,
      fundsRetryMs: 60_000,
      overdueMs: 86_400_000,
      source: 'unsettled',
      secondPersonAbove: null,
      limits: { single: null, operatorDay: null, day: null },
    },
  };
}

/** Runs a case in a shop whose first order is made and not paid. */
export const inShop = (run: (of: ReturnType<typeof shop>, stage: Stage) => Promise<void>) => () =>
  onStage(async (stage) => {
    await stage.store.orders.create(order(1));
    await run(shop(stage), stage);
  });
