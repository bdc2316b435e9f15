import { contentOf, keptText, openEnvelope, readResource } from '../../lib/inbox/v3/v3-envelope';
import { ENVELOPE_TEXT } from '../../lib/model/envelope';
import { PAYMENT, REFUND } from '../server/door/v3-notifications';

/* What an API v3 notification states: its envelope, and its resource once that is decrypted. */

const text = (resource: object): string => JSON.stringify(resource);

test.each(['', 'null', '[]', '7', '"text"', '{'])('%s is no envelope', (body) => {
  expect(openEnvelope(body)).toBeNull();
});

test('an envelope gives its texts, and null for each that is none', () => {
  const whole = { id: 'EV-1', create_time: '2026-03-01T12:00:01+08:00', event_type: 'REFUND.SUCCESS' };
  expect(openEnvelope(text({ ...whole, resource: { a: 1 } }))).toEqual({
    id: 'EV-1',
    createTime: whole.create_time,
    eventType: 'REFUND.SUCCESS',
    resource: { a: 1 },
    isUnambiguous: true,
  });
  const odd = openEnvelope(text({ id: 7, create_time: null, event_type: ['TRANSACTION.SUCCESS'] }));
  expect(odd).toMatchObject({ id: null, createTime: null, eventType: null });
});

test('a text in an envelope is cut to what is kept of it', () => {
  const long = 'E'.repeat(ENVELOPE_TEXT + 1);
  expect(openEnvelope(text({ id: long }))?.id).toBe(long.slice(0, ENVELOPE_TEXT));
});

test('an envelope that names a field twice says nothing reliable', () => {
  expect(openEnvelope('{"id":"EV-1","id":"EV-2"}')).toMatchObject({ isUnambiguous: false });
});

test.each<[string | null, object, string]>([
  ['TRANSACTION.SUCCESS', PAYMENT, 'payment'],
  ['REFUND.SUCCESS', REFUND, 'refund'],
  ['REFUND.ABNORMAL', REFUND, 'refund'],
  ['REFUND.CLOSED', REFUND, 'refund'],
  ['COUPON.USE', PAYMENT, 'other'],
  ['XREFUND.SUCCESS', REFUND, 'other'],
  ['REFUND.SUCCESS.', REFUND, 'other'],
  [null, PAYMENT, 'payment'],
  [null, REFUND, 'refund'],
])('the event %s tells what the resource is: number %#', (event, resource, kind) => {
  expect(contentOf(event, resource, text(resource)).kind).toBe(kind);
});

test('an event of another product keeps its name and a digest of its text', () => {
  const [one, other] = ['{"a":1}', '{"a":2}'].map((body) => contentOf('COUPON.USE', {}, body));
  expect(one).toMatchObject({ kind: 'other', eventType: 'COUPON.USE' });
  expect(one).not.toEqual(other);
});

test('a payment that did not succeed is no payment, whatever the event says', () => {
  for (const state of ['NOTPAY', 'CLOSED', 'REFUND', null, 1]) {
    const content = contentOf('TRANSACTION.SUCCESS', { ...PAYMENT, trade_state: state }, '');
    expect(content).toMatchObject({
      kind: 'unusable',
      reason: 'not_a_success',
      outTradeNo: PAYMENT.out_trade_no,
    });
  }
  const numberless = { trade_state: 'NOTPAY', out_trade_no: 7 };
  expect(contentOf('TRANSACTION.SUCCESS', numberless, '')).toMatchObject({ outTradeNo: null });
});

test.each([null, 7, 'text', [], undefined])('a resource of %s is no payment and no refund', (resource) => {
  for (const event of ['TRANSACTION.SUCCESS', 'REFUND.SUCCESS', null]) {
    expect(contentOf(event, resource, '')).toMatchObject({ kind: 'unusable', outTradeNo: null });
  }
});

test('a payment without a state is one: the event is its state', () => {
  const { trade_state: _, ...payment } = PAYMENT;
  expect(contentOf('TRANSACTION.SUCCESS', payment, '')).toMatchObject({ kind: 'payment' });
});

test('a refund without a state or an amount is a refund; without a number it is about one', () => {
  const { refund_status: _, amount: __, ...silent } = REFUND;
  expect(contentOf('REFUND.SUCCESS', silent, '')).toMatchObject({
    kind: 'refund',
    refund: { state: 'unknown', outTradeNo: REFUND.out_trade_no },
  });
  const { out_refund_no: ___, ...numberless } = REFUND;
  expect(contentOf('REFUND.SUCCESS', numberless, '')).toMatchObject({
    kind: 'unusable',
    about: 'refund',
    outTradeNo: REFUND.out_trade_no,
  });
});

test.each<[string, string | null, string, boolean]>([
  ['a payment in yuan', 'TRANSACTION.SUCCESS', text(PAYMENT), true],
  [
    'a payment in another currency',
    'TRANSACTION.SUCCESS',
    text({ ...PAYMENT, amount: { ...PAYMENT.amount, currency: 'USD' } }),
    false,
  ],
  ['a payment whose sum is unreadable', 'TRANSACTION.SUCCESS', text({ ...PAYMENT, amount: 'all' }), false],
  [
    'a payment with two sums',
    'TRANSACTION.SUCCESS',
    text(PAYMENT).replace('"amount"', '"amount":{"total":1},"amount"'),
    false,
  ],
  ['a refund', 'REFUND.SUCCESS', text(REFUND), true],
  ['a refund without a number', 'REFUND.SUCCESS', text({ ...REFUND, out_refund_no: null }), true],
  ['another event', 'COUPON.USE', '{"coupon":1}', true],
  ['another event that is no JSON', 'COUPON.USE', 'nothing', false],
])('%s is plain to read or not: %#', (_, event, body, isPlain) => {
  expect(readResource(event, body).isPlain).toBe(isPlain);
});

test.each([
  ['nothing', false],
  ['7', true],
  ['{"a":1,"a":2}', true],
])('a resource of %s is JSON: %s', (body, isJson) => {
  expect(readResource('COUPON.USE', body).isJson).toBe(isJson);
});

test('what is kept holds the resource in place of its ciphertext, and is JSON whatever it was', () => {
  const envelope = { id: 'EV-1', createTime: null, eventType: 'REFUND.SUCCESS' };
  const around = { id: 'EV-1', create_time: null, event_type: 'REFUND.SUCCESS' };
  expect(JSON.parse(keptText(envelope, '{"a":"}"}', true))).toEqual({ ...around, resource: { a: '}' } });
  expect(JSON.parse(keptText(envelope, 'no "JSON"', false))).toEqual({ ...around, resource: 'no "JSON"' });
});
