import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AlarmTarget, Notice } from '../../../lib/ops/watch/notice';
import { DeliveryError } from '../../../lib/ops/watch/notice';
import type { Timers } from '../../../lib/runtime/timers';
import { StoreError } from '../../../lib/store/errors';
import type { OutageSpeaker } from '../../../server/health/outage-speaker';
import { ALONE } from '../../../server/health/outage-speaker';
import type { Readiness } from '../../../server/health/readiness';
import { openReadiness } from '../../../server/health/readiness';
import { watchReadiness } from '../../../server/health/readiness-alarm';
import { rememberedLog } from '../../inbox/stage';
import { notificationFor } from '../../inbox/notifications';
import { order, START } from '../../store/builders';
import { damage } from '../data/damage';
import { inFolder, onServer, type Running } from '../running';

/*
 * Whether a notification could be made durable: what /healthz says, what /livez ignores, and who is
 * notified without the store.
 */

/** A text that contains this. */
const containing = (text: string): unknown => expect.stringContaining(text);

/** Timers and a clock in the hands of the case. */
function handTimers() {
  let now = 0;
  const waiting = new Map<() => void, number>();
  const timers: Timers = {
    after: (ms, then) => {
      waiting.set(then, now + ms);
      return () => void waiting.delete(then);
    },
  };
  /** Lets time pass, and what it brings come to its end. */
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    for (const [then, at] of [...waiting]) {
      if (at > now) continue;
      waiting.delete(then);
      then();
    }
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { timers, pass, elapsed: () => now };
}

function readinessOn(probe: () => Promise<void>, filesGone: () => StoreError | null = () => null) {
  const hand = handTimers();
  const { timers, elapsed } = hand;
  return {
    ...hand,
    readiness: openReadiness({ probe: { probe, filesGone }, timers, boundMs: 800, elapsed }),
  };
}

describe('the readiness check', () => {
  it('tries once for all who ask at the same time, and not again for 5 s', async () => {
    let tries = 0;
    const { readiness, pass } = readinessOn(async () => void (tries += 1));
    expect(await Promise.all([readiness.check(), readiness.check()])).toEqual([
      { kind: 'ready' },
      { kind: 'ready' },
    ]);
    await pass(4_999);
    await readiness.check();
    expect(tries).toBe(1);
    await pass(1);
    await readiness.check();
    expect(tries).toBe(2);
  });

  it('answers within the time of an acknowledgement, and begins no second try while one hangs', async () => {
    let tries = 0;
    let end = (): void => undefined;
    const { readiness, pass } = readinessOn(() => {
      tries += 1;
      return new Promise((resolve) => (end = resolve));
    });
    const first = readiness.check();
    await pass(800);
    expect(await first).toEqual({ kind: 'not_ready', why: 'the database wrote nothing within 800 ms' });
    await pass(60_000);
    expect(await readiness.check()).toMatchObject({ kind: 'not_ready' });
    expect(tries).toBe(1);
    end();
    await pass(0);
    void readiness.check();
    expect(tries).toBe(2);
  });

  it('says why, in the words of the store', async () => {
    const { readiness } = readinessOn(() => Promise.reject(new StoreError('overloaded', 'the disk is full')));
    expect(await readiness.check()).toEqual({ kind: 'not_ready', why: 'the disk is full' });
  });
});

