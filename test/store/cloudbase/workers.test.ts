import type { ClaimedMessage } from '../../../lib/model/message';
import type { Settlement, Store } from '../../../lib/store/port';
import { later } from '../../../lib/values/instant';
import type { Instant } from '../../../lib/values/instant';
import {
  claimAt,
  discrepancy,
  LEASE_MS,
  message,
  order,
  paidBy,
  recordRange,
  settlement,
  tradeNo,
  NEXT_DAY,
} from '../builders';
import { onCloudBase } from './harness';

const MESSAGES = 100;
/**
 * Far more rounds than two workers need, so that a queue that never empties fails instead of
 * hanging.
 */
const MOST_ROUNDS = 100;

async function decideAll(store: Store, claimed: readonly ClaimedMessage[], now: Instant) {
  const orders = await store.orders.find(claimed.flatMap(({ outTradeNo }) => outTradeNo ?? []));
  return claimed.map((one): Settlement => {
    const standing = orders.find(({ outTradeNo }) => outTradeNo === one.outTradeNo);
    return standing?.payment.state === 'pending'
      ? settlement(one, undefined, { change: paidBy(standing, one, now) })
      : settlement(one, { kind: 'done', outcome: 'repeat' });
  });
}

/** One round of a worker. Answers how many messages it had to do with. */
async function workOnce(store: Store, now: Instant): Promise<number> {
  const request = claimAt(now, { limit: 40 });
  const claimed = await store.inbox.claim(request);
  if (claimed.length === 0) return 0;
  await store.inbox.settle(request.token, now, await decideAll(store, claimed, now));
  return claimed.length;
}

async function shop(store: Store): Promise<void> {
  await recordRange(store, 0, MESSAGES);
  for (let start = 0; start < MESSAGES; start += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.orders.create(order(start + i))));
  }
}

