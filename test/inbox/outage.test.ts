import { processInbox } from '../../lib/inbox/process';
import { StoreError } from '../../lib/store/errors';
import { message, order } from '../store/builders';
import type { Stage } from './stage';
import { onStage, PLENTY } from './stage';

/* An outage of the store costs no message an attempt, and none waits long after it. */

const noAnswer = () => Promise.reject(new StoreError('unavailable', 'no answer'));

/** The stage with a store that looks no order up. */
function withoutOrders(stage: Stage): Pick<Stage, 'store'> {
  return { store: { ...stage.store, orders: { ...stage.store.orders, findWithoutCarts: noAnswer } } };
}

describe('a message that is claimed while the store is gone', () => {
  test('leaves its claim to run out when the whole store is gone, and is claimed again after it', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      const gone = stage.with({
        store: {
          ...stage.store,
          inbox: { ...stage.store.inbox, settle: noAnswer },
          orders: { ...stage.store.orders, findWithoutCarts: noAnswer },
        },
      });
      await expect(processInbox(gone, PLENTY)).rejects.toThrow('no answer');
      stage.advance(stage.deps.settings.leaseMs - 1);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
      stage.advance(1);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
    }));

  test('is returned when the store cannot look its order up, and lost in no way', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      const gone = stage.with(withoutOrders(stage));
      await expect(processInbox(gone, PLENTY)).rejects.toThrow('no answer');
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
      stage.advance(60_000);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
    }));

  test('spends no attempt on an outage of the store, however long', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      const gone = stage.with(withoutOrders(stage));
      for (let turn = 1; turn <= 30; turn += 1) {
        await expect(processInbox(gone, PLENTY)).rejects.toThrow('no answer');
        stage.advance(60_000);
      }
      expect(await stage.store.inbox.find(message(1).key)).toMatchObject({
        state: 'pending',
        attempts: 0,
        claims: 0,
        alone: false,
      });
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
    }));

  test('takes a message again within seconds of an outage of the store, however long it was', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      await stage.store.inbox.record(message(1));
      const settings = { ...stage.deps.settings, backoff: { firstMs: 5_000, maxMs: 3_600_000 } };
      const gone = stage.with({ settings, ...withoutOrders(stage) });
      for (let turn = 1; turn <= 30; turn += 1) {
        await expect(processInbox(gone, PLENTY)).rejects.toThrow('no answer');
        stage.advance(60_000);
      }
      await expect(processInbox(gone, PLENTY)).rejects.toThrow('no answer');
      stage.advance(15_000);
      expect(await processInbox(stage.with({ settings }), PLENTY)).toMatchObject({ applied: 1 });
    }));
});
