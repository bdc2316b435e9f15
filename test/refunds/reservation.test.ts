import {
  hasSucceeded,
  leftOf,
  plainPayment,
  refundableOf,
  reserve,
} from '../../lib/rules/refunds/reservation';
import { fen } from '../../lib/values/fen';
import {
  order,
  paidAt,
  refund,
  refundMessage,
  refundNo,
  START,
  succeededAt,
  transactionId,
} from '../store/builders';

const TOTAL = order(1).total;
const twice = order(1, {
  payment: paidAt(1, START),
  otherPayments: [
    {
      transactionId: paidAt(2, START).transactionId,
      total: TOTAL,
      paidAt: START,
      as: 'duplicate_payment',
      evidence: paidAt(2, START).evidence,
    },
  ],
});

describe('money set aside for a refund', () => {
  test('is never more than one payment, although two were made: one refund gives back one payment', () => {
    expect(leftOf(twice)).toBe(TOTAL * 2);
    expect(reserve(twice, refundNo(1), fen(TOTAL + 1))).toEqual({
      kind: 'refused',
      why: 'more_than_the_payment',
    });
    expect(reserve(twice, refundNo(1), TOTAL)).toMatchObject({ kind: 'reserved' });
  });

  test('is never more than is left of what was paid', () => {
    const paid = order(1, {
      payment: paidAt(1, START),
      refunds: [{ outRefundNo: refundNo(1), amount: fen(1) }],
    });
    expect(reserve(paid, refundNo(2), TOTAL)).toEqual({ kind: 'refused', why: 'more_than_left' });
    expect(reserve(order(2), refundNo(2), fen(1))).toEqual({ kind: 'refused', why: 'nothing_paid' });
  });

  test('is of no payment that the order does not have', () => {
    expect(reserve(twice, refundNo(1), fen(1), transactionId(9))).toEqual({
      kind: 'refused',
      why: 'no_such_payment',
    });
  });

  test('without a named payment is of the one that paid the order, else of the only one', () => {
    const [beside] = twice.otherPayments;
    const late = beside === undefined ? [] : [beside, { ...beside, transactionId: transactionId(3) }];
    const unpaid = (count: number) => order(1, { otherPayments: late.slice(0, count) });
    expect(plainPayment(twice)).toMatchObject({ transactionId: transactionId(1) });
    expect(plainPayment(unpaid(1))).toMatchObject({ transactionId: transactionId(2) });
    expect(plainPayment(unpaid(2))).toBeNull();
    expect([twice, unpaid(1), unpaid(2)].map(refundableOf)).toEqual([TOTAL, TOTAL, 0]);
  });
});

test('a reservation has succeeded when its own refund has, and by no other', () => {
  const [mine, other] = [refund(1), refund(2, { progress: succeededAt(START, refundMessage(2)) })];
  const reservation = { outRefundNo: mine.outRefundNo, amount: mine.amount };
  expect(hasSucceeded(reservation, [mine, other])).toBe(false);
  const ended = { ...mine, progress: succeededAt(START, refundMessage(1)) };
  expect(hasSucceeded(reservation, [ended])).toBe(true);
});
