import { processInbox } from '../../../lib/inbox/process';
import { fulfilDue } from '../../../lib/orders/fulfil';
import { leaseToken } from '../../../lib/model/lease';
import { systemTimers } from '../../../lib/runtime/timers';
import type { Store } from '../../../lib/store/port';
import { instant } from '../../../lib/values/instant';
import { isRecord } from '../../../lib/values/json';
import { PLENTY, rememberedLog } from '../../inbox/stage';
import { cases } from '../../share';
import { MERCHANT, message, order, START, tradeNo } from '../builders';
import { onCloudBase, type CloudBaseHarness } from './harness';

/** Each costs some 40 ms of a processor. */
const PAYMENTS = cases({ everyTime: 40, all: 300 });
const SETTINGS = {
  batch: 50,
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
const FULFILMENT = {
  attempts: 5,
  timeoutMs: 10_000,
  quickRetries: 0,
  concurrency: 5,
  backoff: { firstMs: 1_000, maxMs: 60_000 },
};
/** Far more rounds than the work needs, so that work that never ends fails instead of hanging. */
const MOST_ROUNDS = 40;

/** The time of this shop: each request takes 5 ms of it. */
let at: number = START;

/** A worker host, whose clock is ahead by so many ms. */
function hostOn(store: Store, name: string, aheadMs: number, handedOver: string[]) {
  let tokens = 0;
  const log = rememberedLog();
  const deps = {
    store,
    wechat: {
      queryOrder: async () => ({ kind: 'unknown', reason: 'transport', detail: 'not asked' }) as const,
      queryRefund: async () => ({ kind: 'unknown', reason: 'transport', detail: 'not asked' }) as const,
    },
    timers: systemTimers,
    clock: { now: () => instant(at + aheadMs) },
    random: () => 0.5,
    newToken: () => leaseToken(`${name}-${String((tokens += 1)).padStart(6, '0')}`),
    log,
  };
  return {
    log,
    process: () => processInbox({ ...deps, settings: SETTINGS, lanes: 2 }, PLENTY),
    fulfil: () =>
      fulfilDue(
        {
          ...deps,
          settings: FULFILMENT,
          fulfil: async ({ outTradeNo }) => {
            handedOver.push(outTradeNo);
            return undefined;
          },
        },
        PLENTY,
      ),
  };
}

/** Orders, and callbacks about their payments, every tenth of them twice. */
async function shop(store: Store): Promise<void> {
  const numbers = Array.from({ length: PAYMENTS }, (_, n) => n);
  await inGroups(numbers, (n) => store.orders.create(order(n)));
  await inGroups(numbers, async (n) => {
    expect(await store.inbox.record(message(n))).toBe('stored');
    if (n % 10 === 0) expect(await store.inbox.record(message(n))).toBe('repeat');
  });
}

async function inGroups(numbers: readonly number[], work: (n: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < numbers.length; from += 10) {
    await Promise.all(numbers.slice(from, from + 10).map(work));
  }
}

function isFulfilled(fulfilment: unknown): boolean {
  return isRecord(fulfilment) && fulfilment['state'] === 'done';
}

async function playOut(harness: CloudBaseHarness): Promise<void> {
  const { store, gateway } = harness;
  const handedOver: string[] = [];
  const hosts = [
    hostOn(store, 'one', 0, handedOver),
    hostOn(harness.secondHandle(), 'two', 20_000, handedOver),
  ];
  await shop(store);
  // Looks at what is stored: a read of the shop's would be behind, too.
  const unfinished = (): boolean =>
    gateway.database.documents('wxpay_inbox').some(({ state }) => state !== 'done') ||
    gateway.database.documents('wxpay_orders').some(({ fulfilment }) => !isFulfilled(fulfilment));
  let rounds = 0;
  for (; unfinished() && rounds < MOST_ROUNDS; rounds += 1) {
    await Promise.allSettled(hosts.flatMap((host) => [host.process(), host.fulfil()]));
    at += 15_000;
  }
  expect(rounds).toBeLessThan(MOST_ROUNDS);
  const messages = gateway.database.documents('wxpay_inbox');
  expect(messages.filter(({ attempts, alone }) => attempts !== 0 || alone !== false)).toEqual([]);
  expect(messages.filter(({ state, outcome }) => state === 'done' && outcome === 'applied')).toHaveLength(
    PAYMENTS,
  );
  const events = new Set(hosts.flatMap(({ log }) => log.lines.map(({ event }) => event)));
  for (const never of ['message_lease_lost', 'message_dead', 'fulfilment_lease_lost'] as const) {
    expect([...events]).not.toContain(never);
  }
  expect([...handedOver].sort()).toEqual(Array.from({ length: PAYMENTS }, (_, n) => tradeNo(n)).sort());
}

describe('payments on CloudBase, on two hosts with clocks 20 s apart', () => {
  it('are each applied and handed over once while reads are 150 ms behind', async () => {
    at = START;
    const limits = { readLagMs: 150, interleaves: true, connections: 20 };
    await onCloudBase(
      async (harness) => {
        harness.gateway.requests.onRequest(() => void (at += 5));
        await playOut(harness);
      },
      { limits, duplicates: 'chinese', clock: { now: () => at } },
    )();
  });
});
