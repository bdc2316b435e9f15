import { planAcceptance, type OperatorsWord } from '../../lib/rules/acceptance';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import { message, order, OTHER_MERCHANT, paidAt, paymentOf, START } from '../store/builders';

const EVIDENCE = message(1).key;
const LOW = paymentOf(1, { total: fen(1) });
const OPEN = order(1);
const word = (who: string, minutes = 0): OperatorsWord => ({
  who,
  reason: 'the price was wrong',
  at: later(START, minutes * 60_000),
});
const planned = (by: OperatorsWord, standing = OPEN, above = fen(50)) =>
  planAcceptance(standing, LOW, EVIDENCE, by, above);

/** The order once this person has proposed to accept its payment. */
function proposedBy(who: string) {
  const plan = planned(word(who));
  if (plan.kind !== 'note') throw new Error(plan.kind);
  expect(plan.acceptance).toMatchObject({ state: 'proposed', who });
  return { ...OPEN, otherPayments: plan.otherPayments };
}

describe('accepting a payment above the amount that one person may decide', () => {
  test('takes another person than the one who proposed it', () => {
    const standing = proposedBy('li');
    expect(planned(word('li', 1), standing)).toEqual({ kind: 'refused', why: 'same_person' });
    expect(planned(word('han', 1), standing)).toMatchObject({
      kind: 'note',
      acceptance: { state: 'accepted', who: 'li', approver: 'han', at: word('han', 1).at },
    });
  });

  test('is decided once: a third word changes nothing', () => {
    const plan = planned(word('han'), proposedBy('li'));
    if (plan.kind !== 'note') throw new Error(plan.kind);
    expect(planned(word('wu'), { ...OPEN, otherPayments: plan.otherPayments })).toEqual({ kind: 'standing' });
  });
});

test('a payment up to that amount is accepted by one person; the larger of payment and order counts', () => {
  expect(planned(word('li'), OPEN, OPEN.total)).toMatchObject({
    kind: 'note',
    acceptance: { state: 'accepted', approver: null },
  });
  expect(planned(word('li'), OPEN, fen(OPEN.total - 1))).toMatchObject({ acceptance: { state: 'proposed' } });
  expect(planAcceptance(OPEN, LOW, EVIDENCE, word('li'), null)).toMatchObject({
    acceptance: { state: 'accepted' },
  });
});

test.each([
  ['order_paid', order(1, { payment: paidAt(1, START) }), LOW],
  ['other_merchant', OPEN, paymentOf(1, { subMchId: OTHER_MERCHANT })],
  ['other_currency', OPEN, paymentOf(1, { currency: 'USD' })],
] as const)('is refused: %s', (why, standing, payment) => {
  expect(planAcceptance(standing, payment, EVIDENCE, word('li'), null)).toEqual({ kind: 'refused', why });
});
