import fc from 'fast-check';
import type { Decision, Fact } from '../../lib/rules/decision';
import type { InboxKey } from '../../lib/model/message';
import { keyOf } from '../../lib/model/message';
import type { OrderContent } from '../../lib/rules/payment';
import { decide } from '../../lib/rules/payment';
import type { WholeOrder } from '../../lib/model/order';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import { MERCHANT, order, paymentOf, START, tradeNo, transactionId } from '../store/builders';
import { cases } from '../share';

const NOW = later(START, 1_000);

function fact(content: OrderContent): Fact<OrderContent> {
  return { content, evidence: keyOf(content, 'platform'), path: 'callback', heardAt: START };
}
const payment = (transaction: number, total = 101): OrderContent => ({
  kind: 'payment',
  payment: paymentOf(1, { transactionId: transactionId(transaction), total: fen(total) }),
});
const closure = (as: 'closed' | 'failed'): OrderContent => ({
  kind: 'closure',
  outTradeNo: tradeNo(1),
  subMchId: MERCHANT,
  as,
});

/** Applies a decision the way a store does. */
function applied(to: WholeOrder, decision: Decision): WholeOrder {
  if (decision.kind !== 'done' || decision.change === null) return to;
  const { payment: paid, fulfilment, otherPayments, entry, expectedVersion } = decision.change;
  expect(expectedVersion).toBe(to.version);
  return {
    ...to,
    payment: paid,
    fulfilment,
    otherPayments,
    version: to.version + 1,
    history: [...to.history, entry],
  };
}
const after = (contents: readonly OrderContent[]): WholeOrder =>
  contents.reduce((current, content) => applied(current, decide(current, fact(content), NOW)), order(1));

describe('what a fact means for an order', () => {
  const paid = after([payment(1)]);
  const closed = after([closure('closed')]);
  const failed = after([closure('failed')]);

  test.each<[string, WholeOrder | null, OrderContent, string]>([
    ['a payment, no order', null, payment(1), 'wait'],
    ['a payment, pending', order(1), payment(1), 'applied'],
    ['the same payment, paid', paid, payment(1), 'repeat'],
    ['another payment, paid', paid, payment(2), 'applied'],
    ['a payment, closed', closed, payment(1), 'applied'],
    ['a payment, failed', failed, payment(1), 'applied'],
    ['a wrong amount, pending', order(1), payment(1, 100), 'mismatch'],
    ['a wrong amount, paid by it', paid, payment(1, 100), 'mismatch'],
    ['a wrong amount, closed', closed, payment(1, 100), 'mismatch'],
    ['a closure, no order', null, closure('closed'), 'wait'],
    ['a closure, pending', order(1), closure('closed'), 'applied'],
    ['a closure, paid', paid, closure('closed'), 'superseded'],
    ['a closure, closed', closed, closure('closed'), 'repeat'],
    ['a failure, closed', closed, closure('failed'), 'repeat'],
    [
      'something unusable',
      null,
      {
        kind: 'unusable',
        reason: 'missing_fields',
        problems: ['totalFee: missing'],
        outTradeNo: null,
        digest: 'd',
      },
      'unusable_notification',
    ],
  ])('%s', (_, current, content, expected) => {
    const decision = decide(current, fact(content), NOW);
    const said =
      decision.kind === 'done'
        ? decision.outcome
        : decision.kind === 'dead'
          ? decision.reason
          : decision.kind;
    expect(said).toBe(expected);
  });

  test('the change that makes an order paid makes its fulfilment due', () => {
    expect(paid.payment.state).toBe('paid');
    expect(paid.fulfilment).toEqual({ state: 'due', attempts: 0, dueAt: NOW, lease: null, lastError: null });
  });

  test('money after closing is noted and opens paid_after_close, again and again until the store has it', () => {
    const first = decide(closed, fact(payment(1)), NOW);
    const again = decide(applied(closed, first), fact(payment(1)), NOW);
    for (const decision of [first, again]) {
      expect(decision.kind === 'done' && decision.discrepancies.map((one) => one.class)).toEqual([
        'paid_after_close',
      ]);
    }
    expect(applied(closed, first).otherPayments).toHaveLength(1);
    expect(again).toMatchObject({ outcome: 'repeat', change: null });
  });

  test('a payment whose order never came is named missing_order, a closure is not', () => {
    const inTheEnd = (content: OrderContent) => {
      const decision = decide(null, fact(content), NOW);
      return decision.kind === 'wait' ? decision.inTheEnd.discrepancies.map((one) => one.class) : null;
    };
    expect(inTheEnd(payment(1))).toEqual(['missing_order']);
    expect(inTheEnd(closure('closed'))).toEqual([]);
  });
});

describe('in any order of any facts', () => {
  const facts = fc.array(
    fc.oneof(
      fc
        .record({ transaction: fc.integer({ min: 1, max: 3 }), total: fc.constantFrom(101, 101, 101, 100) })
        .map((one) => payment(one.transaction, one.total)),
      fc.constantFrom(closure('closed'), closure('failed')),
    ),
    { maxLength: 12 },
  );

  test('an order is paid at most once, deciding twice changes nothing, and no money vanishes', () => {
    fc.assert(
      fc.property(facts, (contents) => {
        let current = order(1);
        const named = new Set<InboxKey>();
        for (const content of contents) {
          const about = fact(content);
          const decision = decide(current, about, NOW);
          const next = applied(current, decision);
          if (decision.kind !== 'wait' && decision.discrepancies.length > 0) named.add(about.evidence);
          if (current.payment.state !== 'pending') expect(next.payment).toEqual(current.payment);
          const second = decide(next, about, NOW);
          if (decision.kind === 'done') expect(second).toMatchObject({ kind: 'done', change: null });
          if (content.kind === 'payment') {
            const counted =
              next.payment.state === 'paid' && next.payment.transactionId === content.payment.transactionId;
            const noted = next.otherPayments.some(
              (one) => one.transactionId === content.payment.transactionId,
            );
            expect(counted || noted || named.has(about.evidence)).toBe(true);
          }
          current = next;
        }
        expect(current.history.filter((entry) => entry.event === 'paid').length).toBeLessThanOrEqual(1);
        expect(current.fulfilment.state).toBe(current.payment.state === 'paid' ? 'due' : 'none');
      }),
      { numRuns: cases({ everyTime: 150, all: 5_000 }) },
    );
  });
});
