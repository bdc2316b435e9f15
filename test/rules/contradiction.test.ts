import type { Content } from '../../lib/model/message';
import type { PaymentDetails, RefundDetails } from '../../lib/model/facts';
import { contradicts } from '../../lib/rules/contradiction';
import { fen } from '../../lib/values/fen';
import { isPayerId } from '../../lib/values/ids';
import {
  guarded,
  OTHER_MERCHANT,
  paymentOf,
  refundOf,
  START,
  tradeNo,
  transactionId,
} from '../store/builders';

const payment = (over: Partial<PaymentDetails> = {}): Content => ({
  kind: 'payment',
  payment: paymentOf(1, over),
});
const refund = (over: Partial<RefundDetails> = {}): Content => ({
  kind: 'refund',
  refund: refundOf(1, over),
});

/** Holds in both directions: neither content is the better one. */
const bothWays = (one: Content, other: Content) => [contradicts(one, other), contradicts(other, one)];

test.each([
  ['another amount', payment(), payment({ total: fen(1) })],
  ['another currency', payment(), payment({ currency: 'USD' })],
  ['another merchant', payment(), payment({ subMchId: OTHER_MERCHANT })],
  ['another payer', payment(), payment({ payer: guarded(isPayerId, 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6x') })],
  ['another sum refunded', refund(), refund({ refund: fen(1) })],
  ['another total', refund(), refund({ total: fen(1) })],
  ['another order', refund(), refund({ outTradeNo: tradeNo(2) })],
  ['another transaction', refund(), refund({ transactionId: transactionId(2) })],
  ['another merchant of a refund', refund(), refund({ subMchId: OTHER_MERCHANT })],
])('contents of one fact contradict each other: %s', (_, one, other) => {
  expect(bothWays(one, other)).toEqual([true, true]);
});

test.each([
  ['the same payment', payment(), payment()],
  ['a payer that one of them lacks', payment(), payment({ payer: null })],
  ['what says nothing about the money', payment(), payment({ bankType: 'CMB_DEBIT', attach: 'a' })],
  ['the same refund', refund(), refund()],
  ['fields that one of them lacks', refund(), refund({ total: null, transactionId: null, outTradeNo: null })],
  ['the end of a refund', refund(), refund({ state: 'closed', succeededAt: null })],
  ['facts of two kinds', payment(), refund()],
])('contents do not contradict each other: %s', (_, one, other) => {
  expect(bothWays(one, other)).toEqual([false, false]);
});

test('a payment whose time alone differs is the same payment', () => {
  expect(bothWays(payment(), payment({ paidAt: START }))).toEqual([false, false]);
});
