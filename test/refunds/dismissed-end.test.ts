import type { Content } from '../../lib/model/message';
import type { RefundDetails } from '../../lib/model/facts';
import type { RefundProgress } from '../../lib/model/refund';
import { outlivesDismissal } from '../../lib/rules/refunds/dismissed-end';
import { fen } from '../../lib/values/fen';
import {
  OTHER_MERCHANT,
  paidAt,
  refund,
  refundMessage,
  refundOf,
  START,
  succeededAt,
  tradeNo,
  transactionId,
} from '../store/builders';

const OURS = refund(1);
const PAID = { payment: paidAt(1, START), otherPayments: [] };

const stating = (over: Partial<RefundDetails> = {}): Content => ({
  kind: 'refund',
  refund: refundOf(1, { state: 'succeeded', ...over }),
});

const isOurs = (over: Partial<RefundDetails>, of = OURS): boolean =>
  outlivesDismissal(stating(over), of, PAID);

test('an end of our refund that WeChat Pay states again is decided again', () => {
  expect(isOurs({})).toBe(true);
});

test.each<[string, Partial<RefundDetails>]>([
  ['its total', { total: null }],
  ['its order', { outTradeNo: null }],
  ['its merchant', { subMchId: null }],
  ['its payment', { transactionId: null }],
])('so is one that leaves out %s', (_, over) => {
  expect(isOurs(over)).toBe(true);
});

test.each<[string, Partial<RefundDetails>]>([
  ['another amount', { refund: fen(1) }],
  ['no amount', { refund: null }],
  ['another total', { total: fen(1) }],
  ['another order', { outTradeNo: tradeNo(2) }],
  ['another merchant', { subMchId: OTHER_MERCHANT }],
  ['another payment', { transactionId: transactionId(2) }],
])('one that states %s would go dead again, and stays dismissed', (_, over) => {
  expect(isOurs(over)).toBe(false);
});

test('a refund asked for one payment is of that one, whatever its order was paid by besides', () => {
  const ofSecond = refund(1, { transactionId: transactionId(2) });
  expect(isOurs({ transactionId: transactionId(2) }, ofSecond)).toBe(true);
  expect(isOurs({ transactionId: transactionId(1) }, ofSecond)).toBe(false);
});

test('where no order or no payment is known, any payment may be the refund’s', () => {
  const foreign = stating({ transactionId: transactionId(9) });
  expect(outlivesDismissal(foreign, OURS, undefined)).toBe(true);
  expect(outlivesDismissal(foreign, OURS, { payment: { state: 'pending' }, otherPayments: [] })).toBe(true);
});

test('nothing is decided again of a refund that is not on our books, or of another kind of fact', () => {
  expect(outlivesDismissal(stating(), undefined, PAID)).toBe(false);
  expect(outlivesDismissal({ kind: 'other', eventType: 'COUPON.USE', digest: '' }, OURS, PAID)).toBe(false);
});

const PROGRESS: readonly RefundProgress[] = [{ state: 'requested' }, succeededAt(START, refundMessage(1))];

test.each(PROGRESS)(
  'that it succeeded or is abnormal counts while ours is unfinished: $state',
  (progress) => {
    const of = refund(1, { progress });
    const isUnfinished = progress.state === 'requested';
    expect(isOurs({ state: 'succeeded' }, of)).toBe(isUnfinished);
    expect(isOurs({ state: 'abnormal' }, of)).toBe(isUnfinished);
  },
);

test.each(['closed', 'declined', 'processing', 'unknown'] as const)(
  'an end that is %s stays dismissed',
  (state) => {
    expect(isOurs({ state })).toBe(false);
  },
);
