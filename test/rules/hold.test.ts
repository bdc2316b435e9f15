import { REFUND_FACT_STATES } from '../../lib/model/facts';
import type { OpenRefund } from '../../lib/model/message';
import type { HoldReason, Order } from '../../lib/model/order';
import type { Refund } from '../../lib/model/refund';
import {
  areRefundsCompared,
  holdAtHandOver,
  holdOfPayment,
  NOTHING_AGAINST,
  STATEMENT_HOLD_MS,
} from '../../lib/rules/hold';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import {
  doneRun,
  message,
  order,
  paidBy,
  refund,
  refundMessage,
  refundNo,
  START,
  statementRun,
  tradeNo,
} from '../store/builders';

const pending = order(1);
const { payment, fulfilment } = paidBy(pending, message(1), START);
const paid: Order = { ...pending, payment, fulfilment };

function open(told: OpenRefund['told']): OpenRefund {
  const { key } = refundMessage(1);
  return { key, outTradeNo: tradeNo(1), transactionId: null, told, receivedAt: START, diedAt: null };
}

const REASONS: Readonly<Record<OpenRefund['told'], HoldReason | null>> = {
  succeeded: 'refund_message_open',
  processing: 'refund_message_open',
  abnormal: 'refund_message_open',
  unknown: 'refund_message_open',
  unreadable: 'refund_message_unreadable',
  closed: null,
  declined: null,
};

test.each([...REFUND_FACT_STATES, 'unreadable'] as const)('an open refund message: %s', (told) => {
  const ofAnother = { ...open(told), outTradeNo: tradeNo(2) };
  expect(holdOfPayment(pending, { ...NOTHING_AGAINST, openRefunds: [open(told)] })).toBe(REASONS[told]);
  expect(holdAtHandOver(paid, { open: [open(told)], refunds: [] })).toBe(REASONS[told]);
  expect(holdAtHandOver(paid, { open: [ofAnother], refunds: [] })).toBeNull();
});

test('only a refund that reached WeChat Pay, and has its money reserved, explains the answer REFUND', () => {
  const reserved = { ...paid, refundSaidAt: START, refunds: [{ outRefundNo: refundNo(1), amount: fen(1) }] };
  const processing = { state: 'processing', refundId: null, acceptedAt: START } as const;
  const reason = (said: Order, progress: Refund['progress']): HoldReason | null =>
    holdAtHandOver(said, { open: [], refunds: [refund(1, { amount: fen(1), progress })] });
  expect(reason(reserved, processing)).toBeNull();
  const known = { reason: null, knownAt: START, evidence: message(1).key };
  expect(reason(reserved, { state: 'abnormal', knownBy: 'query', ...known })).toBeNull();
  expect(reason(reserved, { state: 'requested' })).toBe('refund_sum_unknown');
  expect(reason({ ...reserved, refunds: [] }, processing)).toBe('refund_sum_unknown');
});

test('a release covers what was known by then, and a reservation of unknown age', () => {
  const release = { at: START, who: 'ops:lin', why: 'seen' };
  const released = (over: Partial<Order>): Order => ({
    ...paid,
    ...over,
    fulfilment: {
      state: 'due',
      attempts: 0,
      dueAt: START,
      lease: null,
      lastError: null,
      hold: { reason: 'refund_message_open', heldAt: START, release },
    },
  });
  const told = (ms: number): HoldReason | null =>
    holdAtHandOver(released({}), {
      open: [{ ...open('succeeded'), receivedAt: later(START, ms) }],
      refunds: [],
    });
  expect([told(0), told(1)]).toEqual([null, 'refund_message_open']);
  const reserved = (at: number | null): HoldReason | null => {
    const reservation = { outRefundNo: refundNo(1), amount: paid.total };
    const one = at === null ? reservation : { ...reservation, at: later(START, at) };
    return holdAtHandOver(released({ refunds: [one] }), { open: [], refunds: [] });
  };
  expect([reserved(null), reserved(0), reserved(1)]).toEqual([null, null, 'refund_unfinished']);
});

test('above the configured amount, a payment waits for a query that shows it', () => {
  const reason = (verifyAbove: number, isVerified: boolean): HoldReason | null =>
    holdOfPayment(pending, { ...NOTHING_AGAINST, verifyAbove: fen(verifyAbove), isVerified });
  expect(reason(pending.total - 1, false)).toBe('verify_above');
  expect(reason(pending.total, false)).toBeNull();
  expect(reason(pending.total - 1, true)).toBeNull();
});

test('a payment of a bill waits for the refunds of that bill, and at most a day', () => {
  const waiting = statementRun(0);
  expect(STATEMENT_HOLD_MS).toBe(24 * 3_600_000);
  expect(areRefundsCompared(waiting, START, later(START, STATEMENT_HOLD_MS - 1))).toBe(false);
  expect(areRefundsCompared(waiting, START, later(START, STATEMENT_HOLD_MS))).toBe(true);
  expect(areRefundsCompared(doneRun(START), START, START)).toBe(true);
  expect(areRefundsCompared(null, START, START)).toBe(false);
});
