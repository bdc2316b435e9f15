import type { Span } from './spans';
import { SPAN_KINDS } from './spans';

/**
 * Spans as an `ExportTraceServiceRequest` of OTLP 1 in its JSON encoding: ids in hex, times as
 * decimal text in nanoseconds.
 */
export function otlpJson(serviceName: string, spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': serviceName }) },
        scopeSpans: [{ scope: { name: 'wxpay-inbox' }, spans: spans.map(otlpSpan) }],
      },
    ],
  });
}

function otlpSpan({ parentSpanId, kind, startedAt, endedAt, links, isFailed, ...span }: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name: span.name,
    kind: SPAN_KINDS[kind],
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(endedAt),
    attributes: attributes(span.attributes),
    ...(links.length === 0 ? {} : { links }),
    // 2: error. Without a status it is unset, which is no verdict.
    ...(isFailed ? { status: { code: 2 } } : {}),
  };
}

function attributes(named: Span['attributes']): readonly object[] {
  return Object.entries(named).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}

/** Whole nanoseconds do not fit a Number. */
function nanoseconds(ms: number): string {
  return `${String(Math.max(0, Math.round(ms)))}000000`;
}
