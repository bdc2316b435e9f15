import { isRecord } from '../../values/json';
import type { WorkerStart } from '../ports';

/** Who started a run of a worker, by its event. */
export type Started =
  | { readonly by: Exclude<WorkerStart, 'helper'> }
  /** `forMs`: how long the run that started it goes on. */
  | { readonly by: 'helper'; readonly forMs: number };

/** The field of a helper's event. */
const HELPER = 'wxpayInboxHelper';

/** What the platform adds to an event that a person starts without one. */
const PLATFORM_FIELDS: ReadonlySet<string> = new Set(['userInfo', 'tcbContext']);

/** The event that starts a helper. */
export function helperEvent(forMs: number): Readonly<Record<string, unknown>> {
  return { [HELPER]: { forMs: Math.floor(forMs) } };
}

/**
 * Reads who started a run. Neither the mark nor the event of the database trigger is documented in
 * full, and whether it has a token for calling WeChat Pay is unknown; so where there is a trigger,
 * whatever is not a timer's event, a helper's or empty counts as its own. Where there is none, it
 * is a person's: the cloud console suggests an event with fields for a test.
 *
 * Failure policy: fail closed. A triggered run processes what is believed, and does not call WeChat
 * Pay.
 */
export function startedBy(event: unknown, hasDatabaseTrigger: boolean): Started {
  if (!isRecord(event)) return { by: 'by_hand' };
  if (event['Type'] === 'Timer') return { by: 'timer' };
  const helper = event[HELPER];
  if (isRecord(helper)) {
    const { forMs } = helper;
    return { by: 'helper', forMs: typeof forMs === 'number' && Number.isFinite(forMs) ? forMs : 0 };
  }
  const isEmpty = Object.keys(event).every((name) => PLATFORM_FIELDS.has(name));
  return { by: isEmpty || !hasDatabaseTrigger ? 'by_hand' : 'database' };
}
