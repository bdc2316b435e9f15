import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import { stopwatch } from '../runtime/stopwatch';
import type { Inbox } from '../store/port';
import type { Clock } from '../values/instant';

/**
 * The largest unverified notification that is stored, in bytes of JSON. WeChat Pay's own are below
 * 2,000 characters.
 */
export const MAX_UNVERIFIED_BYTES = 8 * 1024;

/**
 * How often the number of unverified messages is read from the store at most, in ms; in between it
 * is counted here.
 */
const REFRESH_MS = 10_000;

/** What the quota of unverified messages needs. */
export interface QuotaDeps {
  readonly countUnverified: Inbox['countUnverified'];
  readonly clock: Clock;
  readonly log: Log;
  /** The space for all of them. Each counts as the largest size allowed. */
  readonly megabytes: number;
}

/** Whether one more unverified message may be stored. Never rejects. */
export type AdmitUnverified = () => Promise<boolean>;

/**
 * Limits how many unverified messages are stored, so that strangers cannot fill the disk. It never
 * applies to believed messages.
 *
 * Each process counts for itself, so together they may exceed the quota slightly in the 10 s
 * between two reads.
 *
 * Failure policy: fail open. When the store cannot count, the message is admitted, and storing it
 * shows whether the store works.
 */
export function quotaOfUnverified({ countUnverified, clock, log, megabytes }: QuotaDeps): AdmitUnverified {
  const most = Math.floor((megabytes * 1024 * 1024) / MAX_UNVERIFIED_BYTES);
  const elapsed = stopwatch(clock);
  let kept = 0;
  let freshUntil = 0;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    try {
      kept = await countUnverified();
      freshUntil = elapsed() + REFRESH_MS;
    } catch (error) {
      log.warn('unverified_not_counted', { outTradeNo: null, error: errorText(error) });
    } finally {
      looking = null;
    }
  }

  return async () => {
    if (elapsed() >= freshUntil) await (looking ??= look());
    if (kept >= most) return false;
    kept += 1;
    return true;
  };
}
