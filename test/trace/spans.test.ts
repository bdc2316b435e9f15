import type { ClaimedMessage, NewMessage } from '../../lib/model/message';
import { keyOf } from '../../lib/model/message';
import { leaseToken } from '../../lib/model/lease';
import { isSampled, paidSpan, traceOfPayment, traceOfRefund, traceOfRepair } from '../../lib/trace/context';
import { otlpJson } from '../../lib/trace/otlp';
import type { Span } from '../../lib/trace/spans';
import { spansOfFulfilled, spansOfRecorded, spansOfSettled } from '../../lib/trace/spans';
import { instant, later } from '../../lib/values/instant';
import {
  MERCHANT,
  message,
  order,
  OTHER_MERCHANT,
  paidBy,
  PAYER,
  refundMessage,
  refundNo,
  settlement,
  START,
  tradeNo,
} from '../store/builders';

const PAYMENT = traceOfPayment(MERCHANT, tradeNo(1));

function claimed(of: NewMessage, over: Partial<ClaimedMessage> = {}): ClaimedMessage {
  const { key, content, outTradeNo, trust, path, receivedAt } = of;
  const fresh = { attempts: 0, claims: 1, replays: 0 };
  return { key, content, outTradeNo, trust, confirmedBy: [path], receivedAt, ...fresh, ...over };
}

/** What is reported when the message makes its order paid, or does what `over` says. */
function settled(
  of: NewMessage,
  over: Partial<ReturnType<typeof settlement>> = {},
  { isReported = false, ...more }: Partial<ClaimedMessage> & { readonly isReported?: boolean } = {},
): readonly Span[] {
  const change = of.content.kind === 'payment' ? paidBy(order(1), of, START) : null;
  const written = { ...settlement(of), change, ...over };
  const times = { begunAt: later(START, 1_000), now: later(START, 1_002), isReported };
  return spansOfSettled(claimed(of, more), written, times);
}

const ids = (spans: readonly Span[]) =>
  spans.map(({ traceId, spanId, parentSpanId }) => [traceId, spanId, parentSpanId]);

describe('the spans of a payment', () => {
  const paid = message(1);

  it('form one trace from callback to fulfilment, whichever process reports each', () => {
    const [callback] = spansOfRecorded(paid, 'stored', later(START, 3));
    const [apply] = settled(paid, {}, { isReported: true });
    const lease = { token: leaseToken('token-of-a-claim'), until: later(START, 30_000) };
    const due = { state: 'due', attempts: 1, dueAt: START, lease, lastError: null } as const;
    const [fulfil] = spansOfFulfilled(
      order(1, { fulfilment: due }),
      { kind: 'done', receipt: null },
      START,
      START,
    );
    expect([callback?.name, apply?.name, fulfil?.name]).toEqual([
      'callback: payment',
      'apply: payment',
      'fulfil',
    ]);
    expect([callback?.traceId, apply?.traceId, fulfil?.traceId]).toEqual([PAYMENT, PAYMENT, PAYMENT]);
    expect(callback?.parentSpanId).toBeNull();
    expect(apply?.parentSpanId).toBe(callback?.spanId);
    expect(fulfil?.parentSpanId).toBe(apply?.spanId);
    expect(apply?.spanId).toBe(paidSpan(PAYMENT));
    expect(apply?.attributes).toEqual({
      'wxpay.out_trade_no': tradeNo(1),
      'wxpay.merchant': MERCHANT,
      'wxpay.message_key': paid.key,
      'wxpay.path': 'callback',
      'wxpay.trust': 'platform',
      'wxpay.outcome': 'applied',
    });
  });

  it('are the same where a callback of a cloud function leaves its span to the run', () => {
    const [callback] = spansOfRecorded(paid, 'stored', START);
    const [came, apply] = settled(paid);
    expect(ids([came, apply].flatMap((one) => one ?? []))).toEqual([
      [PAYMENT, callback?.spanId, null],
      [PAYMENT, paidSpan(PAYMENT), callback?.spanId],
    ]);
    expect(came).toMatchObject({ name: 'callback: payment', startedAt: paid.receivedAt });
  });

  it('say that a payment came by a query, and that a callback repeated it later', () => {
    expect(settled({ ...paid, path: 'query' }).map(({ name }) => name)).toEqual([
      'query: payment',
      'apply: payment',
    ]);
    const [first] = spansOfRecorded(paid, 'stored', START);
    const [again] = spansOfRecorded(paid, 'repeat', START);
    expect(again?.parentSpanId).toBe(first?.spanId);
    expect(again?.spanId).not.toBe(first?.spanId);
    expect(again?.attributes['wxpay.outcome']).toBe('repeat');
  });

  it('are reported once, however often the message is tried or replayed, and not while it waits', () => {
    const retry = { change: null, finish: { kind: 'retry', dueAt: START, error: 'no' } } as const;
    expect(settled(paid, retry)).toMatchObject([{ name: 'apply: payment' }]);
    expect(settled(paid, {}, { replays: 1 })).toMatchObject([{ name: 'apply: payment' }]);
    expect(settled(paid, { change: null, finish: { kind: 'wait', dueAt: START, error: 'no' } })).toEqual([]);
    const dead = { kind: 'dead', reason: 'mismatch', error: `payer ${PAYER}` } as const;
    const [, failed] = settled(paid, { change: null, finish: dead });
    expect(failed).toMatchObject({ isFailed: true, attributes: { 'wxpay.reason': 'mismatch' } });
  });

  it('tell nothing that a stranger made up, and what WeChat Pay confirmed', () => {
    const { content } = paid;
    const unverified: NewMessage = { ...paid, trust: 'unverified', key: keyOf(content, 'unverified') };
    expect(spansOfRecorded(unverified, 'stored', START)).toEqual([]);
    const dead = { kind: 'dead', reason: 'not_confirmed_by_query', error: null } as const;
    expect(settled(unverified, { change: null, finish: { ...dead, error: 'no' } })).toEqual([]);
    const confirmed = { change: null, finish: { kind: 'done', outcome: 'confirmed_by_query' } } as const;
    expect(settled(unverified, confirmed, { isReported: true }).map(({ name }) => name)).toEqual([
      'callback: payment',
      'apply: payment',
    ]);
  });

  it('never name the payer, and never end before they start', () => {
    const early = instant(START - 10_000);
    const spans = [...spansOfRecorded(paid, 'stored', early), ...settled(paid), ...settled(refundMessage(1))];
    expect(JSON.stringify(spans)).not.toContain(PAYER);
    expect(spans.every(({ startedAt, endedAt }) => startedAt <= endedAt)).toBe(true);
  });
});

