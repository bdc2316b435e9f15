import { processInbox } from '../../../lib/inbox/process';
import { systemTimers } from '../../../lib/runtime/timers';
import { PLENTY, rememberedLog } from '../../inbox/stage';
import { freshToken, MERCHANT, message, order, recordRange, tradeNo } from '../builders';
import { onCloudBase, requestsOf, type CloudBaseHarness } from './harness';

const SETTINGS = {
  batch: 100,
  leaseMs: 60_000,
  attempts: 5,
  backoff: { firstMs: 1_000, maxMs: 60_000 },
  missingOrderMs: 600_000,
  queryConcurrency: 4,
  unverifiedMs: 86_400_000,
  lateMoney: 'hold',
  verifyAbove: null,
  merchants: [MERCHANT],
} as const;

/** A run of a cloud function's timer. */
function run({ store, now }: CloudBaseHarness) {
  const unasked = async () => ({ kind: 'unknown', reason: 'transport', detail: 'not asked' }) as const;
  const deps = {
    ...{ store, settings: SETTINGS, timers: systemTimers, clock: { now }, random: () => 0.5 },
    ...{ wechat: { queryOrder: unasked, queryRefund: unasked }, newToken: freshToken, log: rememberedLog() },
    ...{ lanes: 2, looksFirst: true },
  };
  return processInbox(deps, PLENTY);
}

async function paid(harness: CloudBaseHarness, many: number): Promise<void> {
  await recordRange(harness.store, 0, many);
  for (let n = 0; n < many; n += 1) await harness.store.orders.create(order(n));
}

describe('requests of a run of processInbox, beside the write of each order', () => {
  it.each([
    [0, 1],
    [1, 11],
    [99, 11],
    [100, 12],
    [199, 11 + 8],
  ])('for %i payments are %i', async (many, most) => {
    await onCloudBase(async (harness) => {
      await paid(harness, many);
      expect(await requestsOf(harness, () => run(harness))).toBe(many + most);
      expect(await harness.store.orders.counts()).toMatchObject({ payment: { paid: many } });
    })();
  });

  it(
    'leave out nothing else that is due',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      await paid(harness, 1);
      await store.inbox.record(message(0));
      await store.inbox.record(message(2, { trust: 'unverified' }));
      await run(harness);
      expect(await store.inbox.redelivered(10)).toEqual([]);
      const [asked] = (await store.inbox.list({ state: 'pending', after: null, limit: 10 })).items;
      expect(asked).toMatchObject({ outTradeNo: tradeNo(2) });
      expect(await store.inbox.hasWork(now())).toBe(false);
    }),
  );
});
