import type { ClaimedMessage, Content, NewMessage, Source } from '../model/message';
import { merchantOf } from '../model/message';
import type { Order } from '../model/order';
import type { FulfilmentFinish } from '../store/fulfilment-finish';
import type { Settlement } from '../store/port';
import type { Instant } from '../values/instant';
import type { SpanId, TraceId } from './context';
import {
  arrivalSpan,
  fulfilSpan,
  momentSpan,
  paidSpan,
  traceOfPayment,
  traceOfRefund,
  traceOfRepair,
} from './context';

/** `SpanKind` of OpenTelemetry, as far as it is used. */
export const SPAN_KINDS = { internal: 1, server: 2, consumer: 5 } as const;

/** A span of another trace. */
export interface SpanLink {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
}

/** One span, as OpenTelemetry has it. */
export interface Span {
  readonly traceId: TraceId;
  /** The trace that decides whether the span is sent: its payment's where that is known. */
  readonly sampledBy: TraceId;
  readonly spanId: SpanId;
  /** Null: it is the first of its trace, or belongs to what another trace began. */
  readonly parentSpanId: SpanId | null;
  readonly name: string;
  readonly kind: keyof typeof SPAN_KINDS;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** Never a payer, a raw notification, or the text of an error. */
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly links: readonly SpanLink[];
  readonly isFailed: boolean;
}

/** How a message came, by its first source, in the name of a span. */
const CAME_BY: Readonly<Record<Source, string>> = {
  callback: 'callback',
  query: 'query',
  close: 'close',
  refund: 'refund request',
  statement: 'statement repair',
  import: 'import',
};

/**
 * The span of a callback that recorded a message. None for one that is not verified, which anybody
 * may have sent, and for one that names no order. A repeat has a span of its own below the
 * first. Pure.
 */
export function spansOfRecorded(
  message: NewMessage,
  result: 'stored' | 'repeat' | 'failed',
  now: Instant,
): readonly Span[] {
  const place = placeOf(message.content, message);
  if (place === null || message.trust !== 'platform') return [];
  const arrival = arrivalSpan(place.arrival.traceId, message.key);
  const isFirst = result === 'stored';
  const { traceId } = place.arrival;
  const spanId = isFirst ? arrival : momentSpan(traceId, result, message.key, message.receivedAt);
  return [
    {
      ...place.arrival,
      spanId,
      parentSpanId: isFirst ? null : arrival,
      name: `${CAME_BY[message.path]}: ${message.content.kind}`,
      kind: 'server',
      startedAt: message.receivedAt,
      endedAt: notBefore(message.receivedAt, now),
      attributes: { ...attributesOf(message), 'wxpay.outcome': result },
      isFailed: result === 'failed',
    },
  ];
}

/**
 * The spans of a settled message: what was decided and, where no callback has reported it, how the
 * message came. None for one that waits, of which there may be hundreds, and none for an unverified
 * one unless WeChat Pay confirmed it. Pure.
 *
 * `isReported`: callbacks report verified notifications themselves.
 */
export function spansOfSettled(
  message: ClaimedMessage,
  { finish, change }: Settlement,
  {
    begunAt,
    now,
    isReported,
  }: {
    readonly begunAt: Instant;
    readonly now: Instant;
    readonly isReported: boolean;
  },
): readonly Span[] {
  const { key, content, trust, receivedAt, replays } = message;
  const path = message.confirmedBy[0] ?? 'callback';
  const place = placeOf(content, { ...message, path });
  if (place === null || finish.kind === 'wait' || finish.kind === 'return') return [];
  const isConfirmed = finish.kind === 'done' && finish.outcome === 'confirmed_by_query';
  if (trust === 'unverified' && !isConfirmed) return [];
  const arrival = { traceId: place.arrival.traceId, spanId: arrivalSpan(place.arrival.traceId, key) };
  const isSameTrace = arrival.traceId === place.settled.traceId;
  const { traceId } = place.settled;
  const isPaid = change?.payment.state === 'paid' && change.payment.evidence === key;
  const applied: Span = {
    ...place.settled,
    spanId: isPaid ? paidSpan(traceId) : momentSpan(traceId, 'settled', key, now),
    parentSpanId: isSameTrace ? arrival.spanId : null,
    name: `apply: ${content.kind}`,
    kind: 'consumer',
    startedAt: begunAt,
    endedAt: notBefore(begunAt, now),
    attributes: { ...attributesOf({ ...message, path }), ...outcomeOf(finish) },
    links: isSameTrace ? place.settled.links : [...place.settled.links, arrival],
    isFailed: finish.kind === 'dead',
  };
  const hasArrived = isReported && path === 'callback' && trust === 'platform';
  // A message that is tried again, or replayed, came only once.
  if (hasArrived || finish.kind === 'retry' || replays > 0) return [applied];
  const came: Span = {
    ...place.arrival,
    spanId: arrival.spanId,
    parentSpanId: null,
    name: `${CAME_BY[path]}: ${content.kind}`,
    kind: path === 'callback' ? 'server' : 'internal',
    startedAt: receivedAt,
    endedAt: receivedAt,
    attributes: attributesOf({ ...message, path }),
    isFailed: false,
  };
  return [came, applied];
}

