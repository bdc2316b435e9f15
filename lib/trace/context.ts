import { createHash } from 'node:crypto';
import type { InboxKey } from '../model/message';
import type { Order } from '../model/order';
import type { OutRefundNo, OutTradeNo, SubMchId } from '../values/ids';

/*
 * The identities of traces and spans. Each follows from what is stored, so that whatever works on a
 * payment later, in any process, finds its trace without a note from the one before.
 */

/** Identifies a trace: 32 hex digits. */
export type TraceId = string;

/** Identifies a span within its trace: 16 hex digits. */
export type SpanId = string;

/** The trace of a payment. Order numbers are unique per merchant only. */
export function traceOfPayment(merchant: SubMchId, outTradeNo: OutTradeNo): TraceId {
  return digest(['payment', merchant, outTradeNo], 32);
}

/** The trace of a refund. Refund numbers are unique per merchant only. */
export function traceOfRefund(merchant: SubMchId, outRefundNo: OutRefundNo): TraceId {
  return digest(['refund', merchant, outRefundNo], 32);
}

/** The trace of a payment that a bill showed: of the repair, not of what followed from it. */
export function traceOfRepair(merchant: SubMchId, key: InboxKey): TraceId {
  return digest(['repair', merchant, key], 32);
}

/** The span in which a message first arrived. */
export function arrivalSpan(trace: TraceId, key: InboxKey): SpanId {
  return digest([trace, 'arrival', key], 16);
}

/** The span that made the order paid: there is one at most, however often the fact is heard. */
export function paidSpan(trace: TraceId): SpanId {
  return digest([trace, 'paid'], 16);
}

/** The span of one claim of an order that is to be fulfilled. */
export function fulfilSpan(trace: TraceId, { fulfilment }: Order): SpanId {
  const claim = fulfilment.state === 'due' ? (fulfilment.lease?.token ?? String(fulfilment.attempts)) : '';
  return digest([trace, 'fulfil', claim], 16);
}

/** The span of anything else that happens at most once in a millisecond. */
export function momentSpan(trace: TraceId, what: string, key: InboxKey, atMs: number): SpanId {
  return digest([trace, what, key, String(atMs)], 16);
}

/** Whether this share of all traces, 0 to 1, has the trace: the same answer in every process. */
export function isSampled(trace: TraceId, share: number): boolean {
  return Number.parseInt(trace.slice(-8), 16) < share * 0x1_0000_0000;
}

/** A `traceparent` of W3C Trace Context, version 00. */
export function traceparent(trace: TraceId, span: SpanId, sampled: boolean): string {
  return `00-${trace}-${span}-${sampled ? '01' : '00'}`;
}

/** No part contains a line break, so no two lists have the same text. */
function digest(parts: readonly string[], length: number): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, length);
}
