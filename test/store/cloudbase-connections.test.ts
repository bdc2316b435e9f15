import { limitedDatabase } from '../../lib/store/cloudbase/base/connections';
import type { Cloud, Database } from '../../lib/store/cloudbase/base/database';
import { record } from '../../lib/store/cloudbase/inbox/record';
import { openCloudBaseStore } from '../../lib/store/cloudbase/store';
import { systemTimers } from '../../lib/runtime/timers';
import { instant } from '../../lib/values/instant';
import { claimAt, message } from './builders';
import { claimedPayments, onCloudBase, type CloudBaseHarness } from './cloudbase-harness';

/** A process with a share, on a clock whose pauses pass at once. */
function limited(cloud: Cloud, share: number, patienceMs = 1_500): Database {
  let now = 0;
  const timers = {
    after(ms: number, then: () => void) {
      now += ms;
      return systemTimers.after(1, then);
    },
  };
  const clock = { now: () => instant(now) };
  return limitedDatabase(cloud.database(), { share, patienceMs, clock, timers, random: () => 1 });
}

/** The most requests that were under way together. */
function watched(harness: CloudBaseHarness): { readonly cloud: Cloud; readonly most: () => number } {
  let running = 0;
  let most = 0;
  const db = harness.newCloud().database();
  const collection: Database['collection'] = (name) => {
    const real = db.collection(name);
    return {
      ...real,
      where: (condition) => real.where(condition),
      async add(options) {
        running += 1;
        most = Math.max(most, running);
        try {
          return await real.add(options);
        } finally {
          running -= 1;
        }
      },
    };
  };
  return { cloud: { database: () => ({ command: db.command, collection }) }, most: () => most };
}

describe('the connections of a process', () => {
  it(
    'are its share, for everything in it together',
    onCloudBase(async (harness) => {
      const { cloud, most } = watched(harness);
      const db = limited(cloud, 3);
      await Promise.all(Array.from({ length: 20 }, (_, n) => record(db, message(n))));
      expect(most()).toBe(3);
      expect((await harness.store.inbox.backlog(harness.now())).pending).toBe(20);
    }),
  );

  it(
    'are fewer after a refusal, so that two processes that want too many lose no settlement',
    onCloudBase(async (harness) => {
      const { token, batch } = await claimedPayments(harness, 0, 60);
      const later = await claimedPayments(harness, 60, 120);
      harness.gateway.limits.connections = 6;
      const store = () =>
        openCloudBaseStore({ database: () => limited(harness.newCloud(), 20) }, (problem) => {
          throw problem;
        });
      const settled = await Promise.all([
        store().inbox.settle(token, harness.now(), batch),
        store().inbox.settle(later.token, harness.now(), later.batch),
      ]);
      expect(settled.flat().every((result) => result === 'settled')).toBe(true);
    }),
  );

  it(
    'are asked for again by a callback until its time is over, and then it says no',
    onCloudBase(async (harness) => {
      const match = { action: 'database.insertDocument' };
      const effect = { kind: 'error', code: 'EXCEED_CONCURRENT_REQUEST_LIMIT', message: 'busy' } as const;
      const refusing = harness.gateway.faults.add({ match, times: 3, effect });
      expect(await record(limited(harness.newCloud(), 4), message(1))).toBe('stored');
      expect(refusing.hits()).toBe(3);
      const forGood = harness.gateway.faults.add({ match, times: Infinity, effect });
      await expect(record(limited(harness.newCloud(), 4, 400), message(2))).rejects.toMatchObject({
        code: 'overloaded',
      });
      expect(forGood.hits()).toBe(4);
      expect(await harness.store.inbox.claim(claimAt(harness.now()))).toHaveLength(1);
    }),
  );
});