describe('the server', () => {
  const notify = (server: Running) =>
    server.send('POST', '/callback/pay', notificationFor(order(1)), { 'x-wx-source': 'wx_paycallback' });

  /** On a busy machine the writing thread may take longer to start than an ack may take. */
  const awake = (server: Running) => server.system.probe.probe().catch(() => undefined);

  it('is ready while a notification could be stored, and leaves no trace of having tried', () =>
    inFolder((folder) =>
      onServer(folder, async (server) => {
        await awake(server);
        expect(await server.send('GET', '/healthz')).toMatchObject({ status: 200, body: { ok: true } });
        expect(await server.system.store.inbox.backlog(START)).toMatchObject({ pending: 0, dead: 0 });
      }),
    ));

  it.each(['inbox.db', 'inbox.db-wal'])(
    'is not ready once its %s was removed, acknowledges nothing, and is alive all the same',
    (name) =>
      inFolder((folder) =>
        onServer(folder, async (server) => {
          await awake(server);
          rmSync(join(folder, name));
          expect(await server.send('GET', '/healthz')).toMatchObject({
            status: 503,
            body: { ok: false, code: 'NOT_READY', message: containing('was removed') },
          });
          expect((await notify(server)).body).toMatchObject({ errcode: 50301 });
          expect(await server.send('GET', '/livez')).toMatchObject({ status: 200, body: { ok: true } });
        }),
      ),
  );

  it('is not ready on damaged pages, and says that they are', () =>
    inFolder(async (folder) => {
      await onServer(folder, async (server) => {
        await notify(server);
      });
      damage(join(folder, 'inbox.db'), 'inbox_payload');
      await onServer(folder, async (server) => {
        await awake(server);
        expect(await server.send('GET', '/healthz')).toMatchObject({
          status: 503,
          body: { message: containing('damaged') },
        });
        expect(await server.send('GET', '/livez')).toMatchObject({ status: 200 });
      });
    }));
});

describe('the alarm that needs no store', () => {
  function watched(deliver: AlarmTarget['deliver'], speaker: OutageSpeaker = ALONE) {
    let state: Readiness = { kind: 'ready' };
    const { timers, pass, elapsed } = handTimers();
    const log = rememberedLog();
    const watch = watchReadiness({
      check: () => Promise.resolve(state),
      speaker,
      targets: [{ name: 'ops-group', deliver }],
      speech: { language: 'en', shop: 'a shop', consoleUrl: null, runbookUrl: null },
      clock: { now: () => START },
      timers,
      elapsed,
      log,
    });
    const looks = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) await pass(15_000);
    };
    return { watch, log, looks, set: (next: Readiness) => (state = next) };
  }
  const DOWN: Readiness = { kind: 'not_ready', why: 'the disk is full' };

  it('tells the robots after a minute, once, again after an hour, and once that it is over', async () => {
    const told: Notice[] = [];
    const { watch, looks, set } = watched(async (notice) => void told.push(notice));
    set(DOWN);
    await looks(4);
    expect(told).toEqual([]);
    await looks(1);
    expect(told).toMatchObject([{ cause: 'not_ready', level: 100, value: 60_000, unit: 'ms' }]);
    await looks(239);
    expect(told).toHaveLength(1);
    await looks(1);
    expect(told).toHaveLength(2);
    set({ kind: 'ready' });
    await looks(10);
    expect(told.map(({ level }) => level)).toEqual([100, 100, 0]);
    watch.stop();
  });

  it('leaves it to another server for five minutes when that one speaks for both', async () => {
    const told: Notice[] = [];
    const { looks, set } = watched(async (notice) => void told.push(notice), {
      ...ALONE,
      speaks: () => false,
    });
    set(DOWN);
    await looks(20);
    expect(told).toEqual([]);
    await looks(1);
    expect(told).toMatchObject([{ cause: 'not_ready', level: 100, value: 300_000 }]);
  });

  it('tells nobody of what passes within a minute', async () => {
    const told: Notice[] = [];
    const { looks, set, log } = watched(async (notice) => void told.push(notice));
    set(DOWN);
    await looks(4);
    set({ kind: 'ready' });
    await looks(4);
    expect(told).toEqual([]);
    expect(log.lines.map(({ event }) => event)).toEqual(['not_ready_on', 'not_ready_over']);
  });

  it('tries a robot again that did not take it', async () => {
    let refusals = 2;
    const told: Notice[] = [];
    const { looks, set } = watched(async (notice) => {
      if (refusals-- > 0) throw new DeliveryError('unreachable', 'ECONNREFUSED');
      told.push(notice);
    });
    set(DOWN);
    await looks(8);
    expect(told).toHaveLength(1);
  });
});
