import { ERASED_PAYER } from '../../../lib/model/erased';
import { fen } from '../../../lib/values/fen';
import { isOutTradeNo, isPayerId } from '../../../lib/values/ids';
import type { OutTradeNo, PayerId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import type { OrderLookUp } from '../../../lib/store/requests';
import type { Store } from '../../../lib/store/port';
import {
  claimAt,
  MERCHANT,
  message,
  order,
  paidAt,
  paidBy,
  paymentOf,
  refund,
  refundNo,
  settlement,
  START,
  tradeNo,
  transactionId,
} from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

const ALWAYS = { from: null, to: null };

/** Every page of a look-up, two orders at a time. */
async function found({ orders }: Store, by: OrderLookUp): Promise<readonly string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < 9; page += 1) {
    const read: Awaited<ReturnType<Store['orders']['lookUp']>> = await orders.lookUp({ by, after, limit: 2 });
    seen.push(...read.items.map(({ outTradeNo }) => outTradeNo));
    if (read.next === null) return seen;
    after = read.next;
  }
  throw new Error('the list does not end');
}

function number(text: string): OutTradeNo {
  if (!isOutTradeNo(text)) throw new Error(text);
  return text;
}

function payer(end: string): PayerId {
  const id = `oPayerOfTheseCasesOnly0000${end}`;
  if (!isPayerId(id)) throw new Error(id);
  return id;
}

