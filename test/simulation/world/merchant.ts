import type { Fulfil } from '../../../lib/orders/fulfil';
import { PermanentFulfilmentError } from '../../../lib/orders/fulfil';
import type { FulfilmentKey, OutTradeNo } from '../../../lib/values/ids';
import type { HookDeed } from '../plan/plan';
import type { Group } from '../scheduler';
import { checkDelivery } from '../checks/delivery';
import { numberOf } from './payers';
import type { World } from './world';

const SECOND = 1_000;

/**
 * The merchant's own system behind `merchant/fulfill.ts`: it sends one parcel per key, however
 * often it is called, and first does what the plan says.
 */
export function merchantHook(world: World, group: Group): Fulfil {
  const { scheduler, random, deliveries, plan } = world;
  const deedsOf = new Map(plan.orders.map((order) => [numberOf(order), order.hook]));

  function send(outTradeNo: OutTradeNo, key: FulfilmentKey): void {
    checkDelivery(world, group, outTradeNo, key);
    deliveries.parcels.set(key, outTradeNo);
  }

  return ({ outTradeNo }, key) =>
    new Promise((resolve, reject) => {
      const call = deliveries.calls.get(outTradeNo) ?? 0;
      deliveries.calls.set(outTradeNo, call + 1);
      const deed: HookDeed | 'sends' = deedsOf.get(outTradeNo)?.[call] ?? 'sends';
      const answer = (ms: number, deliver: () => void): void => {
        scheduler.after(ms, group, deliver);
      };
      scheduler.after(random.int(1, 50), null, () => {
        world.note(() => `${group.name} hook ${key}: ${deed}`);
        if (deed === 'sends' || deed === 'half' || deed === 'half_hangs' || deed === 'slow')
          send(outTradeNo, key);
        switch (deed) {
          case 'sends':
          case 'slow':
            answer(deed === 'slow' ? 7 * SECOND : 5, () => {
              resolve({ receipt: `parcel ${key}` });
            });
            return;
          case 'throws':
          case 'half':
            answer(5, () => {
              reject(new Error('the merchant’s system broke off'));
            });
            return;
          case 'permanent':
            answer(5, () => {
              reject(new PermanentFulfilmentError('it is no longer sold'));
            });
            return;
          case 'hangs':
          case 'half_hangs':
            return;
        }
      });
    });
}