describe('two workers on CloudBase, each with an SDK of its own', () => {
  it.each([
    ['at peace', 0, 0],
    ['with every tenth answer to a write lost', 10, 0],
    ['with a clock that is ahead of the other one’s by longer than a lease', 10, 6 * LEASE_MS],
  ] as const)('change each of 100 orders once, %s', async (_name, everyNth, clockAheadMs) => {
    await onCloudBase(
      async (harness) => {
        const { store, now, advance, gateway } = harness;
        const other = harness.secondHandle();
        const hosts = [
          [store, now],
          [other, harness.otherNow],
        ] as const;
        await shop(store);
        if (everyNth > 0) {
          for (let nth = everyNth; nth <= 2 * MESSAGES; nth += everyNth) {
            const match = { action: 'database.modifyDocument', nth };
            gateway.faults.add({ match, effect: { kind: 'cutAfter' } });
          }
        }
        let rounds = 0;
        for (; (await store.inbox.backlog(now())).pending > 0 && rounds < MOST_ROUNDS; rounds += 1) {
          const did = await Promise.all(hosts.map(([one, clock]) => workOnce(one, clock()).catch(() => 1)));
          // Nothing left but what lost answers have left leased: time passes.
          if (did.every((count) => count === 0)) advance(LEASE_MS);
        }
        expect(rounds).toBeLessThan(MOST_ROUNDS);
        const orders = await store.orders.find(Array.from({ length: MESSAGES }, (_, n) => tradeNo(n)));
        expect(
          orders.filter(({ version, payment }) => version === 2 && payment.state === 'paid'),
        ).toHaveLength(MESSAGES);
        expect(orders.every(({ history }) => history.length === 2)).toBe(true);
        expect(await store.inbox.backlog(now())).toMatchObject({ pending: 0, dead: 0 });
      },
      { limits: { clockAheadMs } },
    )();
  });

  it(
    'share what is due when they claim in the same moment, and none goes home',
    onCloudBase(async (harness) => {
      const { store, now } = harness;
      await recordRange(store, 0, MESSAGES);
      const runs = [store, ...Array.from({ length: 3 }, () => harness.secondHandle())];
      const requests = runs.map(() => claimAt(now(), { limit: 20 }));
      const claimed = await Promise.all(runs.map((one, n) => one.inbox.claim(requests[n] ?? claimAt(now()))));
      for (const batch of claimed) expect(batch.length).toBeGreaterThan(0);
      const keys = claimed.flat().map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys).toContain(message(0).key);
    }),
  );

  it(
    'cannot both write: one that comes back after its lease changes nothing and opens nothing',
    onCloudBase(async (harness) => {
      const { store, now, advance } = harness;
      const other = harness.secondHandle();
      await recordRange(store, 1, 3);
      const frozen = claimAt(now());
      await store.inbox.claim(frozen);
      // It saw no order for the first message and was about to say so; the second one's order it
      // would have changed.
      const dead = { kind: 'dead', reason: 'mismatch', error: null } as const;
      const late = [
        settlement(message(1), dead, { discrepancies: [discrepancy(1, now(), { class: 'missing_order' })] }),
        settlement(message(2), undefined, { change: paidBy(order(2), message(2), now()) }),
      ];
      await store.orders.create(order(1));
      await store.orders.create(order(2));
      advance(LEASE_MS);
      const request = claimAt(now());
      await other.inbox.claim({ ...request, keys: [message(1).key] });
      const change = paidBy(order(1), message(1), now());
      await other.inbox.settle(request.token, now(), [settlement(message(1), undefined, { change })]);

      expect(await store.inbox.settle(frozen.token, now(), late)).toEqual(['lease_lost', 'lease_lost']);
      expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(0);
      expect(await store.orders.find([tradeNo(2)])).toEqual([order(2)]);
    }),
  );

  it.each([
    ['wxpay_orders', 'stale'],
    ['wxpay_inbox', 'lease_lost'],
  ] as const)('end a message once when one freezes before its write to %s', async (collection, answer) => {
    await onCloudBase(async (harness) => {
      const { store, now, advance, gateway } = harness;
      const other = harness.secondHandle();
      await store.inbox.record(message(1));
      await store.orders.create(order(1));
      const early = claimAt(now());
      await store.inbox.claim(early);
      const match = { action: 'database.modifyDocument', collection };
      const held = gateway.faults.add({ match, effect: { kind: 'hang' } });
      const retry = { kind: 'retry', dueAt: later(now(), 600_000), error: 'late' } as const;
      const change = paidBy(order(1), message(1), now());
      const late = store.inbox.settle(early.token, now(), [settlement(message(1), retry, { change })]);
      await held.struck;
      advance(LEASE_MS);
      // It does not matter which of the two is first with the order; the other one has claimed the
      // message by now.
      const request = claimAt(now());
      const claimed = await other.inbox.claim(request);
      const settled = await other.inbox.settle(request.token, now(), await decideAll(other, claimed, now()));
      held.release();
      expect([settled, await late]).toEqual([['settled'], [answer]]);
      expect(await store.inbox.find(message(1).key)).toMatchObject({ state: 'done', attempts: 0 });
      expect(await store.orders.find([tradeNo(1)])).toMatchObject([{ version: 2 }]);
    })();
  });

  it(
    'keep a message with the one that holds it while another one finishes late',
    onCloudBase(async (harness) => {
      const { store, now, advance, gateway } = harness;
      const other = harness.secondHandle();
      await store.inbox.record(message(1));
      const early = claimAt(now());
      await store.inbox.claim(early);
      const match = { action: 'database.modifyDocument', collection: 'wxpay_inbox' };
      const held = gateway.faults.add({ match, effect: { kind: 'hang' } });
      const late = store.inbox.settle(early.token, now(), [settlement(message(1))]);
      await held.struck;
      advance(LEASE_MS);
      const request = claimAt(now());
      await other.inbox.claim(request);
      held.release();
      expect(await late).toEqual(['lease_lost']);
      expect(await store.inbox.find(message(1).key)).toMatchObject({
        state: 'pending',
        lease: { token: request.token },
      });
    }),
  );
});
