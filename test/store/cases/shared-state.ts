import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

const HOUR_MS = 3_600_000;

/** What values shared between processes promise. */
export function sharedStateCases(open: OpenHarness): void {
  describe('a shared value', () => {
    it('is read by every process, and replaced only by who read it', async () => {
      await withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        const write = (version: number | null, value: string) => ({
          ...{ key: 'v3-rate:1900000001:query', version, value },
          ...{ expiresAt: later(now(), HOUR_MS), now: now() },
        });
        const read = () => other.shared.read('v3-rate:1900000001:query', now());
        expect(await read()).toBeNull();
        expect(await store.shared.write(write(7, 'of nothing'))).toBe(false);
        expect(await store.shared.write(write(null, 'first'))).toBe(true);
        expect(await other.shared.write(write(null, 'late'))).toBe(false);
        const first = await read();
        expect(first?.value).toBe('first');
        expect(await other.shared.write(write(first?.version ?? null, 'second'))).toBe(true);
        expect(await store.shared.write(write(first?.version ?? null, 'stale'))).toBe(false);
        expect((await read())?.value).toBe('second');
        expect(await other.shared.read('v3-rate:1900000001:refund', now())).toBeNull();
      })();
    });

    it('is deleted once it has expired for long enough, and no other is', async () => {
      await withHarness(open, async ({ store, now }) => {
        const expiring = (key: string, ms: number) =>
          store.shared.write({ key, version: null, value: 1, expiresAt: later(now(), ms), now: now() });
        for (const [key, ms] of [
          ['a', 1_000],
          ['b', 1_001],
          ['c', HOUR_MS],
        ] as const)
          expect(await expiring(key, ms)).toBe(true);
        expect(await store.shared.forgetExpired(later(now(), 1_001))).toBe(1);
        expect(await store.shared.read('a', now())).toBeNull();
        expect((await store.shared.read('b', now()))?.value).toBe(1);
        expect(await store.shared.forgetExpired(later(now(), 1_002))).toBe(1);
        expect((await store.shared.read('c', now()))?.value).toBe(1);
      })();
    });

    it('keeps the whole value, and nothing of the one before', async () => {
      await withHarness(open, async ({ store, now }) => {
        const written = { key: 'k', expiresAt: later(now(), HOUR_MS), now: now() };
        const one = { 'a.b': [1, { deep: null }], $set: 'x', gone: true };
        await store.shared.write({ ...written, version: null, value: one });
        const held = await store.shared.read('k', now());
        expect(held?.value).toEqual(one);
        await store.shared.write({ ...written, version: held?.version ?? null, value: { a: 2 } });
        expect((await store.shared.read('k', now()))?.value).toEqual({ a: 2 });
      })();
    });

    it('of 64 KiB is stored, and a longer one is refused', async () => {
      await withHarness(open, async ({ store, now }) => {
        const write = (value: string) =>
          store.shared.write({
            ...{ key: 'k', version: null, value },
            ...{ expiresAt: later(now(), HOUR_MS), now: now() },
          });
        await expect(write('x'.repeat(65_535))).rejects.toMatchObject({ code: 'invalid' });
        expect(await store.shared.read('k', now())).toBeNull();
        expect(await write('x'.repeat(65_534))).toBe(true);
      })();
    });

    it('is free again once it has expired', async () => {
      await withHarness(open, async ({ store, now, advance }) => {
        const write = (value: number) => ({
          ...{ key: 'k', version: null, value },
          ...{ expiresAt: later(now(), HOUR_MS), now: now() },
        });
        await store.shared.write(write(1));
        const before = await store.shared.read('k', now());
        advance(HOUR_MS);
        expect(await store.shared.read('k', now())).toBeNull();
        expect(await store.shared.write(write(2))).toBe(true);
        expect(await store.shared.write(write(3))).toBe(false);
        const after = await store.shared.read('k', now());
        expect(after?.value).toBe(2);
        // Who read the expired one must not replace this one.
        expect(after?.version).not.toBe(before?.version);
      })();
    });

    it('goes to one of many that write at once', async () => {
      await withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        const at: Instant = now();
        const all = [store, other, store, other].map((one, value) =>
          one.shared.write({ key: 'k', version: null, value, expiresAt: later(at, HOUR_MS), now: at }),
        );
        const won = (await Promise.all(all)).flatMap((has, value) => (has ? [value] : []));
        expect(won).toHaveLength(1);
        expect((await store.shared.read('k', at))?.value).toBe(won[0]);
      })();
    });
  });
}
