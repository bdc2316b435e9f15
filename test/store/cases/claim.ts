import type { OriginCheck } from '../../../lib/model/envelope';
import type { ClaimedMessage, NamedMerchants } from '../../../lib/model/message';
import type { SubMchId } from '../../../lib/values/ids';
import { isSubMchId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import { claimAt, guarded, keysOf, MERCHANT, message, paymentOf, recordRange, settlement } from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

/** Claiming: each message to one worker at a time, oldest due first. */
export function claimCases(open: OpenHarness): void {
  describe('claim', () => {
    it(
      'gives what a worker needs of the message, and counts the claim',
      withHarness(open, async ({ store, now, advance }) => {
        const first = message(1, { receivedAt: now() });
        await store.inbox.record(first);
        await store.inbox.record({ ...first, path: 'query' });
        advance(5);
        const request = claimAt(now());
        expect(await store.inbox.claim(request)).toEqual([
          {
            key: first.key,
            content: first.content,
            outTradeNo: first.outTradeNo,
            trust: 'platform',
            confirmedBy: ['callback', 'query'],
            receivedAt: first.receivedAt,
            attempts: 0,
            claims: 1,
            replays: 0,
          },
        ]);
        expect(await store.inbox.find(first.key)).toMatchObject({
          state: 'pending',
          attempts: 0,
          claims: 1,
          lease: { token: request.token, until: request.leaseUntil },
        });
      }),
    );

    it(
      'gives nothing when nothing is there',
      withHarness(open, async ({ store, now }) => {
        expect(await store.inbox.claim(claimAt(now()))).toEqual([]);
      }),
    );

    it(
      'takes the oldest due first, and no more than the limit',
      withHarness(open, async ({ store, now, advance }) => {
        for (const n of [3, 1, 4, 2, 5]) {
          await store.inbox.record(message(n, { receivedAt: later(now(), n * 1_000) }));
        }
        advance(10_000);
        const first = await store.inbox.claim(claimAt(now(), { limit: 3 }));
        const rest = await store.inbox.claim(claimAt(now(), { limit: 3 }));
        expect(keysOf(first)).toEqual(keysOf([message(1), message(2), message(3)]));
        expect(keysOf(rest)).toEqual(keysOf([message(4), message(5)]));
      }),
    );

    it(
      'leaves alone what is not due yet, up to the very instant',
      withHarness(open, async ({ store, now, advance }) => {
        const first = message(1);
        await store.inbox.record(first);
        const request = claimAt(now());
        await store.inbox.claim(request);
        await store.inbox.settle(request.token, now(), [
          settlement(first, { kind: 'retry', dueAt: later(now(), 5_000), error: 'not yet' }),
        ]);
        advance(4_999);
        expect(await store.inbox.claim(claimAt(now()))).toEqual([]);
        advance(1);
        expect(keysOf(await store.inbox.claim(claimAt(now())))).toEqual([first.key]);
      }),
    );

    it(
      'never gives one message to two claims at once',
      withHarness(open, async (harness) => {
        const other = await otherHandle(harness);
        const all = await recordRange(harness.store, 0, 200);
        const taken: ClaimedMessage[] = [];
        // Racing claims may each get fewer than requested; ten rounds are far more than 200
        // messages need.
        for (let round = 0; round < 10 && taken.length < 200; round += 1) {
          const claims = await Promise.all(
            [harness.store, other, harness.store, other, harness.store, other].map((store) =>
              store.inbox.claim(claimAt(harness.now(), { limit: 40 })),
            ),
          );
          for (const claimed of claims) {
            expect(claimed.length).toBeLessThanOrEqual(40);
            taken.push(...claimed);
          }
        }
        expect([...keysOf(taken)].sort()).toEqual([...keysOf(all)].sort());
        expect(taken.every((one) => one.claims === 1)).toBe(true);
      }),
    );

    it(
      'limits a claim to the keys that were named, due or not',
      withHarness(open, async ({ store, now }) => {
        await recordRange(store, 1, 6);
        const waiting = message(2);
        const request = claimAt(now());
        await store.inbox.claim({ ...request, keys: [waiting.key] });
        await store.inbox.settle(request.token, now(), [
          settlement(waiting, { kind: 'retry', dueAt: later(now(), 60_000), error: 'not yet' }),
        ]);
        const named = await store.inbox.claim({
          ...claimAt(now()),
          keys: [message(2).key, message(4).key, message(99).key],
        });
        expect([...keysOf(named)].sort()).toEqual(keysOf([message(2), message(4)]));
        const rest = await store.inbox.claim(claimAt(now()));
        expect([...keysOf(rest)].sort()).toEqual(keysOf([message(1), message(3), message(5)]));
      }),
    );

    it(
      'does not give a named message that is leased, done or dead',
      withHarness(open, async ({ store, now }) => {
        await recordRange(store, 1, 4);
        const request = claimAt(now());
        await store.inbox.claim(request);
        await store.inbox.settle(request.token, now(), [
          settlement(message(1)),
          settlement(message(2), { kind: 'dead', reason: 'operator', error: null }),
        ]);
        const keys = [message(1).key, message(2).key, message(3).key];
        expect(await store.inbox.claim({ ...claimAt(now()), keys })).toEqual([]);
      }),
    );

    it(
      'claims nothing for an empty list of keys',
      withHarness(open, async ({ store, now }) => {
        await store.inbox.record(message(1));
        expect(await store.inbox.claim({ ...claimAt(now()), keys: [] })).toEqual([]);
      }),
    );

    it(
      'counts every claim, also when the worker dies each time, and no attempt',
      withHarness(open, async ({ store, now, advance }) => {
        await store.inbox.record(message(1));
        for (let claims = 1; claims <= 3; claims += 1) {
          const [claimed] = await store.inbox.claim(claimAt(now()));
          expect(claimed).toMatchObject({ claims, attempts: 0 });
          advance(30_000);
        }
      }),
    );

    it(
      'sets aside what was claimed three times without an outcome, to be claimed alone, least claimed first',
      withHarness(open, async ({ store, now, advance }) => {
        await recordRange(store, 1, 3);
        for (let claims = 1; claims <= 3; claims += 1) {
          expect(await store.inbox.claim(claimAt(now()))).toHaveLength(2);
          advance(30_000);
        }
        await store.inbox.record(message(3));
        expect(keysOf(await store.inbox.claim(claimAt(now(), { limit: 2 })))).toEqual([message(3).key]);
        expect(await store.inbox.find(message(1).key)).toMatchObject({ alone: true, claims: 3 });
        expect((await store.inbox.list({ state: 'pending', after: null, limit: 9 })).items).toMatchObject([
          { alone: false },
          { alone: true },
          { alone: true },
        ]);
        const alone = { limit: 1, alone: true };
        const [first] = await store.inbox.claim({ ...claimAt(now()), ...alone });
        expect(first).toMatchObject({ claims: 4 });
        advance(30_000);
        const request = { ...claimAt(now()), ...alone };
        const [second] = await store.inbox.claim(request);
        expect(second).toMatchObject({ claims: 4 });
        expect(second?.key).not.toBe(first?.key);
        const held = second?.key === message(1).key ? message(1) : message(2);
        await store.inbox.settle(request.token, now(), [
          settlement(held, { kind: 'wait', dueAt: now(), error: 'the store was gone' }),
        ]);
        expect(await store.inbox.find(held.key)).toMatchObject({
          claims: 0,
          alone: false,
          attempts: 0,
          lastError: 'the store was gone',
        });
      }),
    );

    it(
      'takes messages of one trust only when asked to, and no more of them than may be held',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        const hint = (n: number) => message(n, { trust: 'unverified' });
        for (const n of [1, 2, 3, 4, 5]) await store.inbox.record(hint(n));
        await store.inbox.record(message(6));
        const believed = await store.inbox.claim({ ...claimAt(now()), trust: 'platform' });
        expect(keysOf(believed)).toEqual([message(6).key]);
        const unverified = { trust: 'unverified', leasedAtMost: 3 } as const;
        const first = await store.inbox.claim({ ...claimAt(now(), { limit: 2 }), ...unverified });
        expect(first).toHaveLength(2);
        const second = await other.inbox.claim({ ...claimAt(now()), ...unverified });
        expect(second).toHaveLength(1);
        expect(await store.inbox.claim({ ...claimAt(now()), ...unverified })).toEqual([]);
        const left = await store.inbox.list({ state: 'pending', after: null, limit: 9 });
        expect(left.items.map(({ claims }) => claims).sort()).toEqual([0, 0, 1, 1, 1, 1]);
      }),
    );

    it(
      'takes unverified messages that no stranger can have written before the others, also later ones',
      withHarness(open, async ({ store, now, advance }) => {
        const from = (n: number, check: OriginCheck) =>
          message(n, {
            trust: 'unverified',
            receivedAt: now(),
            content: { kind: 'payment', payment: paymentOf(n) },
            envelope: { id: `EV-${String(n)}`, eventType: 'TRANSACTION.SUCCESS', serial: null, check },
          });
        const strange = from(1, 'none');
        await store.inbox.record(strange);
        advance(1_000);
        const vouched = [from(2, 'decrypted'), from(3, 'unknown_key'), from(4, 'clock')];
        for (const one of vouched) await store.inbox.record(one);
        const believed = message(5, {
          envelope: { id: 'EV-5', eventType: null, serial: 'PUB_KEY_ID_1', check: 'valid' },
        });
        await store.inbox.record(believed);
        const request = { ...claimAt(now()), trust: 'unverified', naming: { oneOf: [MERCHANT] } } as const;
        const first = await store.inbox.claim({ ...request, vouchedForOnly: true });
        expect(new Set(keysOf(first))).toEqual(new Set(vouched.map(({ key }) => key)));
        expect(keysOf(await store.inbox.claim({ ...request, vouchedForOnly: false }))).toEqual([strange.key]);
        for (const one of [strange, ...vouched, believed]) {
          expect((await store.inbox.find(one.key))?.envelope).toEqual(one.envelope);
        }
      }),
    );

    it(
      'takes unverified messages by the merchant they name, each merchant’s no more than may be held',
      withHarness(open, async ({ store, now }) => {
        const other = guarded(isSubMchId, '1900000208');
        const naming = (n: number, subMchId: SubMchId) =>
          message(n, {
            trust: 'unverified',
            content: { kind: 'payment', payment: paymentOf(n, { subMchId }) },
          });
        const odd = message(9, {
          trust: 'unverified',
          content: { kind: 'unusable', reason: 'x', problems: [], outTradeNo: null, digest: 'd9' },
        });
        for (const n of [1, 2, 3, 4, 5]) await store.inbox.record(naming(n, MERCHANT));
        await store.inbox.record(naming(6, other));
        await store.inbox.record(odd);
        await store.inbox.record(message(7));
        expect(await store.inbox.countUnverified({ oneOf: [MERCHANT] })).toBe(5);
        expect(await store.inbox.countUnverified({ noneOf: [MERCHANT] })).toBe(2);
        expect(await store.inbox.countUnverified({ noneOf: [MERCHANT, other] })).toBe(1);
        expect(await store.inbox.isUnverifiedDue(now())).toBe(true);
        const of = (which: NamedMerchants) => ({
          ...claimAt(now()),
          trust: 'unverified' as const,
          leasedAtMost: 2,
          naming: which,
        });
        expect(await store.inbox.claim(of({ oneOf: [MERCHANT] }))).toHaveLength(2);
        expect(await store.inbox.claim(of({ oneOf: [MERCHANT] }))).toEqual([]);
        expect(keysOf(await store.inbox.claim(of({ oneOf: [other] })))).toEqual([naming(6, other).key]);
        const strangers = await store.inbox.claim(of({ noneOf: [MERCHANT, other] }));
        expect(keysOf(strangers)).toEqual([odd.key]);
        expect(await store.inbox.isUnverifiedDue(now())).toBe(true);
        expect(await store.inbox.claim({ ...of({ oneOf: [MERCHANT] }), leasedAtMost: 9 })).toHaveLength(3);
        expect(await store.inbox.isUnverifiedDue(now())).toBe(false);
      }),
    );

    it(
      'is worth a run while anything is due, believed or not, or was delivered again',
      withHarness(open, async ({ store, now, advance }) => {
        expect(await store.inbox.hasWork(now())).toBe(false);
        await store.inbox.record(message(1));
        expect(await store.inbox.hasWork(now())).toBe(true);
        const claim = claimAt(now());
        const [claimed] = await store.inbox.claim(claim);
        if (claimed === undefined) throw new Error('nothing was claimed');
        expect(await store.inbox.hasWork(now())).toBe(false);
        // Its lease ends: the worker may have died.
        expect(await store.inbox.hasWork(claim.leaseUntil)).toBe(true);
        await store.inbox.settle(claim.token, now(), [settlement(claimed)]);
        expect(await store.inbox.hasWork(claim.leaseUntil)).toBe(false);
        await store.inbox.record(message(2, { trust: 'unverified' }));
        expect(await store.inbox.hasWork(now())).toBe(true);
        await store.inbox.claim({ ...claimAt(now()), trust: 'unverified' });
        expect(await store.inbox.hasWork(now())).toBe(false);
        advance(1_000);
        await store.inbox.record(message(1));
        expect(await store.inbox.hasWork(now())).toBe(true);
        await store.inbox.settleRedelivered((await store.inbox.redelivered(1)).map((one) => one.message));
        expect(await store.inbox.hasWork(now())).toBe(false);
      }),
    );

    it(
      'claims the neighbours of an unreadable one, which goes dead, is shown raw and is replayed once it is repaired',
      withHarness(open, async ({ store, now, rewriteKind }) => {
        if (rewriteKind === undefined) return;
        await recordRange(store, 1, 4);
        await rewriteKind(message(2).key, 'rumour');
        const claimed = await store.inbox.claim(claimAt(now()));
        expect([...keysOf(claimed)].sort()).toEqual(keysOf([message(1), message(3)]));
        expect((await store.inbox.list({ state: 'dead', after: null, limit: 9 })).items).toMatchObject([
          { key: message(2).key },
        ]);
        const shown = await store.inbox.find(message(2).key);
        expect(shown).toMatchObject({
          state: 'dead',
          reason: 'unusable_notification',
          raw: message(2).raw,
          content: { kind: 'unusable', reason: 'stored_unreadable' },
        });
        expect(JSON.stringify(shown?.content)).toContain('rumour');
        await rewriteKind(message(2).key, 'payment');
        expect(await store.inbox.replay([message(2).key], 'lin', now())).toEqual([true]);
        expect(keysOf(await store.inbox.claim(claimAt(now())))).toEqual([message(2).key]);
      }),
    );
  });
}
