import { limitedDatabase } from '../../../lib/store/cloudbase/base/connections';
import type { Cloud, Database } from '../../../lib/store/cloudbase/base/database';
import { record } from '../../../lib/store/cloudbase/inbox/record';
import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import { systemTimers } from '../../../lib/runtime/timers';
import { instant } from '../../../lib/values/instant';
import { claimAt, message } from '../builders';
import { claimedPayments, onCloudBase, type CloudBaseHarness } from './harness';

const LONGEST_PAUSE_MS = 1_000;

/** A process with a share, on a clock whose pauses pass at once. */
function limited(cloud: Cloud, share: number, patienceMs = 1_500, longestPauseMs = 400): Database {
  let now = 0;
  const timers = {
    after(ms: number, then: () => void) {
      // A wait for a connection ends because one becomes free.
      if (ms > LONGEST_PAUSE_MS) return () => undefined;
      now += ms;
      return systemTimers.after(1, then);
    },
  };
  const clock = { now: () => instant(now) };
  const settings = { share, patienceMs, longestPauseMs, waitMs: 10_000, clock, timers, random: () => 1 };
  return limitedDatabase(cloud.database(), settings);
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
    'are halved once by requests that are refused together, and grow again with the answers',
    onCloudBase(async (harness) => {
      const real = harness.newCloud().database();
      let underWay: ((isRefused: boolean) => void)[] = [];
      let pauses: (() => void)[] = [];
      const add = () =>
        new Promise<unknown>((resolve, reject) => {
          const busy = Object.assign(new Error('busy'), { errCode: -501004 });
          underWay.push((isRefused) => {
            if (isRefused) reject(busy);
            else resolve(undefined);
          });
        });
      const db = limitedDatabase(
        {
          command: real.command,
          collection: (name) => {
            const collection = real.collection(name);
            return { ...collection, where: (condition) => collection.where(condition), add };
          },
        },
        {
          ...{ share: 8, patienceMs: 1_500, longestPauseMs: 400, waitMs: 10_000, random: () => 1 },
          clock: { now: () => instant(0) },
          timers: {
            after(ms, then) {
              if (ms < 10_000) pauses.push(then);
              return () => undefined;
            },
          },
        },
      );
      /** How many are under way together once all before have ended like this. */
      const next = async (isRefused: boolean): Promise<number> => {
        const ending = underWay;
        underWay = [];
        for (const end of ending) end(isRefused);
        await new Promise(setImmediate);
        const over = pauses;
        pauses = [];
        for (const then of over) then();
        await new Promise(setImmediate);
        return underWay.length;
      };
      const all = Array.from({ length: 60 }, () => db.collection('wxpay_inbox').add({ data: {} }));
      expect(await next(false)).toBe(8);
      expect(await next(true)).toBe(4);
      expect(await next(true)).toBe(2);
      const grown: number[] = [];
      for (let turn = 0; turn < 60 && underWay.length > 0; turn += 1) grown.push(await next(false));
      await Promise.all(all);
      expect(grown[0]).toBeLessThan(8);
      expect(Math.max(...grown)).toBe(8);
    }),
  );

  it(
    'are waited for no longer than a lease allows, while the requests that have them hang',
    onCloudBase(async (harness) => {
      const real = harness.newCloud().database();
      const waits: (() => void)[] = [];
      let asked = 0;
      const hangs = () => ((asked += 1), new Promise<never>(() => undefined));
      const db = limitedDatabase(
        {
          command: real.command,
          collection: (name) => {
            const collection = real.collection(name);
            return { ...collection, where: (condition) => collection.where(condition), add: hangs };
          },
        },
        {
          ...{ share: 1, patienceMs: 1_500, longestPauseMs: 400, waitMs: 10_000, random: () => 1 },
          clock: { now: () => instant(0) },
          timers: {
            after(ms, then) {
              expect(ms).toBe(10_000);
              waits.push(then);
              return () => undefined;
            },
          },
        },
      );
      void record(db, message(1));
      const second = expect(record(db, message(2))).rejects.toMatchObject({ code: 'overloaded' });
      for (let turn = 0; turn < 100 && waits.length === 0; turn += 1) await new Promise(setImmediate);
      for (const over of waits) over();
      await second;
      expect([asked, waits.length]).toEqual([1, 1]);
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
      forGood.release();
      // Where the platform admits so many requests a second, each try is a chance.
      for (const { longestPauseMs, tries } of [
        { longestPauseMs: 400, tries: 8 },
        { longestPauseMs: 100, tries: 21 },
      ]) {
        const busy = harness.gateway.faults.add({ match, times: Infinity, effect });
        const db = limited(harness.newCloud(), 4, 2_000, longestPauseMs);
        await expect(record(db, message(2))).rejects.toMatchObject({ code: 'overloaded' });
        expect(busy.hits()).toBe(tries);
        busy.release();
      }
      expect(await harness.store.inbox.claim(claimAt(harness.now()))).toHaveLength(1);
    }),
  );
});
