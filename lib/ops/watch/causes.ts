import { quietDelayMs } from '../../config/quiet-hours';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { AlarmCause, AlarmLevel, Signal, SIGNALLED_CAUSES } from '../../model/alarm';
import { lateStatementMs } from './late-statements';
import type { Observation } from './observe';
import type { WatchSettings } from './settings';

/**
 * A signal not repeated for this long, in ms, no longer counts: nothing ran that could have seen
 * it.
 */
export const SIGNAL_KEPT_MS = 86_400_000;

/** The value of each cause in its unit; null when unknown. */
export type CauseValues = Readonly<Record<AlarmCause, number | null>>;

/** The current value of each cause. Pure. */
export function causeValues(seen: Observation, settings: WatchSettings): CauseValues {
  const { now, late, statements } = seen;
  return {
    oldest_due_message: known(seen.backlog, ({ oldestDueAt }) =>
      oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt - quietDelayMs(settings.quiet, now)),
    ),
    backlog: known(seen.backlog, ({ pending }) => pending),
    dead_letters: seen.dead,
    suspect_messages: known(seen.backlog, ({ alone }) => alone),
    unknown_payments: known(late, ({ unknown }) => unknown),
    silent_callbacks: known(seen.heard, ({ all, withoutCallback }) =>
      withoutCallback < settings.silentAtLeast ? 0 : Math.round((100 * withoutCallback) / all),
    ),
    missing_statement: known(statements, (these) => lateStatementMs(these, settings, now)),
    open_discrepancies: seen.openDiscrepancies,
    failing_fulfilment: known(late, ({ unfulfilled }) =>
      known(seen.unfulfillable, (unfulfillable) => unfulfilled + unfulfillable),
    ),
    abnormal_refunds: seen.abnormalRefunds,
    overdue_refunds: seen.overdueRefunds,
    paused_work: seen.paused,
    missing_api_token: missingTokens(seen),
    unknown_key: signalled(seen, 'unknown_key'),
    clock_skew: signalled(seen, 'clock_skew'),
  };
}

function known<Part, Value>(part: Part | null, value: (part: Part) => Value): Value | null {
  return part === null ? null : value(part);
}

/** A statement run that waits for a token shows that itself, for as long as it waits. */
function missingTokens(seen: Observation): number | null {
  const { statements } = seen;
  const isWaiting = statements?.runs.some(
    ({ work }) => work.state === 'waiting' && work.reason === 'missing_api_token',
  );
  if (isWaiting === true) return 1;
  return statements === null ? null : signalled(seen, 'missing_api_token');
}

function signalled({ signals, now }: Observation, cause: (typeof SIGNALLED_CAUSES)[number]): number | null {
  if (signals === null) return null;
  return signals.some((signal) => signal.cause === cause && isFresh(signal, now)) ? 1 : 0;
}

/** False for a signal that was not repeated for a day. */
export function isFresh({ lastSeenAt }: Signal, now: Instant): boolean {
  return later(lastSeenAt, SIGNAL_KEPT_MS) > now;
}

/** The levels in percent of a threshold, highest first. */
const LEVELS = [100, 90, 70, 50] as const satisfies readonly AlarmLevel[];

/** The level a value reaches; 0 for a cause that is not watched. Pure. */
export function levelOf(value: number, threshold: number | null): AlarmLevel {
  if (threshold === null) return 0;
  return LEVELS.find((level) => value * 100 >= threshold * level) ?? 0;
}
