import { WORKER_NAMES } from '../../lib/config/jobs';
import { readConfig } from '../../lib/config/config';
import { NOTED_EVERY_MS, noted } from '../../lib/hosting/noted-runs';
import { nextTime, notedStandings } from '../../lib/ops/running/worker-standing';
import { lastNotedRun } from '../../lib/store/worker-runs';
import { beijingTime, later, type Instant } from '../../lib/values/instant';
import { onStage, PLENTY, type Stage } from '../inbox/stage';
import { START } from '../store/builders';

const MINUTE = 60_000;

/** A worker of one process, whose runs are noted; a run takes 250 ms. */
function worker(stage: Stage, process: () => Promise<void> = async () => undefined) {
  const { store, clock, log } = stage.deps;
  const handler = noted({ store, clock, log }, 'fulfillOrders', async () => {
    stage.advance(250);
    await process();
    return {};
  });
  return () => handler(PLENTY, 'timer');
}

const noteOf = ({ store, deps }: Stage) => lastNotedRun(store.shared, 'fulfillOrders', deps.clock.now());

test('of a process the first run is noted, then one per hour, and a failure at once', () =>
  onStage(async (stage) => {
    let fails = false;
    const run = worker(stage, async () => {
      if (fails) throw new Error('the disk is full');
    });
    await run();
    expect(await noteOf(stage)).toEqual({ startedAt: START, ms: 250, outcome: 'done' });
    stage.advance(MINUTE);
    await run();
    expect(await noteOf(stage)).toMatchObject({ startedAt: START });
    fails = true;
    await expect(run()).rejects.toThrow('the disk is full');
    const failed = await noteOf(stage);
    expect(failed).toMatchObject({ startedAt: later(START, MINUTE + 500), outcome: 'broke_off' });
    // It stays for operators to see until the next note is due.
    fails = false;
    await run();
    expect(await noteOf(stage)).toEqual(failed);
    stage.advance(NOTED_EVERY_MS);
    await run();
    expect(await noteOf(stage)).toMatchObject({ outcome: 'done' });
  }));

test('a run that ends well a minute after a failure is noted, so that the failure stands no longer', () =>
  onStage(async (stage) => {
    let fails = true;
    const run = worker(stage, async () => {
      if (fails) throw new Error('the disk is full');
    });
    await expect(run()).rejects.toThrow('the disk is full');
    fails = false;
    stage.advance(MINUTE);
    await run();
    const recovered = await noteOf(stage);
    expect(recovered).toMatchObject({ startedAt: later(START, MINUTE + 250), outcome: 'done' });
    stage.advance(MINUTE);
    await run();
    expect(await noteOf(stage)).toEqual(recovered);
  }));

test('a run is noted a minute after a note that the store did not take', () =>
  onStage(async (stage) => {
    const { shared } = stage.store;
    let isAway = true;
    const read: typeof shared.read = async (...of) => {
      if (isAway) throw new Error('no answer');
      return shared.read(...of);
    };
    const { clock, log } = stage.deps;
    const run = noted(
      { store: { shared: { ...shared, read } }, clock, log },
      'fulfillOrders',
      async () => ({}),
    );
    await run(PLENTY, 'timer');
    isAway = false;
    stage.advance(MINUTE - 1);
    await run(PLENTY, 'timer');
    expect(await noteOf(stage)).toBeNull();
    stage.advance(1);
    await run(PLENTY, 'timer');
    expect(await noteOf(stage)).toMatchObject({ startedAt: later(START, MINUTE), outcome: 'done' });
  }));

test('a run that cannot be noted ends as it would have', () =>
  onStage(async (stage) => {
    const { shared } = stage.store;
    const broken = { ...shared, read: () => Promise.reject(new Error('no answer')) };
    const { clock, log } = stage.deps;
    const run = noted({ store: { shared: broken }, clock, log }, 'retain', async () => ({ forgot: 3 }));
    expect(await run(PLENTY, 'timer')).toEqual({ forgot: 3 });
    expect(stage.log.lines).toMatchObject([{ event: 'run_not_noted', fields: { worker: 'retain' } }]);
  }));

test('workers stand by what they noted and by their timers', () =>
  onStage(async (stage) => {
    await worker(stage)();
    const { timers } = readConfig({ merchants: [{ subMchId: '1900000109' }] });
    const now = stage.deps.clock.now();
    const { workers, notedEveryMs } = await notedStandings(stage.store.shared, timers, now, NOTED_EVERY_MS);
    expect(notedEveryMs).toBe(NOTED_EVERY_MS);
    expect(workers.map((one) => one.worker)).toEqual(WORKER_NAMES);
    for (const one of workers) {
      expect(one.isRunning).toBe(false);
      expect(one.last?.startedAt ?? null).toBe(one.worker === 'fulfillOrders' ? START : null);
      expect(one.nextAt).toBeGreaterThan(now);
    }
  }));

test('a timer’s next run is after now, in Beijing time, today or tomorrow', () => {
  const at = (text: string): Instant => {
    const found = beijingTime(text);
    if (found === null) throw new TypeError(text);
    return found;
  };
  const daily = '5 0 10,22 * * * *';
  expect(nextTime(daily, at('2026-03-01 09:59:59'))).toBe(at('2026-03-01 10:00:05'));
  expect(nextTime(daily, at('2026-03-01 10:00:05'))).toBe(at('2026-03-01 22:00:05'));
  expect(nextTime(daily, at('2026-03-01 23:00:00'))).toBe(at('2026-03-02 10:00:05'));
  expect(nextTime(daily, at('2026-12-31 23:00:00'))).toBe(at('2027-01-01 10:00:05'));
  expect(nextTime('0 0 10 1 * * *', at('2026-03-01 09:00:00'))).toBeNull();
  expect(nextTime('nonsense', at('2026-03-01 09:00:00'))).toBeNull();
});
