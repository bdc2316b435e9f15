import { systemClock } from '../../runtime/system-clock';
import { systemTimers } from '../../runtime/timers';
import type { OpenTrace } from '../../trace/open';
import { openTrace } from '../../trace/open';
import type { Trace } from '../../trace/port';
import { builtConfig } from './built-config';
import { functionLog } from './function-log';
import { leftByRuns } from './between-runs';

/** How long a worker's end may wait for the collector, in ms: within the margin of every run. */
const FLUSH_MS = 800;

let opened: OpenTrace | null = null;

/**
 * Traces for the functions and workers of this process. A worker sends them at its end; a function
 * that somebody waits for sends what its calls left while it does the next one. Call it when the
 * first event is there. Makes no request.
 */
export function openTraceOfRuns(): { readonly trace?: Trace } {
  if (builtConfig.tracing === null) return {};
  if (opened === null) {
    const trace = openTrace(builtConfig.tracing, {
      env: process.env,
      clock: systemClock,
      timers: systemTimers,
      log: functionLog,
      // A function has no metrics of its own; what is dropped is logged.
      count: () => undefined,
      runtime: 'function',
    });
    leftByRuns(() => trace.flush(FLUSH_MS));
    opened = trace;
  }
  return { trace: opened };
}
