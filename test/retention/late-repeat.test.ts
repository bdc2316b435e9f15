import fc from 'fast-check';
import type { Decision, Fact, RefundFact } from '../../lib/rules/decision';
import { keyOf } from '../../lib/model/message';
import type { OrderContent } from '../../lib/rules/payment';
import { decide } from '../../lib/rules/payment';
import type { LateMoneyPolicy } from '../../lib/model/order';
import { decideRefund } from '../../lib/rules/refunds/refund';
import { refundNoOfLateMoney } from '../../lib/rules/refunds/reservation';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import type { RefundDetails } from '../../lib/model/facts';
import type { Books } from '../refunds/decisions';
import { applied, said } from '../refunds/decisions';
import { MERCHANT, order, paymentOf, refundOf, START, tradeNo, transactionId } from '../store/builders';
import { cases } from '../share';

/*
 * Once the messages of an order are deleted, only the order and its refunds remember. So every
 * earlier fact, in any order, repeated as a new message after all the rest, must change nothing and
 * open no discrepancy. (`noted` messages decided nothing when they arrived: they gave the state of
 * an unknown refund. Repeated, they are WeChat Pay's word of that day.)
 */

const STORIES = cases({ everyTime: 500, all: 10_000 });
const THEN = later(START, 1_000);
const LONG_AFTER = later(START, 40 * 86_400_000);

type Told = OrderContent | Extract<RefundFact['content'], { kind: 'refund' }>;

const payment = (n: number, total: number): Told => ({
  kind: 'payment',
  payment: paymentOf(1, { transactionId: transactionId(n), total: fen(total) }),
});
const closure = (as: 'closed' | 'failed'): Told => ({
  kind: 'closure',
  outTradeNo: tradeNo(1),
  subMchId: MERCHANT,
  as,
});
const refunded = (n: number, state: RefundDetails['state'], amount: number): Told => ({
  kind: 'refund',
  refund: refundOf(n, { outTradeNo: tradeNo(1), state, total: fen(101), refund: fen(amount) }),
});

const anything = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(101, 101, 100))
      .map(([n, total]) => payment(n, total)),
  },
  { weight: 2, arbitrary: fc.constantFrom(closure('closed'), closure('failed')) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom<RefundDetails['state']>('succeeded', 'processing', 'closed', 'abnormal', 'unknown'),
        fc.constantFrom(40, 61, 101),
      )
      .map(([n, state, amount]) => refunded(n, state, amount)),
  },
);

function decided(books: Books, content: Told, policy: LateMoneyPolicy, now: typeof THEN): Decision {
  const told = { evidence: keyOf(content, 'platform'), path: 'callback', heardAt: now } as const;
  if (content.kind === 'refund') {
    const refund = books.refunds.get(content.refund.outRefundNo) ?? null;
    return decideRefund(books.order, refund, { content, ...told }, now);
  }
  const fact: Fact<OrderContent> = { content, ...told };
  const refund =
    content.kind === 'payment'
      ? (books.refunds.get(refundNoOfLateMoney(content.payment.outTradeNo, content.payment.transactionId)) ??
        null)
      : null;
  return decide(books.order, fact, now, { policy, refund });
}

const namedBy = (decision: Decision): readonly string[] =>
  (decision.kind === 'wait' ? decision.inTheEnd : decision).discrepancies.map(({ id }) => id);

/**
 * What a repeat contradicts: one that does not give the state of a refund is WeChat Pay's word of
 * that day, too, and if the refund was closed before, it may be a payout after all.
 */
function contradictionOf(books: Books, content: Told): readonly string[] {
  if (content.kind !== 'refund' || content.refund.state !== 'unknown') return [];
  const refund = books.refunds.get(content.refund.outRefundNo);
  if (refund?.progress.state !== 'closed') return [];
  return [`refund_state_mismatch:${refund.outTradeNo}:${refund.outRefundNo}`];
}

test('what is told again after its message was removed changes nothing, under any policy for late money', () => {
  let repeated = 0;
  fc.assert(
    fc.property(
      fc.array(anything, { minLength: 1, maxLength: 14 }),
      fc.constantFrom<LateMoneyPolicy>('hold', 'fulfil', 'refund'),
      (story, policy) => {
        let books: Books = { order: order(1), refunds: new Map() };
        const done: Told[] = [];
        const named = new Set<string>();
        for (const content of story) {
          const decision = decided(books, content, policy, THEN);
          books = applied(books, decision);
          namedBy(decision).forEach((id) => named.add(id));
          if (decision.kind === 'done' && decision.outcome !== 'noted') done.push(content);
        }
        for (const content of done) {
          const again = decided(books, content, policy, LONG_AFTER);
          const changes = again.kind === 'done' ? [again.change, again.refund] : [null, null];
          expect({ said: said(again), changes }).toEqual({ said: said(again), changes: [null, null] });
          expect(namedBy(again).filter((id) => !named.has(id))).toEqual(
            contradictionOf(books, content).filter((id) => !named.has(id)),
          );
          repeated += 1;
        }
      },
    ),
    { numRuns: STORIES },
  );
  expect(repeated).toBeGreaterThan(STORIES);
});