/** Finding orders by what a person knows of them, and the sums of a span. */
export function lookUpCases(open: OpenHarness): void {
  describe('looking up orders', () => {
    it('finds the order of a second payment by its transaction, and of none that it does not have', async () => {
      await withHarness(open, async ({ store }) => {
        const now = later(START, 1_000);
        await store.orders.create(order(1, { payment: paidAt(1, START) }));
        await store.orders.create(order(2));
        await store.inbox.record(message(3));
        const claim = claimAt(now);
        await store.inbox.claim(claim);
        const [first] = await store.orders.find([tradeNo(1)]);
        if (first === undefined) throw new Error('the order is gone');
        const second = transactionId(3);
        const { total, paidAt: at } = paymentOf(3);
        const change = {
          ...paidBy(first, message(1), now),
          payment: first.payment,
          fulfilment: first.fulfilment,
          otherPayments: [
            { transactionId: second, total, paidAt: at, as: 'duplicate_payment', evidence: message(3).key },
          ],
          takes: second,
        } as const;
        expect(
          await store.inbox.settle(claim.token, now, [settlement(message(3), undefined, { change })]),
        ).toEqual(['settled']);
        expect(await store.orders.ofTransaction(second)).toMatchObject({
          outTradeNo: tradeNo(1),
          otherPayments: [{ transactionId: second }],
        });
        expect((await store.orders.ofTransaction(transactionId(1)))?.outTradeNo).toBe(tradeNo(1));
        expect(await store.orders.ofTransaction(transactionId(4))).toBeNull();
      })();
    });

    it(
      'finds no erased order by the end of what stands for its payer',
      withHarness(open, async ({ store }) => {
        await store.orders.create(order(1, { payer: ERASED_PAYER, erasedAt: START }));
        await store.orders.create(order(2, { payer: payer('sed') }));
        expect(await found(store, { kind: 'payer', tail: 'sed', created: ALWAYS })).toEqual([
          order(2).outTradeNo,
        ]);
      }),
    );

    it(
      'finds them by the beginning of their number, their amount and the end of their payer',
      withHarness(open, async ({ store }) => {
        const numbers = ['2026-A1', '2026-A2', '2026-A3', '2026-B1', '2026_A1'].map(number);
        for (const [n, outTradeNo] of numbers.entries()) {
          const made = order(n + 1, {
            outTradeNo,
            createdAt: later(START, n * 10),
            total: fen(n === 3 ? 500 : 880 + (n % 2)),
            payer: payer(n < 3 ? 'aB1' : 'ab1'),
          });
          await store.orders.create(made);
        }
        const [a1, a2, a3, b1, other] = numbers;
        expect(await found(store, { kind: 'prefix', prefix: '2026-A' })).toEqual([a1, a2, a3]);
        expect(await found(store, { kind: 'prefix', prefix: '2026-' })).toEqual([a1, a2, a3, b1]);
        expect(await found(store, { kind: 'prefix', prefix: '2025' })).toEqual([]);
        const amount = { kind: 'amount', total: fen(880) } as const;
        expect(await found(store, { ...amount, created: ALWAYS })).toEqual([other, a3, a1]);
        const span = { from: later(START, 20), to: later(START, 40) };
        expect(await found(store, { ...amount, created: span })).toEqual([a3]);
        expect(await found(store, { kind: 'payer', tail: 'aB1', created: ALWAYS })).toEqual([a3, a2, a1]);
        expect(await found(store, { kind: 'payer', tail: 'ab1', created: span })).toEqual([b1]);
        const size = { kind: 'size', fulfilment: null } as const;
        expect((await found(store, { ...size, first: 'largest' })).at(0)).toBe(a2);
        expect((await found(store, { ...size, first: 'largest' })).at(-1)).toBe(b1);
        expect((await found(store, { ...size, first: 'smallest' })).at(0)).toBe(b1);
        expect(new Set(await found(store, { ...size, first: 'smallest' })).size).toBe(5);
      }),
    );

    it(
      'lists those of a span from either end, and the stuck ones by amount',
      withHarness(open, async ({ store, now }) => {
        for (let n = 1; n <= 6; n += 1) {
          const made = order(n, { createdAt: later(START, n * 10), total: fen(n * 100) });
          const paid = paidBy(made, message(n), now());
          const held = {
            state: 'held',
            attempts: 0,
            heldAt: now(),
            reason: 'refund_message_open',
          } as const;
          const fulfilment = n < 4 ? held : paid.fulfilment;
          await store.orders.create({ ...made, payment: paidAt(n, now()), fulfilment });
        }
        const created = { from: later(START, 20), to: later(START, 60) };
        const list = async (first: 'newest' | 'oldest', over: object = {}) => {
          const page = { created, first, limit: 3, ...over };
          const one = await store.orders.list({ ...page, after: null });
          const rest = one.next === null ? null : await store.orders.list({ ...page, after: one.next });
          return [...one.items, ...(rest?.items ?? [])].map(({ outTradeNo }) => outTradeNo);
        };
        expect(await list('newest')).toEqual([5, 4, 3, 2].map(tradeNo));
        expect(await list('oldest')).toEqual([2, 3, 4, 5].map(tradeNo));
        expect(await list('oldest', { payment: 'paid' })).toEqual([2, 3, 4, 5].map(tradeNo));
        expect(await list('newest', { fulfilment: 'held' })).toEqual([3, 2].map(tradeNo));
        const stuck = { kind: 'size', fulfilment: 'held' } as const;
        expect(await found(store, { ...stuck, first: 'largest' })).toEqual([3, 2, 1].map(tradeNo));
        expect(await found(store, { ...stuck, first: 'smallest' })).toEqual([1, 2, 3].map(tradeNo));
      }),
    );

    it(
      'adds up what was paid, is stuck and went back in a span',
      withHarness(open, async ({ store, now }) => {
        for (let n = 1; n <= 5; n += 1) {
          const made = order(n, { total: fen(n * 100) });
          const { fulfilment } = paidBy(made, message(n), now());
          const dead = { state: 'dead', attempts: 3, deadAt: now(), reason: 'no stock' } as const;
          const paid = paidAt(n, later(START, n * 10));
          await store.orders.create({ ...made, payment: paid, fulfilment: n === 3 ? dead : fulfilment });
          const gone = refund(n, { amount: fen(n) });
          const succeeded = {
            state: 'succeeded',
            refundId: null,
            settled: null,
            succeededAt: n === 2 ? null : later(START, n * 10),
            knownAt: later(START, 45),
            knownBy: 'query',
            evidence: message(n).key,
          } as const;
          const progress = n === 5 ? gone.progress : succeeded;
          await store.refunds.create({ ...gone, outRefundNo: refundNo(n), progress });
        }
        const span = { from: later(START, 20), to: later(START, 50) };
        const query = { ...span, merchants: [MERCHANT] };
        expect(await store.orders.paidBetween(query)).toEqual({ count: 3, total: 900 });
        expect(await store.orders.paidBetween({ ...query, merchants: [] })).toEqual({ count: 0, total: 0 });
        expect(await store.orders.stuckBetween(span)).toEqual({
          held: { count: 0, total: 0 },
          dead: { count: 1, total: 300 },
        });
        expect(await store.refunds.succeededBetween(query)).toEqual({ count: 3, total: 9 });
      }),
    );
  });
}
