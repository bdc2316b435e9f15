import type { Approval } from '../../lib/model/operators/approval';
import type { Person } from '../../lib/model/operators/principal';
import {
  bulkNeedsSecondPerson,
  INTERRUPTED_MS,
  refundNeedsSecondPerson,
  whyNotApprovable,
  whyNotDeclinable,
} from '../../lib/rules/second-person';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import { isOutRefundNo } from '../../lib/values/ids';
import { guarded, START } from '../store/builders';

const HAN: Person = { name: 'han', role: 'act' };
const LI: Person = { name: 'li', role: 'act' };

function asked(over: Partial<Approval> = {}): Approval {
  return {
    id: 'request-1',
    version: 1,
    action: 'refund_order',
    items: [],
    amount: fen(600),
    reason: null,
    asker: LI,
    askedAt: START,
    expiresAt: later(START, 1_000_000),
    decision: null,
    outcome: null,
    ...over,
  };
}

test('what was refunded of an order before counts towards the amount', () => {
  const outRefundNo = guarded(isOutRefundNo, 'refund-1');
  const order = { refunds: [{ outRefundNo, amount: fen(400), at: START }] };
  expect(refundNeedsSecondPerson(fen(1000), order, fen(600))).toBe(false);
  expect(refundNeedsSecondPerson(fen(1000), order, fen(601))).toBe(true);
  expect(refundNeedsSecondPerson(null, order, fen(99_999))).toBe(false);
  expect([
    bulkNeedsSecondPerson(5, 5),
    bulkNeedsSecondPerson(5, 6),
    bulkNeedsSecondPerson(null, 999),
  ]).toEqual([false, true, false]);
});

test('another person decides, once, in time, and within their own limit', () => {
  const at = later(START, 10);
  const decision = { who: 'mei', reason: null, at };
  expect(whyNotApprovable(asked(), HAN, LI, at)).toBeNull();
  expect(whyNotApprovable(asked(), LI, LI, at)).toBe('SAME_PERSON');
  expect(whyNotApprovable(asked(), HAN, LI, later(START, 1_000_000))).toBe('EXPIRED');
  expect(whyNotApprovable(asked({ decision: { ...decision, kind: 'declined' } }), HAN, LI, at)).toBe(
    'DECLINED',
  );
  expect(whyNotDeclinable(asked(), at)).toBeNull();
  expect(whyNotDeclinable(asked({ decision: { ...decision, kind: 'approved' } }), at)).toBe('APPROVED');
  const low = { ...HAN, refundLimits: { single: fen(599), day: null } };
  expect(whyNotApprovable(asked(), low, LI, at)).toBe('OVER_OWN_LIMIT');
  expect(whyNotApprovable(asked(), HAN, null, at)).toBe('ASKER_NOT_PERMITTED');
});

test('an approval that broke off can be taken up again, one that ended cannot', () => {
  const decision = { kind: 'approved', who: 'mei', reason: null, at: START } as const;
  const soon = later(START, INTERRUPTED_MS - 1);
  const late = later(START, INTERRUPTED_MS);
  expect(whyNotApprovable(asked({ decision }), HAN, LI, soon)).toBe('APPROVED');
  expect(whyNotApprovable(asked({ decision }), HAN, LI, late)).toBeNull();
  expect(whyNotApprovable(asked({ decision, outcome: [] }), HAN, LI, late)).toBe('APPROVED');
});

test('an approval that broke off ends: by being declined, or when its request has expired for long enough', () => {
  const decision = { kind: 'approved', who: 'mei', reason: null, at: START } as const;
  expect(whyNotDeclinable(asked({ decision }), later(START, INTERRUPTED_MS - 1))).toBe('APPROVED');
  expect(whyNotDeclinable(asked({ decision }), later(START, INTERRUPTED_MS))).toBeNull();
  expect(whyNotDeclinable(asked({ decision, outcome: [] }), later(START, INTERRUPTED_MS))).toBe('APPROVED');
  const hour = later(START, 3_600_000);
  expect(whyNotApprovable(asked({ decision }), HAN, LI, later(hour, -1))).toBeNull();
  expect(whyNotApprovable(asked({ decision }), HAN, LI, hour)).toBe('EXPIRED');
  const open = asked({ decision, expiresAt: later(hour, 2) });
  expect(whyNotApprovable(open, HAN, LI, later(hour, 1))).toBeNull();
});
