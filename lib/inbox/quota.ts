import type { NamedMerchants } from '../model/message';
import { unverifiedShares } from '../model/message';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import { stopwatch } from '../runtime/stopwatch';
import type { Inbox } from '../store/port';
import type { SubMchId } from '../values/ids';
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
  /** Our merchants. Each has an equal share; messages that name none of them have one too. */
  readonly merchants: readonly SubMchId[];
}

/** Whether one more unverified message that names this merchant may be stored. Never rejects. */
export type AdmitUnverified = (named: SubMchId | null) => Promise<boolean>;

/**
 * Limits how many unverified messages are stored, so that strangers cannot fill the disk. Each
 * merchant has a limit of its own, so that a flood that names one takes no space of another. It
 * never applies to believed messages.
 *
 * Each process counts for itself, so together they may exceed the quota slightly in the 10 s
 * between two reads.
 *
 * Failure policy: fail open. When the store cannot count, the message is admitted, and storing it
 * shows whether the store works.
 */
export function quotaOfUnverified(deps: QuotaDeps): AdmitUnverified {
  const { megabytes, merchants } = deps;
  const all = Math.floor((megabytes * 1024 * 1024) / MAX_UNVERIFIED_BYTES);
  const [strangers, ...shares] = unverifiedShares(merchants);
  const most = Math.max(1, Math.floor(all / (shares.length + 1)));
  const ofStrangers = shareOf(deps, strangers, most);
  const ofMerchants = new Map(
    merchants.map((merchant, n) => [merchant, shareOf(deps, shares[n] ?? strangers, most)]),
  );
  return (named) => ((named === null ? undefined : ofMerchants.get(named)) ?? ofStrangers)();
}

/** Whether one more message of this share may be stored; `most` is its limit. */
function shareOf(
  { countUnverified, clock, log }: QuotaDeps,
  naming: NamedMerchants,
  most: number,
): () => Promise<boolean> {
  const elapsed = stopwatch(clock);
  let kept = 0;
  let freshUntil = 0;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    try {
      kept = await countUnverified(naming);
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
