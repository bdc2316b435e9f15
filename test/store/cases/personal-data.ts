import { ERASED_PAYER, ERASED_RAW } from '../../../lib/model/erased';
import type { WholeOrder } from '../../../lib/model/order';
import type { Store } from '../../../lib/store/port';
import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { isPayerId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  day,
  discrepancy,
  guarded,
  MERCHANT,
  message,
  order,
  PAYER,
  paidAt,
  paymentOf,
  settlement,
  START,
  tradeNo,
} from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

const OTHER_PAYER = guarded(isPayerId, 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6p');
const AT = later(START, 3_600_000);

/** The `n`th order, paid and fulfilled. */
function fulfilled(n: number, over: Partial<WholeOrder> = {}): WholeOrder {
  return order(n, {
    createdAt: later(START, n * 1_000),
    attach: 'table 7',
    payment: paidAt(n, START),
    fulfilment: { state: 'done', attempts: 1, doneAt: START, receipt: 'SF1' },
    prepayBody: `{"payer":"${PAYER}"}`,
    calls: [{ at: START, ms: 3, result: 'fulfilled', status: 200, said: 'to Li Lei' }],
    ...over,
  });
}

async function found(store: Store, n: number): Promise<WholeOrder | undefined> {
  const [one] = await store.orders.find([tradeNo(n)]);
  return one;
}

/** Ends the payment messages of these orders as done. */
async function heard(store: Store, numbers: readonly number[]): Promise<void> {
  for (const n of numbers) {
    const payment = paymentOf(n, { attach: 'table 7' });
    await store.inbox.record(
      message(n, { content: { kind: 'payment', payment }, raw: `{"openid":"${PAYER}"}` }),
    );
  }
  const request = claimAt(START, { limit: 100 });
  const claimed = await store.inbox.claim(request);
  await store.inbox.settle(
    request.token,
    START,
    claimed.map((one) => settlement(one)),
  );
}

/** The personal data of payers: what is found of one, what is erased, and what stays. */
export function personalDataCases(open: OpenHarness): void {
  describe('personal data', () => {
    it(
      'lists the orders of one payer, newest first, in pages',
      withHarness(open, async ({ store }) => {
        for (const n of [1, 2, 3]) await store.orders.create(fulfilled(n));
        await store.orders.create(fulfilled(4, { payer: OTHER_PAYER }));
        const first = await store.personal.ordersOf({ payer: PAYER, after: null, limit: 2 });
        expect(first.items.map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(3), tradeNo(2)]);
        expect(first.items[0]).toEqual(await found(store, 3));
        const second = await store.personal.ordersOf({ payer: PAYER, after: first.next, limit: 2 });
        expect(second).toMatchObject({ items: [{ outTradeNo: tradeNo(1) }], next: null });
      }),
    );

    it(
      'takes a payer whose id differs in case alone, or begins or ends alike, for another',
      withHarness(open, async ({ store }) => {
        const alike = [`o${PAYER.slice(1, -3).toUpperCase()}${PAYER.slice(-3)}`, `${PAYER}x`, `x${PAYER}`];
        await store.orders.create(fulfilled(1));
        for (const [at, payer] of alike.entries()) {
          await store.orders.create(fulfilled(at + 2, { payer: guarded(isPayerId, payer) }));
        }
        const { items } = await store.personal.ordersOf({ payer: PAYER, after: null, limit: 10 });
        expect(items.map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(1)]);
      }),
    );

    it(
      'erases what names a person, and keeps what the books need',
      withHarness(open, async ({ store }) => {
        const before = fulfilled(1);
        await store.orders.create(before);
        expect(await store.personal.eraseOrders([before], AT)).toBe(1);
        const { prepayBody: _body, calls: _calls, ...rest } = before;
        expect(await found(store, 1)).toEqual({
          ...rest,
          version: before.version + 1,
          payer: ERASED_PAYER,
          attach: null,
          cart: null,
          erasedAt: AT,
        });
        expect(await store.personal.ordersOf({ payer: PAYER, after: null, limit: 10 })).toMatchObject({
          items: [],
        });
        expect(await store.personal.eraseOrders([{ ...before, version: before.version + 1 }], AT)).toBe(0);
        expect(await store.orders.ledger([tradeNo(1)])).toMatchObject([
          { total: 101, payment: { state: 'paid' } },
        ]);
      }),
    );

    it(
      'erases no order that has changed, can be paid, or is still to be fulfilled',
      withHarness(open, async ({ store }) => {
        const due = { state: 'due', attempts: 0, dueAt: START, lease: null, lastError: null } as const;
        const held = { state: 'held', attempts: 0, heldAt: START, reason: 'verify_above' } as const;
        const all = [
          order(1),
          fulfilled(2, { fulfilment: due }),
          fulfilled(3, { fulfilment: held }),
          fulfilled(4),
          fulfilled(5),
        ];
        for (const one of all) await store.orders.create(one);
        await store.orders.noteRefundSaid([tradeNo(4)], START);
        expect(await store.personal.eraseOrders(all, AT)).toBe(1);
        const left = await store.personal.ordersBefore({ before: AT, after: null, limit: 10 });
        expect(left.items.map(({ outTradeNo }) => outTradeNo)).toEqual([1, 2, 3, 4].map(tradeNo));
        expect(await found(store, 5)).toMatchObject({ payer: ERASED_PAYER });
      }),
    );

    it(
      'lists orders whose personal data is stored, earliest first, up to a time',
      withHarness(open, async ({ store }) => {
        for (const n of [1, 2, 3, 4]) await store.orders.create(fulfilled(n));
        await store.personal.eraseOrders([fulfilled(2)], AT);
        const before = later(START, 4_000);
        const first = await store.personal.ordersBefore({ before, after: null, limit: 1 });
        expect(first.items).toMatchObject([{ outTradeNo: tradeNo(1), payer: PAYER }]);
        const second = await store.personal.ordersBefore({ before, after: first.next, limit: 5 });
        expect(second).toMatchObject({ items: [{ outTradeNo: tradeNo(3) }], next: null });
      }),
    );

    it(
      'erases the messages that are done or dismissed, and no others',
      withHarness(open, async ({ store }) => {
        await heard(store, [1]);
        for (const n of [2, 3]) await store.inbox.record(message(n, { raw: `{"openid":"${PAYER}"}` }));
        await store.inbox.dismiss([message(2).key], 'li', 'dealt with', START);
        const numbers = [1, 2, 3].map(tradeNo);
        expect(await store.personal.eraseMessages(numbers)).toBe(2);
        expect(await store.personal.eraseMessages(numbers)).toBe(0);
        for (const n of [1, 2]) {
          const erased = await store.inbox.find(message(n).key);
          expect(erased?.raw).toBe(ERASED_RAW);
          expect(erased?.content).toEqual({
            kind: 'payment',
            payment: paymentOf(n, { payer: null, bankType: null, attach: null }),
          });
        }
        expect(await store.inbox.find(message(3).key)).toMatchObject({
          content: { payment: { payer: PAYER } },
        });
        // Its key is known still: the payment heard again is a repeat.
        expect(await store.inbox.record(message(1))).toBe('repeat');
      }),
    );

    it(
      'leaves a message alone that was delivered again, until that was looked at',
      withHarness(open, async ({ store }) => {
        await heard(store, [1]);
        await store.inbox.record(message(1));
        expect(await store.personal.eraseMessages([tradeNo(1)])).toBe(0);
        await store.inbox.settleRedelivered([{ key: message(1).key, deliveries: 2 }]);
        expect(await store.personal.eraseMessages([tradeNo(1)])).toBe(1);
      }),
    );

    it(
      'erases both payers of resolved mismatches that no statement run shows',
      withHarness(open, async ({ store }) => {
        const sides = { class: 'payer_mismatch', ours: PAYER, theirs: OTHER_PAYER } as const;
        const run = statementRunId(MERCHANT, day());
        const [one, open, ofRun] = [
          discrepancy(1, START, sides),
          discrepancy(2, START, sides),
          discrepancy(3, START, { ...sides, statementRun: run }),
        ];
        await store.discrepancies.see([one, open, ofRun]);
        const resolution = { by: 'operator', who: 'li', reason: 'a friend paid', at: START } as const;
        await store.discrepancies.resolve([one.id, ofRun.id], resolution);
        const numbers = [1, 2, 3].map(tradeNo);
        expect(await store.personal.eraseDiscrepancies(numbers)).toBe(1);
        expect(await store.personal.eraseDiscrepancies(numbers)).toBe(0);
        expect(await store.discrepancies.find(one.id)).toEqual({
          ...one,
          ours: ERASED_PAYER,
          theirs: ERASED_PAYER,
          resolution,
        });
        expect(await store.discrepancies.find(open.id)).toMatchObject({ ours: PAYER });
        expect(await store.discrepancies.find(ofRun.id)).toMatchObject({ ours: PAYER });
      }),
    );

    it(
      'touches nothing for no names',
      withHarness(open, async ({ store }) => {
        expect(await store.personal.eraseOrders([], AT)).toBe(0);
        expect(await store.personal.eraseMessages([])).toBe(0);
        expect(await store.personal.eraseDiscrepancies([])).toBe(0);
      }),
    );
  });
}
