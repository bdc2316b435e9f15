import type { Approval } from '../../../lib/model/operators/approval';
import { nextSeal } from '../../../lib/rules/audit-chain';
import { fen } from '../../../lib/values/fen';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import { START } from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';
import { auditEntry } from '../operations-builders';

function request(n: number, over: Partial<Approval> = {}): Approval {
  const askedAt: Instant = later(START, n);
  return {
    id: `request-${n}`,
    version: 1,
    action: 'refund_order',
    items: [{ name: 'order-1', seen: { payment: 'paid', z: 1, amount: 600 } }],
    amount: fen(600),
    reason: '损坏 "once"',
    asker: { name: 'li', role: 'refund', refundLimits: { single: fen(900), day: null } },
    askedAt,
    expiresAt: later(askedAt, 1000),
    decision: null,
    outcome: null,
    ...over,
  };
}

/** What requests for a second person promise, and the seals over the audit log. */
export function approvalCases(open: OpenHarness): void {
  describe('requests for approval', () => {
    it('come back as they were saved, waiting or decided, newest first, a page at a time', async () => {
      await withHarness(open, async ({ store: { approvals } }) => {
        for (const n of [1, 2, 3]) expect(await approvals.create(request(n))).toBe(true);
        expect(await approvals.create(request(2, { reason: 'another' }))).toBe(false);
        expect(await approvals.find('request-2')).toEqual(request(2));
        expect(await approvals.find('request-9')).toBeNull();
        const at = later(START, 50);
        const decision = { kind: 'approved', who: 'han', reason: null, at } as const;
        const decided = request(2, { version: 2, decision });
        expect(await approvals.save(decided)).toBe(true);
        const first = await approvals.list({ isDecided: false, after: null, limit: 1 });
        expect(first.items).toEqual([request(3)]);
        const rest = await approvals.list({ isDecided: false, after: first.next, limit: 1 });
        expect(rest.items).toEqual([request(1)]);
        const done = await approvals.list({ isDecided: true, after: null, limit: 9 });
        expect(done).toEqual({ items: [decided], next: null });
        const ended = { ...decided, version: 3, outcome: [{ name: 'order-1', result: 'done' }] };
        expect(await approvals.save(ended)).toBe(true);
        expect(await approvals.find('request-2')).toEqual(ended);
      })();
    });

    it('are decided once, by however many at the same time', async () => {
      await withHarness(open, async (harness) => {
        const { store } = harness;
        const other = await otherHandle(harness);
        await store.approvals.create(request(1));
        const by = (who: string) =>
          request(1, { version: 2, decision: { kind: 'approved', who, reason: null, at: START } });
        const names = ['han', 'mei', 'wu', 'yan'];
        const saved = await Promise.all(
          names.map((who, n) => (n % 2 === 0 ? store : other).approvals.save(by(who))),
        );
        expect(saved.filter(Boolean)).toHaveLength(1);
        const found = await other.approvals.find('request-1');
        expect(found?.decision?.who).toBe(names[saved.indexOf(true)]);
      })();
    });
  });

  describe('seals over the audit log', () => {
    it('are added once per number, and come back with their entries, the last first', async () => {
      await withHarness(open, async (harness) => {
        const { store } = harness;
        const other = await otherHandle(harness);
        const entries = [1, 2, 3].map((n) => auditEntry(n));
        for (const entry of entries) await store.audit.append(entry);
        const first = nextSeal(null, entries.slice(0, 2), START);
        const second = nextSeal(first, entries.slice(2), START);
        expect(await store.audit.addSeal(first)).toBe(true);
        expect(await other.audit.addSeal(nextSeal(null, entries, START))).toBe(false);
        expect(await other.audit.addSeal(second)).toBe(true);
        expect(await store.audit.seals({ before: null, limit: 9 })).toEqual([second, first]);
        expect(await store.audit.seals({ before: 2, limit: 9 })).toEqual([first]);
        expect(await store.audit.seals({ before: null, limit: 1 })).toEqual([second]);
        const found = await store.audit.find([...entries.map(({ id }) => id), 'no-such-entry']);
        expect([...found].sort((a, b) => a.at - b.at)).toEqual(entries);
        expect(await store.audit.find([])).toEqual([]);
        expect((await store.audit.list({ subject: null, after: null, limit: 9 })).items).toHaveLength(3);
      })();
    });
  });
}