test('a refund has a trace of its own that links to its payment', () => {
  const refund = refundMessage(1);
  const [came, apply] = settled(refund);
  const trace = traceOfRefund(MERCHANT, refundNo(1));
  expect([came?.traceId, apply?.traceId]).toEqual([trace, trace]);
  expect(apply?.links).toEqual([{ traceId: PAYMENT, spanId: paidSpan(PAYMENT) }]);
  expect(apply?.sampledBy).toBe(PAYMENT);
});

test('a repair by a statement run links to the payment, and the payment to the repair', () => {
  const stated: NewMessage = { ...message(1), path: 'statement' };
  const [repair, apply] = settled(stated);
  const trace = traceOfRepair(MERCHANT, stated.key);
  expect(repair).toMatchObject({
    traceId: trace,
    name: 'statement repair: payment',
    links: [{ traceId: PAYMENT, spanId: paidSpan(PAYMENT) }],
  });
  expect(apply).toMatchObject({
    traceId: PAYMENT,
    spanId: paidSpan(PAYMENT),
    parentSpanId: null,
    links: [{ traceId: trace, spanId: repair?.spanId }],
  });
  expect([repair?.sampledBy, apply?.sampledBy]).toEqual([PAYMENT, PAYMENT]);
});

test('two merchants with one order number have two traces, and a share of traces is always the same one', () => {
  expect(traceOfPayment(OTHER_MERCHANT, tradeNo(1))).not.toBe(PAYMENT);
  expect(PAYMENT).toMatch(/^[0-9a-f]{32}$/);
  const traces = Array.from({ length: 400 }, (_, n) => traceOfPayment(MERCHANT, tradeNo(n)));
  const sampled = traces.filter((trace) => isSampled(trace, 0.25)).length;
  expect(sampled).toBeGreaterThan(60);
  expect(sampled).toBeLessThan(140);
  expect(traces.filter((trace) => isSampled(trace, 1))).toHaveLength(400);
  expect(traces.filter((trace) => isSampled(trace, 0))).toEqual([]);
});

test('spans are written as OpenTelemetry’s own serializer writes them', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const link = { traceId: '1af7651916cd43dd8448eb211c80319c', spanId: 'c7ad6b7169203331' };
  const spans: readonly Span[] = [
    {
      traceId,
      sampledBy: traceId,
      spanId: 'b7ad6b7169203331',
      parentSpanId: null,
      name: 'callback: payment',
      kind: 'server',
      startedAt: instant(1_772_330_400_123),
      endedAt: instant(1_772_330_400_126),
      attributes: { 'wxpay.out_trade_no': 'A1' },
      links: [],
      isFailed: false,
    },
    {
      traceId,
      sampledBy: traceId,
      spanId: 'b7ad6b7169203332',
      parentSpanId: 'b7ad6b7169203331',
      name: 'apply: refund',
      kind: 'consumer',
      startedAt: instant(1_772_330_401_000),
      endedAt: instant(1_772_330_401_000),
      attributes: { 'wxpay.attempt': 2 },
      links: [link],
      isFailed: true,
    },
  ];
  // Recorded from @opentelemetry/otlp-transformer 0.223, without its empty fields; a 64-bit integer
  // may be text as well.
  expect(JSON.parse(otlpJson('shop', spans))).toEqual({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeSpans: [
          {
            scope: { name: 'wxpay-inbox' },
            spans: [
              {
                traceId,
                spanId: 'b7ad6b7169203331',
                name: 'callback: payment',
                kind: 2,
                startTimeUnixNano: '1772330400123000000',
                endTimeUnixNano: '1772330400126000000',
                attributes: [{ key: 'wxpay.out_trade_no', value: { stringValue: 'A1' } }],
              },
              {
                traceId,
                spanId: 'b7ad6b7169203332',
                parentSpanId: 'b7ad6b7169203331',
                name: 'apply: refund',
                kind: 5,
                startTimeUnixNano: '1772330401000000000',
                endTimeUnixNano: '1772330401000000000',
                attributes: [{ key: 'wxpay.attempt', value: { intValue: '2' } }],
                links: [link],
                status: { code: 2 },
              },
            ],
          },
        ],
      },
    ],
  });
});
