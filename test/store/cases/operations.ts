import type { Order } from '../../../lib/model/order';
import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { isSubMchId } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  day,
  discrepancy,
  guarded,
  LEASE_MS,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  paidAt,
  paidBy,
  paymentOf,
  settlement,
  START,
  tradeNo,
  transactionId,
} from '../builders';
import { alarm, auditEntry, figuresAt } from '../operations-builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

/** What operators look at and do. */
export function operationCases(open: OpenHarness): void {
  describe('the record of actions', () => {
    it('keeps an entry once, and pages through all or those about one item', async () => {
      await withHarness(open, async ({ store: { audit } }) => {
        const about = { kind: 'order', name: tradeNo(9) } as const;
        const all = [1, 2, 3, 4, 5].map((n) => auditEntry(n, n % 2 === 0 ? { subject: about } : {}));
        for (const one of [...all, ...all]) await audit.append(one);
        const first = await audit.list({ subject: null, after: null, limit: 3 });
        expect(first.items).toEqual([all[4], all[3], all[2]]);
        const rest = await audit.list({ subject: null, after: first.next, limit: 3 });
        expect(rest).toEqual({ items: [all[1], all[0]], next: null });
        expect((await audit.list({ subject: about.name, after: null, limit: 9 })).items).toEqual([
          all[3],
          all[1],
        ]);
        const others = await audit.list({ subject: null, except: about.name, after: null, limit: 2 });
        expect(others.items).toEqual([all[4], all[2]]);
        expect(
          (await audit.list({ subject: null, except: about.name, after: others.next, limit: 2 })).items,
        ).toEqual([all[0]]);
      })();
    });
  });

  describe('figures', () => {
    it('are kept one per time, read by range and forgotten by age', async () => {
      await withHarness(open, async ({ store }) => {
        const at = [1, 2, 3].map((n) => later(START, n * 300_000));
        const [first = START, second = START, third = START] = at;
        for (const one of [third, first, second]) await store.figures.put(figuresAt(one));
        await store.figures.put({ ...figuresAt(second), heard: 8 });
        expect(await store.figures.range(first, third)).toEqual([
          figuresAt(first),
          { ...figuresAt(second), heard: 8 },
        ]);
        expect(await store.figures.forgetBefore(second)).toBe(1);
        expect((await store.figures.range(START, NEXT_DAY)).map((one) => one.at)).toEqual([second, third]);
      })();
    });
  });

  describe('alarms', () => {
    it('are written over the version before, and over no other', async () => {
      await withHarness(open, async ({ store: { alarms } }) => {
        expect(await alarms.save(alarm('backlog'))).toBe(true);
        expect(await alarms.save(alarm('backlog', { level: 90 }))).toBe(false);
        const next = alarm('backlog', {
          version: 2,
          level: 0,
          since: null,
          toldAt: null,
          calmSince: START,
          deliveries: [],
        });
        const both = await Promise.all([alarms.save(next), alarms.save({ ...next, value: 1 })]);
        expect(both.filter((written) => written)).toHaveLength(1);
        expect(await alarms.save(alarm('dead_letters', { version: 2 }))).toBe(false);
        expect(await alarms.all()).toHaveLength(1);
        expect((await alarms.all())[0]).toMatchObject({
          cause: 'backlog',
          version: 2,
          level: 0,
          since: null,
          calmSince: START,
        });
      })();
    });

    it('know the latest signal of each cause until it is lowered', async () => {
      await withHarness(open, async ({ store: { alarms, shared } }) => {
        const signal = { cause: 'missing_api_token', lastSeenAt: START, detail: 'reconcileOrders' } as const;
        await alarms.raise(signal);
        await alarms.raise({ ...signal, lastSeenAt: NEXT_DAY });
        expect(await alarms.signals()).toEqual([{ ...signal, lastSeenAt: NEXT_DAY }]);
        await alarms.save(alarm('backlog'));
        const none = { alarms: await alarms.all(), signals: await alarms.signals(), shared: null };
        expect(await alarms.standing('pauses', START)).toEqual(none);
        await shared.write({ key: 'pauses', version: null, value: [1], expiresAt: NEXT_DAY, now: START });
        expect(await alarms.standing('pauses', START)).toMatchObject({
          ...none,
          shared: { value: [1], version: 1 },
        });
        expect(await alarms.standing('pauses', NEXT_DAY)).toEqual(none);
        expect(await alarms.standing('other', START)).toEqual(none);
        await alarms.lower('missing_api_token', 'followRefunds');
        expect(await alarms.signals()).toHaveLength(1);
        await alarms.lower('missing_api_token', 'reconcileOrders');
        await alarms.lower('missing_api_token', 'reconcileOrders');
        expect(await alarms.signals()).toEqual([]);
      })();
    });
  });

  it('shows entries, figures, alarms and signals beside one of each that cannot be read', () =>
    withHarness(open, async ({ store, makeUnreadable }) => {
      if (makeUnreadable === undefined) return;
      const { audit, figures, alarms } = store;
      const entries = [1, 2, 3].map((n) => auditEntry(n));
      for (const one of entries) await audit.append(one);
      for (const at of [START, NEXT_DAY]) await figures.put(figuresAt(at));
      const causes = ['backlog', 'dead_letters'] as const;
      for (const cause of causes) {
        await alarms.save(alarm(cause));
        await alarms.raise({ cause, lastSeenAt: START, detail: 'seen' });
        if (cause === 'backlog') {
          await makeUnreadable('alarm', cause);
          await makeUnreadable('signal', cause);
        }
      }
      await makeUnreadable('entry', 'entry-0002');
      await makeUnreadable('figures', String(START));

      const first = await audit.list({ subject: null, after: null, limit: 2 });
      expect(first.items).toEqual([entries[2]]);
      const rest = await audit.list({ subject: null, after: first.next, limit: 2 });
      expect(rest).toEqual({ items: [entries[0]], next: null });
      expect(await audit.find(['entry-0001', 'entry-0002'])).toEqual([entries[0]]);
      expect(await figures.range(START, later(NEXT_DAY, 1))).toEqual([figuresAt(NEXT_DAY)]);
      expect((await alarms.all()).map(({ cause }) => cause)).toEqual(['dead_letters']);
      expect((await alarms.signals()).map(({ cause }) => cause)).toEqual(['dead_letters']);
    })());

  describe('an operator', () => {
    it('dismisses what no worker has claimed, and nothing else', async () => {
      await withHarness(open, async ({ store: { inbox }, now, advance }) => {
        for (const n of [1, 2]) await inbox.record(message(n));
        const claim = claimAt(now(), { limit: 1 });
        const [held] = await inbox.claim(claim);
        if (held === undefined) throw new Error('nothing was claimed');
        const keys = [1, 2].map((n) => message(n).key);
        const free = keys.filter((key) => key !== held.key);
        const isFree = keys.map((key) => key !== held.key);
        expect(await inbox.dismiss([...keys, message(3).key], 'li', 'a test order', now())).toEqual([
          ...isFree,
          false,
        ]);
        const [dismissed = ''] = free;
        const found = await inbox.find(keys.find((key) => key === dismissed) ?? held.key);
        expect(found).toMatchObject({ state: 'dead', reason: 'operator', finishedAt: now() });
        expect(found?.history.at(-1)).toMatchObject({ event: 'dead', evidence: 'li: a test order' });
        advance(LEASE_MS);
        expect(await inbox.dismiss([held.key], 'li', 'a test order', now())).toEqual([true]);
        expect(await inbox.settle(claim.token, now(), [settlement(held)])).toEqual(['lease_lost']);
        expect(await inbox.replay([held.key], 'li', now())).toEqual([true]);
      })();
    });

    it('dismisses what died of something else, once, so that it raises no alarm any more', async () => {
      await withHarness(open, async ({ store: { inbox }, now }) => {
        const { key } = message(1);
        await inbox.record(message(1));
        const claim = claimAt(now());
        const [held] = await inbox.claim(claim);
        if (held === undefined) throw new Error('nothing was claimed');
        await inbox.settle(claim.token, now(), [
          settlement(held, { kind: 'dead', reason: 'mismatch', error: 'amount_mismatch' }),
        ]);
        expect(await inbox.backlog(now())).toMatchObject({ dead: 1 });
        expect(await inbox.dismiss([key], 'li', 'paid back by hand', now())).toEqual([true]);
        expect(await inbox.dismiss([key], 'li', 'paid back by hand', now())).toEqual([false]);
        expect(await inbox.backlog(now())).toMatchObject({ dead: 0 });
        const found = await inbox.find(key);
        expect(found).toMatchObject({ state: 'dead', reason: 'operator' });
        expect(found?.history.map(({ evidence }) => evidence)).toEqual([
          'mismatch: amount_mismatch',
          'li: paid back by hand',
        ]);
        expect(await inbox.replay([key], 'li', now())).toEqual([true]);
      })();
    });

    it('counts the dead of a span that nobody dismissed', async () => {
      await withHarness(open, async ({ store: { inbox }, now }) => {
        for (let n = 1; n <= 4; n += 1) await inbox.record(message(n, { receivedAt: later(START, n) }));
        const claim = claimAt(later(now(), 10), { limit: 3 });
        const dead = { kind: 'dead', reason: 'mismatch', error: null } as const;
        const claimed = await inbox.claim(claim);
        await inbox.settle(
          claim.token,
          claim.now,
          claimed.map((one) => settlement(one, dead)),
        );
        expect(await inbox.dismiss([message(4).key], 'li', 'a test order', claim.now)).toEqual([true]);
        const counted = [0, 2, 3, 4].map((n) => inbox.countDead(later(START, n)));
        expect(await Promise.all(counted)).toEqual([3, 2, 1, 0]);
      })();
    });

    it('counts the orders that are behind', async () => {
      await withHarness(open, async ({ store, now }) => {
        const at = later(START, 100);
        const never = {
          pendingCreatedFrom: START,
          pendingCreatedBefore: START,
          askDueBefore: START,
          unfulfilledCreatedBefore: START,
        };
        for (let n = 1; n <= 6; n += 1) {
          const made = order(n, { createdAt: later(START, n * 10), nextAskAt: later(at, n) });
          const { payment, fulfilment } = paidBy(made, message(n), now());
          const ended = n === 5 ? { payment, fulfilment } : n === 6 ? closedAt(now()) : {};
          await store.orders.create({ ...made, ...ended });
        }
        const late = (over: Partial<typeof never>) => store.orders.countLate({ ...never, ...over });
        expect(await late({})).toEqual({ unknown: 0, unfulfilled: 0 });
        expect(await late({ pendingCreatedBefore: later(START, 20) })).toMatchObject({ unknown: 1 });
        expect(await late({ askDueBefore: later(at, 4) })).toMatchObject({ unknown: 3 });
        const both = { pendingCreatedBefore: later(START, 20), askDueBefore: later(at, 3) };
        expect(await late(both)).toEqual({ unknown: 2, unfulfilled: 0 });
        expect(await late({ pendingCreatedBefore: NEXT_DAY, askDueBefore: NEXT_DAY })).toMatchObject({
          unknown: 4,
        });
        const span = { pendingCreatedFrom: later(START, 20), pendingCreatedBefore: later(START, 40) };
        expect(await late(span)).toMatchObject({ unknown: 2 });
        expect(await late({ unfulfilledCreatedBefore: later(START, 50) })).toMatchObject({ unfulfilled: 0 });
        expect(await late({ unfulfilledCreatedBefore: later(START, 51) })).toMatchObject({ unfulfilled: 1 });
        const list = async (kind: 'unknown' | 'unfulfilled', over: Partial<typeof never>) => {
          const page = { after: null, limit: 2 };
          const by = { ...never, ...over };
          const first = await store.orders.list({ late: { kind, by }, ...page });
          const rest = await store.orders.list({ late: { kind, by }, ...page, after: first.next });
          return [...first.items, ...(first.next === null ? [] : rest.items)].map(
            ({ outTradeNo }) => outTradeNo,
          );
        };
        expect(await list('unknown', {})).toEqual([]);
        expect(await list('unknown', both)).toEqual([tradeNo(2), tradeNo(1)]);
        expect(await list('unknown', { askDueBefore: later(at, 4) })).toEqual([3, 2, 1].map(tradeNo));
        expect(await list('unknown', span)).toEqual([tradeNo(3), tradeNo(2)]);
        expect(await list('unfulfilled', { unfulfilledCreatedBefore: later(START, 50) })).toEqual([]);
        expect(await list('unfulfilled', { unfulfilledCreatedBefore: later(START, 51) })).toEqual([
          tradeNo(5),
        ]);
        // A failed one is listed whenever it was created, and is counted by `counts` alone.
        const dead = { state: 'dead', attempts: 1, deadAt: now(), reason: 'sold out' } as const;
        const made = order(7, { createdAt: later(START, 70) });
        const payment = paidAt(7, now());
        expect(await store.orders.create({ ...made, payment, fulfilment: dead })).toBe('created');
        expect(await list('unfulfilled', {})).toEqual([tradeNo(7)]);
        expect(await list('unfulfilled', { unfulfilledCreatedBefore: later(START, 51) })).toEqual([
          tradeNo(7),
          tradeNo(5),
        ]);
        expect(await late({ unfulfilledCreatedBefore: later(START, 51) })).toMatchObject({ unfulfilled: 1 });
      })();
    });

    it('lists messages received in a span', async () => {
      await withHarness(open, async ({ store: { inbox } }) => {
        for (let n = 1; n <= 6; n += 1) await inbox.record(message(n, { receivedAt: later(START, n * 10) }));
        const span = { state: 'pending', from: later(START, 20), to: later(START, 50), limit: 2 } as const;
        const first = await inbox.list({ ...span, after: null });
        expect(first.items.map(({ key }) => key)).toEqual([message(4).key, message(3).key]);
        const rest = await inbox.list({ ...span, after: first.next });
        expect(rest).toMatchObject({ items: [{ key: message(2).key }], next: null });
      })();
    });

    it('lists what is dead for one reason, and nothing that was brought back from it', async () => {
      await withHarness(open, async ({ store: { inbox }, now, advance }) => {
        const all = [1, 2, 3, 4, 5].map((n) => message(n, { receivedAt: later(START, n * 10) }));
        for (const one of all) await inbox.record(one);
        advance(60);
        const claim = claimAt(now(), { limit: 3 });
        await inbox.claim(claim);
        const dead = { kind: 'dead', reason: 'mismatch', error: null } as const;
        await inbox.settle(
          claim.token,
          now(),
          all.slice(0, 3).map((one) => settlement(one, dead)),
        );
        await inbox.dismiss([message(4).key], 'li', 'a test order', now());
        await inbox.replay([message(2).key], 'li', now());
        const keys = async (query: Pick<Parameters<typeof inbox.list>[0], 'reason' | 'state' | 'from'>) =>
          (await inbox.list({ after: null, limit: 10, ...query })).items.map(({ key }) => key);
        const mismatches = { state: 'dead', reason: 'mismatch' } as const;
        expect(await keys(mismatches)).toEqual([message(3).key, message(1).key]);
        expect(await keys({ ...mismatches, from: later(START, 11) })).toEqual([message(3).key]);
        expect(await keys({ ...mismatches, reason: 'operator' })).toEqual([message(4).key]);
        expect(await keys({ ...mismatches, reason: null })).toHaveLength(3);
        expect(await keys({ ...mismatches, state: 'pending' })).toEqual([]);
        const first = await inbox.list({ ...mismatches, after: null, limit: 1 });
        const rest = await inbox.list({ ...mismatches, after: first.next, limit: 1 });
        expect(rest).toMatchObject({ items: [{ key: message(1).key }], next: null });
      })();
    });

    it('lists orders by how they stand, newest first, and finds one by its transaction', async () => {
      await withHarness(open, async ({ store }) => {
        const { now } = { now: later(START, 1_000) };
        for (let n = 1; n <= 8; n += 1) {
          const made = order(n, { createdAt: later(START, n) });
          await store.orders.create(n % 2 === 0 ? { ...made, ...closedAt(now) } : made);
        }
        await store.inbox.record(message(1));
        const claim = claimAt(now);
        await store.inbox.claim(claim);
        const [first] = await store.orders.find([tradeNo(1)]);
        if (first === undefined) throw new Error('the order is gone');
        const change = paidBy(first, message(1), now);
        expect(
          await store.inbox.settle(claim.token, now, [settlement(message(1), undefined, { change })]),
        ).toEqual(['settled']);
        const numbers = async (query: Parameters<typeof store.orders.list>[0]) =>
          (await store.orders.list(query)).items.map(({ outTradeNo }) => outTradeNo);
        const page = { after: null, limit: 10 };
        expect(await numbers({ ...page, payment: 'closed' })).toEqual([8, 6, 4, 2].map(tradeNo));
        expect(await numbers({ ...page, payment: 'pending', fulfilment: 'none' })).toEqual(
          [7, 5, 3].map(tradeNo),
        );
        expect(await numbers({ ...page, fulfilment: 'none' })).toEqual([8, 7, 6, 5, 4, 3, 2].map(tradeNo));
        expect(await numbers({ ...page, fulfilment: 'due' })).toEqual([tradeNo(1)]);
        const some = await store.orders.list({ ...page, limit: 3, fulfilment: 'none' });
        const more = await store.orders.list({ after: some.next, limit: 9, fulfilment: 'none' });
        expect(more.items.map(({ outTradeNo }) => outTradeNo)).toEqual([5, 4, 3, 2].map(tradeNo));
        expect(more.next).toBeNull();
        expect((await store.orders.ofTransaction(transactionId(1)))?.outTradeNo).toBe(tradeNo(1));
        expect(await store.orders.ofTransaction(transactionId(2))).toBeNull();
        const known = await store.inbox.knownBetween(START, later(START, 1));
        expect(known).toEqual([{ path: 'callback', paidAt: paymentOf(1).paidAt, knownAt: START }]);
        expect(await store.inbox.knownBetween(later(START, 1), NEXT_DAY)).toEqual([]);
      })();
    });

    it('lists discrepancies by class, by run and by their end', async () => {
      await withHarness(open, async ({ store: { discrepancies } }) => {
        const run = statementRunId(MERCHANT, day());
        const neighbour = statementRunId(guarded(isSubMchId, '1900000110'), day());
        const found = [1, 2, 3].map((n) =>
          discrepancy(n, later(START, n), { statementRun: n === 3 ? neighbour : run }),
        );
        const other = discrepancy(4, later(START, 4), { class: 'missing_order' });
        await discrepancies.see([...found, other]);
        const page = { after: null, limit: 10 };
        const mismatches = await discrepancies.listOpen({ ...page, now: NEXT_DAY, class: 'amount_mismatch' });
        expect(mismatches.items).toEqual([found[2], found[1], found[0]]);
        expect((await discrepancies.listOfRun({ ...page, run })).items).toEqual([found[1], found[0]]);
        const [first] = found;
        if (first === undefined) throw new Error('nothing found');
        const resolution = { by: 'operator', who: 'li', reason: 'paid in cash', at: NEXT_DAY } as const;
        await discrepancies.resolve([first.id, other.id], resolution);
        const ended = { ...first, resolution };
        expect(await discrepancies.find(first.id)).toEqual(ended);
        expect(await discrepancies.find(discrepancy(9, START).id)).toBeNull();
        expect((await discrepancies.listResolved(page)).items).toEqual([{ ...other, resolution }, ended]);
        expect((await discrepancies.listResolved({ ...page, class: 'amount_mismatch' })).items).toEqual([
          ended,
        ]);
        expect((await discrepancies.listOfRun({ ...page, run })).items).toEqual([found[1], ended]);

        // A bill may show what another source opened. Another source shows no bill.
        const shown = { ...other, lastSeenAt: later(START, 5), ours: 'another finding' };
        await discrepancies.see([{ ...shown, statementRun: run }]);
        const named = { ...other, resolution, lastSeenAt: later(START, 5), statementRun: run };
        expect(await discrepancies.find(other.id)).toEqual(named);
        await discrepancies.see([shown]);
        expect((await discrepancies.listOfRun({ ...page, run })).items[0]).toEqual(named);
      })();
    });
  });
}

function closedAt(at: Instant): Pick<Order, 'payment'> {
  return { payment: { state: 'closed', at, evidence: message(1).key } };
}