/** The span of a claimed order; none where nothing was begun. Pure. */
export function spansOfFulfilled(
  order: Order,
  finish: FulfilmentFinish,
  begunAt: Instant,
  now: Instant,
): readonly Span[] {
  if (finish.kind === 'return') return [];
  const { outTradeNo, subMchId, fulfilment } = order;
  const traceId = traceOfPayment(subMchId, outTradeNo);
  return [
    {
      traceId,
      sampledBy: traceId,
      spanId: fulfilSpan(traceId, order),
      parentSpanId: paidSpan(traceId),
      name: 'fulfil',
      kind: 'internal',
      startedAt: begunAt,
      endedAt: notBefore(begunAt, now),
      attributes: {
        'wxpay.out_trade_no': outTradeNo,
        'wxpay.merchant': subMchId,
        'wxpay.attempt': fulfilment.state === 'due' ? fulfilment.attempts : 0,
        'wxpay.outcome': finish.kind,
        ...(finish.kind === 'hold' ? { 'wxpay.reason': finish.reason } : {}),
      },
      links: [],
      isFailed: finish.kind === 'retry' || finish.kind === 'dead',
    },
  ];
}

/** In which trace a message came, and in which one it was applied. */
interface Place {
  readonly arrival: Pick<Span, 'traceId' | 'sampledBy' | 'links'>;
  readonly settled: Pick<Span, 'traceId' | 'sampledBy' | 'links'>;
}

type Named = Pick<NewMessage, 'key' | 'outTradeNo' | 'path'>;

/**
 * A refund has a trace of its own, which links to its payment. So has the repair by which a bill
 * brought a payment in; what followed from it belongs to the payment. Null where a message names no
 * merchant or no order.
 */
function placeOf(content: Content, { key, outTradeNo, path }: Named): Place | null {
  const merchant = merchantOf(content);
  if (merchant === null) return null;
  const payment = outTradeNo === null ? null : traceOfPayment(merchant, outTradeNo);
  const links = payment === null ? [] : [{ traceId: payment, spanId: paidSpan(payment) }];
  if (content.kind === 'refund') {
    const traceId = traceOfRefund(merchant, content.refund.outRefundNo);
    const own = { traceId, sampledBy: payment ?? traceId, links };
    return { arrival: own, settled: own };
  }
  if (payment === null) return null;
  const settled = { traceId: payment, sampledBy: payment, links: [] };
  return path === 'statement'
    ? { arrival: { traceId: traceOfRepair(merchant, key), sampledBy: payment, links }, settled }
    : { arrival: settled, settled };
}

function attributesOf({
  key,
  outTradeNo,
  content,
  trust,
  path,
}: Named & Pick<NewMessage, 'content' | 'trust'>): Readonly<Record<string, string>> {
  const merchant = merchantOf(content);
  return {
    ...(outTradeNo === null ? {} : { 'wxpay.out_trade_no': outTradeNo }),
    ...(merchant === null ? {} : { 'wxpay.merchant': merchant }),
    'wxpay.message_key': key,
    'wxpay.path': path,
    'wxpay.trust': trust,
  };
}

function outcomeOf(finish: Exclude<Settlement['finish'], { readonly kind: 'wait' | 'return' }>) {
  switch (finish.kind) {
    case 'done':
      return { 'wxpay.outcome': finish.outcome };
    case 'dead':
      return { 'wxpay.outcome': 'dead', 'wxpay.reason': finish.reason };
    case 'retry':
      return { 'wxpay.outcome': 'retry' };
  }
}

/** Hosts' clocks differ, and one may be set back: no span ends before it starts. */
function notBefore(start: Instant, end: Instant): Instant {
  return end < start ? start : end;
}
