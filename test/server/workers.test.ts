import type { Config } from '../../lib/config/config-schema';
import { readConfig } from '../../lib/config/config';
import { WORKER_NAMES } from '../../lib/config/jobs';
import { recordOf } from '../../lib/values/record-of';
import type { WorkerHandler } from '../../lib/hosting/ports';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import { fulfillOrders, type Fulfil } from '../../lib/orders/fulfil';
import type { WholeOrder } from '../../lib/model/order';
import { startBeijingTimer, startWorkers, type StartTimer, type Workers } from '../../server/workers';
import { onStage, rememberedLog } from '../inbox/stage';
import { message, order, paidAt, paidBy, START } from '../store/builders';

const config: Config = readConfig({
  merchants: [{ subMchId: '1900000109' }],
  timers: { processInbox: '*/5 * * * * * *', fulfillOrders: '30 * * * * * *' },
});

/** The `n`th order, paid and waiting to be delivered. */
function dueOrder(n: number): WholeOrder {
  const pending = order(n);
  const { fulfilment } = paidBy(pending, message(n), START);
  return { ...pending, payment: paidAt(n, START), fulfilment };
}

/** A promise and what ends it. */
function signal(): { readonly promise: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const promise = new Promise<void>((resolve) => (give = resolve));
  return { promise, give };
}

/** Timers that ring when a case says so. */
function bells(): { readonly startTimer: StartTimer; readonly ring: (expression: string) => void } {
  const rung = new Map<string, () => void>();
  return {
    startTimer: (expression, run) => {
      rung.set(expression, run);
      return { stop: () => void rung.delete(expression), nextRun: () => new Date(NEXT) };
    },
    ring: (expression) => rung.get(expression)?.(),
  };
}

/** When every timer rings next, in ms. */
const NEXT = 1_800_000_000_000;

const nothing: WorkerHandler = async () => ({});

function workersWith(processInbox: WorkerHandler, startTimer: StartTimer, fulfil?: WorkerHandler): Workers {
  return startWorkers({
    handlers: {
      ...recordOf(WORKER_NAMES, () => nothing),
      processInbox,
      fulfillOrders: fulfil ?? nothing,
    },
    config,
    clock: systemClock,
    log: rememberedLog(),
    observe: () => undefined,
    startTimer,
  });
}

test('a worker runs when its own expression falls due, and no more once stopped', async () => {
  const { startTimer, ring } = bells();
  let runs = 0;
  const workers = workersWith(async () => ({ runs: (runs += 1) }), startTimer);
  ring(config.timers.fulfillOrders);
  await workers.whenIdle();
  expect(runs).toBe(0);
  ring(config.timers.processInbox);
  await workers.whenIdle();
  expect(runs).toBe(1);
  await workers.stop();
  ring(config.timers.processInbox);
  workers.wake('processInbox');
  await workers.whenIdle();
  expect(runs).toBe(1);
});

test('however often it is woken while it runs, it runs once more and never beside itself', async () => {
  const { startTimer, ring } = bells();
  const [first, second] = [signal(), signal()];
  let running = 0;
  let most = 0;
  let runs = 0;
  const workers = workersWith(async () => {
    runs += 1;
    running += 1;
    most = Math.max(most, running);
    await (runs === 1 ? first : second).promise;
    running -= 1;
    return {};
  }, startTimer);
  for (let i = 0; i < 5; i += 1) ring(config.timers.processInbox);
  first.give();
  second.give();
  await workers.whenIdle();
  expect({ runs, most }).toEqual({ runs: 2, most: 1 });
  await workers.stop();
});

test('a run that broke off does not keep the next from running', async () => {
  const { startTimer, ring } = bells();
  let runs = 0;
  const workers = workersWith(async () => {
    runs += 1;
    throw new Error('the store is away');
  }, startTimer);
  for (const expected of [1, 2]) {
    ring(config.timers.processInbox);
    await workers.whenIdle();
    expect(runs).toBe(expected);
  }
  await workers.stop();
});

test('the hours of an expression are Beijing’s', () => {
  const timer = startBeijingTimer('0 30 9 * * * *', () => undefined);
  try {
    const next = timer.nextRun(new Date('2026-03-01T00:00:00Z'));
    expect(next?.toISOString()).toBe('2026-03-01T01:30:00.000Z');
  } finally {
    timer.stop();
  }
});

test('a stop lets the delivery under way finish and takes no other', () =>
  onStage(async ({ deps, store }) => {
    const numbers = [1, 2, 3].map((n) => order(n).outTradeNo);
    for (const n of [1, 2, 3]) await store.orders.create(dueOrder(n));
    const [begun, deliver] = [signal(), signal()];
    const fulfil: Fulfil = async () => {
      begun.give();
      await deliver.promise;
      return {};
    };
    const settings = { ...config.fulfilment, concurrency: 1 };
    const workers = workersWith(
      async () => ({}),
      bells().startTimer,
      (budget) => fulfillOrders({ ...deps, timers: systemTimers, store, fulfil, settings }, budget),
    );
    workers.wake('fulfillOrders');
    await begun.promise;
    const stopped = workers.stop();
    deliver.give();
    await stopped;
    const states = (await store.orders.find(numbers)).map(({ fulfilment }) => fulfilment);
    expect(states.filter(({ state }) => state === 'done')).toHaveLength(1);
    // The others have no lease: the next run can claim them at once.
    expect(states.filter((one) => one.state === 'due' && one.lease === null)).toHaveLength(2);
  }));

test('each tells its last and next run, and how the last one ended', async () => {
  const { startTimer } = bells();
  const { promise: held, give } = signal();
  const fulfil = () => Promise.reject(new Error('the warehouse is away'));
  const workers = workersWith(() => held.then(() => ({})), startTimer, fulfil);
  const of = (name: string) => workers.standings().workers.find(({ worker }) => worker === name);
  expect(of('watchdog')).toEqual({ worker: 'watchdog', isRunning: false, last: null, nextAt: NEXT });
  const run = workers.run('processInbox');
  expect(of('processInbox')).toMatchObject({ isRunning: true, last: null });
  give();
  await run;
  expect(of('processInbox')).toMatchObject({ isRunning: false, last: { outcome: 'done' } });
  await workers.run('fulfillOrders').catch(() => undefined);
  expect(of('fulfillOrders')).toMatchObject({ isRunning: false, last: { outcome: 'broke_off' } });
  await workers.stop();
});
