import type { Config } from '../config/config-schema';
import { errorText } from '../runtime/error-text';
import { postJson } from '../runtime/http-post';
import { fulfilSpan, isSampled, traceOfPayment, traceparent } from './context';
import type { Exporter, ExporterDeps } from './exporter';
import { openExporter } from './exporter';
import type { Trace } from './port';
import type { Span } from './spans';
import { spansOfFulfilled, spansOfRecorded, spansOfSettled } from './spans';

/** How this runtime traces. */
export interface TraceHost extends Omit<ExporterDeps, 'post'> {
  /** The environment variables of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * `server`: callbacks report their notifications, and spans are sent every few seconds.
   * `function`: a callback sends nothing, so that no ack waits; the run that applies the message
   * reports how it came, and spans are sent during runs.
   */
  readonly runtime: 'server' | 'function';
}

/** A trace, and the way to send what it holds. */
export interface OpenTrace extends Trace, Pick<Exporter, 'flush'> {}

/**
 * The variable with the headers for the collector, such as a key: `name=value,name=value`, values
 * percent-encoded, as OpenTelemetry specifies it.
 */
const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';

/** Opens traces for these settings. Makes no request. */
export function openTrace(settings: NonNullable<Config['tracing']>, host: TraceHost): OpenTrace {
  const { clock, log } = host;
  const { url, serviceName, share } = settings;
  const collector = { url: new URL(url), serviceName, headers: headersIn(host.env[HEADERS] ?? '') };
  const isServer = host.runtime === 'server';
  const exporter = openExporter(collector, { ...host, post: postJson }, isServer);
  const isSent = ({ sampledBy }: Span): boolean => isSampled(sampledBy, share);
  // Failure policy: fail open. A span that cannot be made must not fail the work.
  const report = (spans: () => readonly Span[]): void => {
    try {
      exporter.add(spans().filter(isSent));
    } catch (error) {
      host.count('dropped', 1);
      log.warn('spans_dropped', { outTradeNo: null, spans: 1, reason: errorText(error) });
    }
  };
  return {
    recorded(message, result) {
      report(() => spansOfRecorded(message, result, clock.now()));
    },
    settled(message, settlement, begunAt) {
      report(() => spansOfSettled(message, settlement, { begunAt, now: clock.now(), isReported: isServer }));
    },
    fulfilled(order, finish, begunAt) {
      report(() => spansOfFulfilled(order, finish, begunAt, clock.now()));
    },
    contextOf(order) {
      const trace = traceOfPayment(order.subMchId, order.outTradeNo);
      return traceparent(trace, fulfilSpan(trace, order), isSampled(trace, share));
    },
    flush: (withinMs) => exporter.flush(withinMs),
  };
}

/** What is not readable is left out: a collector that needs it answers with a refusal. */
function headersIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const [, name, value] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=(.*)$/s.exec(pair) ?? [];
      const plain = value === undefined ? null : decoded(value.trim());
      return name === undefined || plain === null ? [] : [[name.toLowerCase(), plain]];
    }),
  );
}

/** A header's value; null where it is not percent-encoded properly, or no header can have it. */
function decoded(value: string): string | null {
  try {
    const plain = decodeURIComponent(value);
    return /^[\t\x20-\x7e]*$/.test(plain) ? plain : null;
  } catch {
    return null;
  }
}
