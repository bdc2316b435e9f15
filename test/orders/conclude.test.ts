import fc from 'fast-check';
import { keyOf } from '../../lib/model/message';
import type { NewMessage } from '../../lib/model/message';
import type { AnswerConclusion } from '../../lib/orders/conclude';
import { concludeAnswer, concludeClose } from '../../lib/orders/conclude';
import { decide } from '../../lib/rules/payment';
import type { WholeOrder } from '../../lib/model/order';
import type { Instant } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';
import type { CloseAnswer, OrderAnswer } from '../../lib/wechat/port';
import { order, paymentOf, tradeNo, transactionId } from '../store/builders';
import { cases } from '../share';

const ORDER = order(1);
const HOUR = 3_600_000;
/** Payable until its deadline · just after the deadline · an hour later · a day after creation. */
const TIMES: readonly Instant[] = [
  ORDER.expiresAt,
  later(ORDER.expiresAt, 1),
  later(ORDER.expiresAt, HOUR + 1),
  later(ORDER.createdAt, 24 * HOUR),
];

/** What a conclusion says, in a word or two. */
function said(conclusion: AnswerConclusion): string {
  switch (conclusion.kind) {
    case 'record':
      return `record ${conclusion.as} by ${conclusion.message.path}`;
    case 'close':
      return 'close';
    case 'ask_again':
      return `${conclusion.as === 'unknown' ? 'unknown, ' : ''}${conclusion.when}`;
    case 'stop':
      return `stop: ${conclusion.because}`;
  }
}

const PAID: OrderAnswer = { kind: 'paid', payment: paymentOf(1) };
const unknown = (
  reason: 'transport' | 'gateway' | 'system' | 'unreadable' | 'rate_limited' | 'missing_api_token',
) => ({ kind: 'unknown', reason, detail: '' }) as const;
const always = (what: string) => [what, what, what, what];
const SOON = ['unknown, soon', 'unknown, soon', 'unknown, soon', 'unknown, scheduled'];

test.each<[string, OrderAnswer, readonly string[]]>([
  ['paid', PAID, always('record paid by query')],
  ['closed', { kind: 'closed' }, always('record closed by query')],
  ['failed', { kind: 'failed', detail: 'PAYERROR' }, ['scheduled', 'close', 'close', 'close']],
  ['not_paid', { kind: 'not_paid' }, ['scheduled', 'close', 'close', 'close']],
  ['paying', { kind: 'paying' }, ['scheduled', 'scheduled', 'close', 'close']],
  [
    'no_such_order',
    { kind: 'no_such_order' },
    ['scheduled', 'scheduled', 'record closed by query', 'record closed by query'],
  ],
  [
    'paid_then_refunded',
    { kind: 'paid_then_refunded', transactionId: null, payment: null },
    always('scheduled'),
  ],
  [
    'paid_then_refunded with its amount',
    { kind: 'paid_then_refunded', transactionId: transactionId(1), payment: paymentOf(1) },
    always('record paid by query'),
  ],
  ['not authorised', { kind: 'refused', code: 'not_authorised', detail: '' }, always('scheduled')],
  ['bad request', { kind: 'refused', code: 'bad_request', detail: '' }, always('scheduled')],
  ['other', { kind: 'refused', code: 'other', detail: '' }, always('scheduled')],
  ['transport', unknown('transport'), SOON],
  ['gateway', unknown('gateway'), SOON],
  ['system', unknown('system'), SOON],
  ['unreadable', unknown('unreadable'), SOON],
  ['rate_limited', unknown('rate_limited'), always('stop: rate_limited')],
  ['missing_api_token', unknown('missing_api_token'), always('stop: missing_api_token')],
])('when asked, WeChat Pay answers %s', (_, answer, expected) => {
  expect(TIMES.map((now) => said(concludeAnswer(ORDER, answer, now)))).toEqual(expected);
});

