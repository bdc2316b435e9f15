import type { Store } from '../../../lib/store/port';
import { emptyState } from '../../simulation/model/state';
import { modelStore } from '../../simulation/model/store';
import { isOutRefundNo } from '../../../lib/values/ids';
import type { InboxKey, InboxMessage } from '../../../lib/model/message';
import { claimAt, guarded, settlement } from '../../store/builders';
import { numbers, trade } from '../bill';
import {
  billOf,
  DAY,
  discrepanciesOf,
  ledgerOf,
  orderNo,
  orderOf,
  paidOrderOf,
  sale,
  SMOOTH,
  stageOf,
  transactionNo,
} from './stage';

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

it('a refund that was applied and that no read of the books shows yet is found in its bill', async () => {
  const store = modelStore(emptyState(), SMOOTH);
  const { refunds } = store;
  // Two reads miss the refund after it is there.
  let misses = 2;
  const stage = stageOf({
    store: {
      ...store,
      refunds: {
        ...refunds,
        find: async (wanted) => {
          const found = await refunds.find(wanted);
          if (found.length === 0 || misses === 0) return found;
          misses -= 1;
          return [];
        },
      },
    },
  });
  const paid = sale(7, { amount: 1_000 });
  const back = trade({ kind: 'refund', number: 71, amount: 400, fee: 2 });
  await stage.store.orders.create(paidOrderOf(paid));
  const ofPaid = (text: string): string =>
    text.replaceAll(orderNo(back), orderNo(paid)).replaceAll(transactionNo(back), transactionNo(paid));
  stage.bills.set(DAY, billOf([paid, back], ofPaid));
  await stage.untilDone();
  expect(misses).toBe(0);
  const { tally } = await stage.report();
  expect(tally.repaired.refunds).toEqual({ count: 1, sum: 400 });
  expect(await refunds.find([guarded(isOutRefundNo, numbers(back).outRefundNo)])).toMatchObject([
    { progress: { state: 'succeeded', knownBy: 'statement' }, statement: { day: DAY } },
  ]);
});

it('a refund that a later round learns only after its row is not missing in its bill', async () => {
  const store = modelStore(emptyState(), SMOOTH);
  const { orders, refunds } = store;
  let isBehind = true;
  const stage = stageOf({
    store: {
      ...store,
      refunds: { ...refunds, find: async (wanted) => (isBehind ? [] : refunds.find(wanted)) },
      orders: {
        ...orders,
        absent: async (query) => {
          if (query.round > 1) isBehind = false;
          return orders.absent(query);
        },
      },
    },
  });
  const paid = sale(7, { amount: 1_000 });
  const back = trade({ kind: 'refund', number: 71, amount: 400, fee: 2 });
  await stage.store.orders.create(paidOrderOf(paid));
  stage.bills.set(DAY, billOf([paid]));
  await stage.untilDone();
  stage.advance(60_000);
  const run = await stage.run();
  expect(await store.statementRuns.again(run.id, 'li', stage.now())).toBe(2);
  const ofPaid = (text: string): string =>
    text.replaceAll(orderNo(back), orderNo(paid)).replaceAll(transactionNo(back), transactionNo(paid));
  stage.bills.set(DAY, billOf([paid, back], ofPaid));
  await stage.untilDone();
  const [learnt] = await refunds.find([guarded(isOutRefundNo, numbers(back).outRefundNo)]);
  expect(learnt).toMatchObject({ progress: { state: 'succeeded', knownBy: 'statement' } });
  const found = await discrepanciesOf(stage, paid);
  expect(found.map((one) => one.class)).not.toContain('refund_missing_there');
  const { tally } = await stage.report();
  expect(tally.carriedOver.refunds.count).toBe(0);
});

it('a refund whose message is shown as it was before it was applied is found in its bill', async () => {
  const store = modelStore(emptyState(), SMOOTH);
  const { inbox, refunds } = store;
  const before = new Map<InboxKey, InboxMessage | null>();
  let misses = 0;
  const stage = stageOf({
    store: {
      ...store,
      inbox: {
        ...inbox,
        // When the bill comes, its refund has waited for the payment, and is due.
        record: async (message) => {
          if (message.content.kind === 'refund' && (await inbox.find(message.key)) === null) {
            await inbox.record({ ...message, path: 'callback' });
            const request = claimAt(stage.now());
            await inbox.claim({ ...request, keys: [message.key] });
            const retry = { kind: 'retry', dueAt: stage.now(), error: 'nothing is paid' } as const;
            await inbox.settle(request.token, stage.now(), [settlement(message, retry)]);
          }
          return inbox.record(message);
        },
        claim: async (request) => {
          for (const key of request.keys ?? []) before.set(key, await inbox.find(key));
          const claimed = await inbox.claim(request);
          // The next reads of the message and of its refund are behind this claim.
          if (claimed.some(({ content }) => content.kind === 'refund')) misses = 2;
          return claimed;
        },
        find: async (key) => {
          const shown = before.get(key);
          if (misses === 0 || shown === undefined) return inbox.find(key);
          misses -= 1;
          return shown;
        },
      },
      refunds: {
        ...refunds,
        find: async (wanted) => {
          const found = await refunds.find(wanted);
          if (misses === 0 || found.length === 0) return found;
          misses -= 1;
          return [];
        },
      },
    },
  });
  const paid = sale(7, { amount: 1_000 });
  const back = trade({ kind: 'refund', number: 71, amount: 400, fee: 2 });
  await stage.store.orders.create(paidOrderOf(paid));
  const ofPaid = (text: string): string =>
    text.replaceAll(orderNo(back), orderNo(paid)).replaceAll(transactionNo(back), transactionNo(paid));
  stage.bills.set(DAY, billOf([paid, back], ofPaid));
  await stage.untilDone();
  expect((await discrepanciesOf(stage, paid)).map((one) => one.class)).not.toContain('refund_missing_there');
  expect(await refunds.find([guarded(isOutRefundNo, numbers(back).outRefundNo)])).toMatchObject([
    { progress: { state: 'succeeded', knownBy: 'callback' }, statement: { day: DAY } },
  ]);
});
