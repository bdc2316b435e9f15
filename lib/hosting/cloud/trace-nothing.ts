import type { Trace } from '../../trace/port';

/** No traces are configured. */
export function openTraceOfRuns(): { readonly trace?: Trace } {
  return {};
}
