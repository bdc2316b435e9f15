import type { PayOutTry, Refund } from '../../model/refund';
import type { Instant } from '../../values/instant';

/**
 * How long a request to pay a refund out may be under way, in ms, as `TRY_LASTS_MS` of a refund
 * request. WeChat Pay does not document how soon its state shows an accepted one either.
 */
export const PAY_OUT_LASTS_MS = 600_000;

/**
 * The request to pay this refund out that may still be under way; null when another one may be
 * sent. One dated in the future, by a clock that is ahead, counts for as long as one of the past.
 * Pure.
 *
 * Failure policy: fail closed. WeChat Pay may still call the refund abnormal while it pays it out,
 * and nothing proves that it would refuse to pay it out twice.
 */
export function payOutUnderWay({ progress }: Pick<Refund, 'progress'>, now: Instant): PayOutTry | null {
  if (progress.state !== 'abnormal' || progress.payOut === undefined) return null;
  return Math.abs(now - progress.payOut.at) < PAY_OUT_LASTS_MS ? progress.payOut : null;
}
