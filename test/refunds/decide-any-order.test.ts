import fc from 'fast-check';
import type { RefundFact } from '../../lib/rules/decision';
import { keyOf } from '../../lib/model/message';
import { decideRefund } from '../../lib/rules/refunds/refund';
import { paidFor } from '../../lib/rules/refunds/reservation';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import type { RefundDetails } from '../../lib/model/facts';
import { order, paidAt, refund, refundNo, refundOf, START, tradeNo } from '../store/builders';
import type { Books } from './decisions';
import { applied, classes, said } from './decisions';
import { cases } from '../share';

const NOW = later(START, 1_000);

describe('in any order of any facts, told again and again, with crashes in between', () => {
  const AMOUNTS = [fen(40), fen(61), fen(30), fen(101)];
  const states = fc.constantFrom<RefundDetails['state']>(
    'succeeded',
    'processing',
    'closed',
    'abnormal',
    'declined',
    'unknown',
  );
  /**
   * Refunds 1 and 2 are requested here and take all the money; 3 and 4 come from the merchant
   * platform.
   */
  const events = fc.array(
    fc.record({
      n: fc.constantFrom(1, 2, 3, 4),
      state: states,
      crash: fc.boolean(),
      vague: fc.boolean(),
      wrong: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
    }),
    { maxLength: 25 },
  );
  const start = (): Books => ({
    order: order(1, {
      payment: paidAt(1, START),
      refunds: [1, 2].map((n) => ({ outRefundNo: refundNo(n), amount: AMOUNTS[n - 1] ?? fen(0) })),
    }),
    refunds: new Map(
      [1, 2].map((n) => [
        refundNo(n),
        refund(n, { outTradeNo: tradeNo(1), total: fen(101), amount: AMOUNTS[n - 1] ?? fen(0) }),
      ]),
    ),
  });

  test('the sum never exceeds what was paid, every open refund has its money, succeeded is final, nothing is applied twice', () => {
    fc.assert(
      fc.property(events, (list) => {
        let books = start();
        for (const { n, state, crash, vague, wrong } of list) {
          const amount = wrong ? fen(7) : (AMOUNTS[n - 1] ?? fen(0));
          const content = {
            kind: 'refund' as const,
            refund: refundOf(n, {
              outTradeNo: tradeNo(1),
              state,
              total: vague ? null : fen(101),
              refund: vague && n <= 2 && !wrong ? null : amount,
            }),
          };
          const fact: RefundFact = {
            content,
            evidence: keyOf(content, 'platform'),
            path: 'callback',
            heardAt: START,
          };
          const decide = (on: Books) =>
            decideRefund(on.order, on.refunds.get(refundNo(n)) ?? null, fact, NOW);
          const before = books;
          const decision = decide(books);
          // A crash after the order's write: the message is due again, and the second decision
          // finishes the first.
          const broken = crash ? applied(books, decision, 'order') : books;
          const onceMore = decide(broken);
          books = applied(broken, onceMore);
          expect(said(onceMore)).toBe(said(decision));
          expect(books).toEqual({ ...applied(before, decision), order: books.order });

          const again = decide(books);
          expect(again.kind === 'done' ? [again.change, again.refund] : [null, null]).toEqual([null, null]);
          if (decision.kind === 'done' && onceMore.kind === 'done' && decision.refund !== null) {
            expect(
              classes(again)
                .filter((one) => one !== 'refund_state_mismatch')
                .sort(),
            ).toEqual(
              classes(decision)
                .filter((one) => one !== 'refund_state_mismatch')
                .sort(),
            );
          }

          const reserved = books.order.refunds.reduce((sum, one) => sum + one.amount, 0);
          expect(reserved).toBeLessThanOrEqual(paidFor(books.order));
          const open = [...books.refunds.values()].filter((one) => one.progress.state !== 'closed');
          expect(
            books.order.refunds.map(({ outRefundNo, amount }) => ({ outRefundNo, amount })).sort(byNumber),
          ).toEqual(open.map(({ outRefundNo, amount: of }) => ({ outRefundNo, amount: of })).sort(byNumber));
          for (const [number, one] of before.refunds) {
            if (one.progress.state === 'succeeded') expect(books.refunds.get(number)).toEqual(one);
          }
        }
      }),
      { numRuns: cases({ everyTime: 200, all: 5_000 }) },
    );
  });
});

function byNumber(one: { readonly outRefundNo: string }, other: { readonly outRefundNo: string }): number {
  return one.outRefundNo < other.outRefundNo ? -1 : 1;
}