test.each<[string, CloseAnswer, readonly string[]]>([
  ['closed', { kind: 'closed' }, always('record closed by close')],
  ['already_paid', { kind: 'already_paid' }, ['in_moments', 'in_moments', 'in_moments', 'scheduled']],
  [
    'no_such_order',
    { kind: 'no_such_order' },
    ['scheduled', 'scheduled', 'record closed by close', 'record closed by close'],
  ],
  ['too early', { kind: 'refused', code: 'too_early', detail: '' }, ['soon', 'soon', 'soon', 'scheduled']],
  ['not authorised', { kind: 'refused', code: 'not_authorised', detail: '' }, always('scheduled')],
  ['bad request', { kind: 'refused', code: 'bad_request', detail: '' }, always('scheduled')],
  ['other', { kind: 'refused', code: 'other', detail: '' }, always('scheduled')],
  ['transport', unknown('transport'), SOON],
  ['unreadable', unknown('unreadable'), SOON],
  ['rate_limited', unknown('rate_limited'), always('stop: rate_limited')],
  ['missing_api_token', unknown('missing_api_token'), always('stop: missing_api_token')],
])('when asked to close, WeChat Pay answers %s', (_, answer, expected) => {
  expect(TIMES.map((now) => said(concludeClose(ORDER, answer, now)))).toEqual(expected);
});

test('an order whose payment failed ends as failed once it is closed', () => {
  const late = later(ORDER.expiresAt, 1);
  const failed = concludeAnswer(ORDER, { kind: 'failed', detail: '' }, late);
  expect(failed).toEqual({ kind: 'close', as: 'failed' });
  expect(concludeAnswer(ORDER, { kind: 'not_paid' }, late)).toEqual({ kind: 'close', as: 'closed' });
});

test('a fact has the key by which every other path knows it', () => {
  const paid = concludeAnswer(ORDER, PAID, TIMES[0] ?? ORDER.createdAt);
  expect(paid).toMatchObject({
    message: { key: keyOf({ kind: 'payment', payment: paymentOf(1) }, 'platform'), outTradeNo: tradeNo(1) },
  });
});

describe('whatever WeChat Pay answers, and in whatever order', () => {
  const answers = fc.oneof(
    fc.constantFrom<OrderAnswer>(
      PAID,
      { kind: 'closed' },
      { kind: 'failed', detail: '' },
      { kind: 'not_paid' },
      { kind: 'paying' },
      { kind: 'no_such_order' },
      { kind: 'paid_then_refunded', transactionId: null, payment: null },
      { kind: 'refused', code: 'other', detail: '' },
      unknown('transport'),
      unknown('rate_limited'),
    ),
  );
  const closings = fc.constantFrom<CloseAnswer>(
    { kind: 'closed' },
    { kind: 'already_paid' },
    { kind: 'no_such_order' },
    { kind: 'refused', code: 'too_early', detail: '' },
    unknown('system'),
  );
  const questions = fc.array(
    fc.record({ after: fc.integer({ min: 1, max: HOUR }), answer: answers, closing: closings }),
    { maxLength: 15 },
  );

  test('an order ends only by WeChat Pay’s word, and stays what it became', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        let now = ORDER.createdAt;
        let current = ORDER;
        for (const { after, answer, closing } of asked) {
          now = later(now, after);
          const before = current;
          const first = concludeAnswer(current, answer, now);
          const last = first.kind === 'close' ? concludeClose(current, closing, now, first.as) : first;
          if (last.kind === 'record') current = applied(current, last.message, now);
          if (before.payment.state !== 'pending') {
            expect(current.payment).toEqual(before.payment);
          } else if (current.payment.state === 'paid') {
            expect(answer.kind).toBe('paid');
          } else if (current.payment.state !== 'pending') {
            const settled = now > later(ORDER.expiresAt, HOUR);
            const words: string[] = [answer.kind, ...(first.kind === 'close' ? [closing.kind] : [])];
            expect(words.includes('closed') || (settled && words.includes('no_such_order'))).toBe(true);
          }
        }
      }),
      { numRuns: cases({ everyTime: 300, all: 5_000 }) },
    );
  });
});

/** What the inbox makes of a fact. */
function applied(to: WholeOrder, message: NewMessage, now: Instant): WholeOrder {
  const { content, key, path, receivedAt } = message;
  if (content.kind === 'refund') throw new TypeError('no answer about an order makes a fact about a refund');
  const decision = decide(to, { content, evidence: key, path, heardAt: receivedAt }, now);
  if (decision.kind !== 'done' || decision.change === null) return to;
  const { payment, fulfilment, otherPayments } = decision.change;
  return { ...to, payment, fulfilment, otherPayments, version: to.version + 1 };
}
