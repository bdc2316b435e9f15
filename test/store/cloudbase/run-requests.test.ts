import { processInbox } from '../../../lib/inbox/process';
import { systemTimers } from '../../../lib/runtime/timers';
import { PLENTY, rememberedLog } from '../../inbox/stage';
import { freshToken, MERCHANT, order, recordRange } from '../builders';
import { onCloudBase, requestsOf } from './harness';

const SETTINGS = {
  leaseMs: 60_000,
  attempts: 5,
  backoff: { firstMs: 1_000, maxMs: 60_000 },
  missingOrderMs: 600_000,
  queryConcurrency: 4,
  unverifiedMs: 7 * 86_400_000,
  lateMoney: 'hold',
  verifyAbove: null,
  merchants: [MERCHANT],
} as const;

const unknown = async () => ({ kind: 'unknown', reason: 'transport', detail: 'not asked' }) as const;

/** What a run costs beside one write per order, and why: decision 68. */
it.each([
  ['nothing', 100, 0, 1],
  ['a short batch of one payment', 100, 1, 8 + 3],
  ['a full batch of 100', 100, 100, 8 + 4],
  ['two full batches', 10, 20, 2 * 8 + 4],
  ['a full batch and a short one', 10, 15, 2 * 8 + 3],
])('a run as in the cloud that finds %s', (_name, batch, payments, beside) =>
  onCloudBase(async (harness) => {
    const { store, now } = harness;
    await recordRange(store, 0, payments);
    for (let n = 0; n < payments; n += 1) await store.orders.create(order(n));
    const run = () =>
      processInbox(
        {
          ...{
            store,
            settings: { ...SETTINGS, batch },
            lanes: 1,
            looksFirst: true,
            clock: { now },
            timers: systemTimers,
          },
          wechat: { queryOrder: unknown, queryRefund: unknown },
          random: () => 0.5,
          newToken: freshToken,
          log: rememberedLog(),
        },
        PLENTY,
      );
    let applied = -1;
    const cost = await requestsOf(harness, async () => ({ applied } = await run()));
    expect(applied).toBe(payments);
    expect(cost).toBe(payments + beside);
  })(),
);
