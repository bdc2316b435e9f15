import type { AlarmCause } from '../model/alarm';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { Alarms } from '../store/ports/ops-port';
import type { Clock } from '../values/instant';

/** What a signed notification can show that calls for a person. */
export type OriginProblem = Extract<AlarmCause, 'unknown_key' | 'clock_skew'>;

/** Tells the watchdog what signed notifications show of keys and clocks. Nothing here rejects. */
export interface OriginSignals {
  /** A notification showed a problem; `detail` names the key or the kind of message. */
  show(problem: OriginProblem, detail: string): Promise<void>;
  /**
   * A notification with this key's signature verified. Null when there is nothing to do: unless
   * this process showed a problem.
   */
  verified(keyId: string): Promise<void> | null;
}

/** How often one problem is written again while it lasts, in ms: a signal counts for a day. */
const AGAIN_MS = 60_000;

/**
 * More keys than WeChat Pay uses at a time. Only a sender that knows the APIv3 key can add one.
 */
const MOST_SHOWN = 20;

/** The detail of a clock's problem, which no key has to itself. */
export const CLOCK_DETAIL = 'notifications';

/**
 * One alarm for each problem, however many notifications show it.
 *
 * Failure policy: fail open. A signal that cannot be stored is logged; the notification's own
 * outcome counts.
 *
 * CloudBase: 1 or 2 requests at most once a minute while a problem lasts, 1 when it ends.
 */
export function openOriginSignals(parts: {
  readonly alarms: Pick<Alarms, 'raise' | 'lower'>;
  readonly clock: Clock;
  readonly log: Log;
}): OriginSignals {
  const { alarms, clock, log } = parts;
  /** When each problem was written last, by cause and detail. */
  const shown = new Map<string, { readonly problem: OriginProblem; readonly detail: string; at: number }>();

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn('signal_not_stored', { outTradeNo: null, error: errorText(error) });
    }
  };
  const lowerOver = async (keyId: string): Promise<void> => {
    for (const [name, { problem, detail }] of shown) {
      const isOver = problem === 'clock_skew' || detail === keyId;
      if (!isOver) continue;
      shown.delete(name);
      await attempt(() => alarms.lower(problem, detail));
    }
  };
  return {
    show: (problem, detail) =>
      attempt(async () => {
        const name = `${problem} ${detail}`;
        const now = clock.now();
        const before = shown.get(name);
        if (before !== undefined && Math.abs(now - before.at) < AGAIN_MS) return;
        if (before === undefined && shown.size >= MOST_SHOWN) return;
        shown.set(name, { problem, detail, at: now });
        await alarms.raise({ cause: problem, lastSeenAt: now, detail });
      }),
    verified: (keyId) => (shown.size === 0 ? null : lowerOver(keyId)),
  };
}
