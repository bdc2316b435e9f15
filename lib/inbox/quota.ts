import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import { stopwatch } from '../runtime/stopwatch';
import type { Inbox } from '../store/port';
import type { Clock } from '../values/instant';

/** The largest unverified notification that is kept, in bytes of JSON. WeChat Pay's own are below 2,000 characters. */
export const MAX_UNVERIFIED_BYTES = 8 * 1024;

/** How many unverified messages are there is read from the store at most this often, in ms; in between it is counted here. */
const REFRESH_MS = 10_000;

/** What the quota of unverified messages needs. */
export interface QuotaDeps {
  readonly countUnverified: Inbox['countUnverified'];
  readonly clock: Clock;
  readonly log: Log;
  /** What all of them may take together. Each counts as much as the largest that is kept. */
  readonly megabytes: number;
}

/** Answers whether one more unverified message may be kept. Never rejects. */
export type AdmitUnverified = () => Promise<boolean>;

/**
 * Limits how many unverified messages are kept, so that strangers cannot fill the disk. Believed messages are never asked about here.
 *
 * Several processes count apart, so together they may keep some more than the quota in the 10 s between two looks.
 *
 * Failure policy: fail open. A store that cannot count is asked to keep the message, and then says itself that it cannot.
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
