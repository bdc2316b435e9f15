import type { Config } from '../../lib/config/config-schema';
import type { Inbox } from '../../lib/store/port';
import type { OpenTrace, TraceHost } from '../../lib/trace/open';
import type { Trace } from '../../lib/trace/port';
import { systemTimers } from '../../lib/runtime/timers';

/** How long a server that stops waits for its last spans to be sent, in ms. */
export const LAST_FLUSH_MS = 2_000;

/**
 * Traces for these settings; null where none are configured, and then their code is not loaded
 * either. Makes no request.
 */
export async function openTracing(
  { tracing }: Pick<Config, 'tracing'>,
  host: Omit<TraceHost, 'runtime' | 'timers'>,
): Promise<OpenTrace | null> {
  if (tracing === null) return null;
  const { openTrace } = await import('../../lib/trace/open');
  return openTrace(tracing, { ...host, timers: systemTimers, runtime: 'server' });
}

/** The same `record`, which also tells what it did; without a trace, `record` itself. */
export function tracedRecord(
  record: Inbox['record'],
  trace: Pick<Trace, 'recorded'> | undefined,
): Inbox['record'] {
  if (trace === undefined) return record;
  return async (message) => {
    try {
      const recorded = await record(message);
      trace.recorded(message, recorded);
      return recorded;
    } catch (error) {
      trace.recorded(message, 'failed');
      throw error;
    }
  };
}
