import { wakingFulfilment } from '../../lib/hosting/waking-fulfilment';
import { processInbox } from '../../lib/inbox/process';
import type { Store } from '../../lib/store/port';
import { onStage, PLENTY, type Stage } from '../inbox/stage';
import { message, order, tradeNo } from '../store/builders';

/** A handler that applies what was heard, and how often it woke fulfilment. */
function applying({ deps, store }: Stage, work: (store: Store) => Promise<unknown>) {
  let woken = 0;
  const wake = async (): Promise<void> => void (woken += 1);
  const run = wakingFulfilment({ store }, wake, (ports) => async () => {
    await processInbox({ ...deps, store: ports.store }, PLENTY);
    await work(ports.store);
  });
  return { run, woken: () => woken };
}

test('what makes an order due wakes fulfilment once, and nothing else does', () =>
  onStage(async (stage) => {
    const { run, woken } = applying(stage, async () => undefined);
    await run();
    expect(woken()).toBe(0);
    for (const n of [1, 2]) await stage.store.orders.create(order(n));
    for (const n of [1, 2]) await stage.store.inbox.record(message(n));
    await run();
    expect(woken()).toBe(1);
    await run();
    expect(woken()).toBe(1);
  }));

test('fulfilment is woken although the handler fails afterwards', () =>
  onStage(async (stage) => {
    const { run, woken } = applying(stage, () => Promise.reject(new Error('no answer')));
    await stage.store.orders.create(order(1));
    await stage.store.inbox.record(message(1));
    await expect(run()).rejects.toThrow('no answer');
    expect(woken()).toBe(1);
  }));

test('an operator’s retry wakes fulfilment if it changed anything', () =>
  onStage(async (stage) => {
    const { run, woken } = applying(stage, ({ orders }) =>
      orders.retryFulfilment(tradeNo(1), 'lin', stage.deps.clock.now()),
    );
    await stage.store.orders.create(order(1));
    await run();
    expect(woken()).toBe(0);
  }));
