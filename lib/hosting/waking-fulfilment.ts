import type { Orders } from '../store/ports/orders-port';
import type { Inbox, Store } from '../store/port';

/** What waking needs. */
export interface WakingPorts {
  readonly store: Store;
}

/**
 * The same handler, which calls `wake` at its end if it made an order's fulfilment due: the timer
 * of `fulfillOrders` comes seldom where each run is a call that costs, and `processInbox` fulfils
 * at once only what it made due itself. `wake` must not reject.
 */
export function wakingFulfilment<Given extends WakingPorts, Asked extends readonly unknown[], Result>(
  given: Given,
  wake: () => Promise<void>,
  open: (ports: Given) => (...asked: Asked) => Promise<Result>,
): (...asked: Asked) => Promise<Result> {
  const { inbox, orders } = given.store;
  let isDue = false;
  const settle: Inbox['settle'] = async (token, now, settlements) => {
    const results = await inbox.settle(token, now, settlements);
    isDue ||= settlements.some(
      ({ change }, n) => results[n] === 'settled' && change?.fulfilment.state === 'due',
    );
    return results;
  };
  const noting = async (changes: Promise<boolean>): Promise<boolean> => {
    const changed = await changes;
    isDue ||= changed;
    return changed;
  };
  const watched: Orders = {
    ...orders,
    releaseHold: (...asked) => noting(orders.releaseHold(...asked)),
    retryFulfilment: (...asked) => noting(orders.retryFulfilment(...asked)),
  };
  const run = open({ ...given, store: { ...given.store, inbox: { ...inbox, settle }, orders: watched } });
  return async (...asked) => {
    try {
      return await run(...asked);
    } finally {
      if (isDue) {
        isDue = false;
        await wake();
      }
    }
  };
}
