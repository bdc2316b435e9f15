import type { Store } from '../../../lib/store/port';
import { emptyState } from '../../simulation/model/state';
import { modelStore } from '../../simulation/model/store';
import { billOf, DAY, ledgerOf, orderOf, sale, SMOOTH, stageOf } from './stage';

/** A store whose reads miss the latest messages as long as `isBehind` says so. */
function missing(store: Store, isBehind: () => boolean): Store {
  const { inbox } = store;
  return {
    ...store,
    inbox: {
      ...inbox,
      claim: (request) => (isBehind() ? Promise.resolve([]) : inbox.claim(request)),
      find: (key) => (isBehind() ? Promise.resolve(null) : inbox.find(key)),
    },
  };
}

it('a day waits for a payment that it recorded itself and that no read shows yet', async () => {
  let isBehind = true;
  const stage = stageOf({ store: missing(modelStore(emptyState(), SMOOTH), () => isBehind) });
  const t = sale(1);
  await stage.store.orders.create(orderOf(t));
  stage.bills.set(DAY, billOf([t]));
  await stage.turn();
  expect((await stage.run()).work.state).not.toBe('done');
  isBehind = false;
  await stage.untilDone();
  expect((await stage.report()).tally.matched.payments.count).toBe(1);
  expect(await ledgerOf(stage, t)).toMatchObject({
    payment: { state: 'paid', knownBy: 'statement' },
    statement: { day: DAY },
  });
});
