import type { Fields } from './api-answer';
import { whole } from './notification';

/** The pay APIs that are played. */
export type ApiName =
  'unifiedOrder' | 'queryOrder' | 'closeOrder' | 'refund' | 'queryRefund' | 'downloadBill';

/**
 * What may go wrong with a call, on request:
 * - `lost_request`: no answer comes, and WeChat Pay never heard of it;
 * - `lost_answer`: it takes effect, and no answer comes;
 * - `system_error`: WeChat Pay says SYSTEMERROR, which tells nothing about the effect: there is
 *   none, unless wished;
 * - `rate_limited`, `missing_api_token`: the gateway's own errors, in front of WeChat Pay;
 * - `refused`: WeChat Pay declines with this code and text, such as NOTENOUGH, and nothing happens.
 */
export type ApiFault =
  | { readonly kind: 'lost_request' | 'lost_answer' | 'rate_limited' | 'missing_api_token' }
  | { readonly kind: 'system_error'; readonly takesEffect?: boolean }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string };

/** Which calls go wrong, and how. */
export interface ApiFaultWish {
  readonly api: ApiName;
  readonly fault: ApiFault;
  /** How many calls; 1 unless told. */
  readonly times?: number;
  /** Only calls in which some field has exactly this value, such as an order or a refund number. */
  readonly about?: string;
}

/** The faults that wait for their calls. They are of the moment: no journal keeps them. */
export interface ApiFaults {
  /**
   * Makes calls to come go wrong. Earlier wishes come true first. Throws `SimulatorError` for a bad
   * count.
   */
  wish(wish: ApiFaultWish): void;
  /** Takes the fault of this call, if one was wished. */
  take(apiName: string, request: Fields): ApiFault | null;
}

/** More calls than this are a slip of the pen. */
const MOST_TIMES = 1_000_000;

/** Makes an empty list of faults. */
export function apiFaults(): ApiFaults {
  const waiting: { readonly wish: ApiFaultWish; left: number }[] = [];

  return {
    wish(wish) {
      waiting.push({ wish, left: whole('times', wish.times ?? 1, 1, MOST_TIMES) });
    },
    take(apiName, request) {
      const index = waiting.findIndex(
        ({ wish: { api, about } }) =>
          api === apiName && (about === undefined || Object.values(request).includes(about)),
      );
      const found = waiting[index];
      if (found === undefined) return null;
      found.left -= 1;
      if (found.left === 0) waiting.splice(index, 1);
      return found.wish.fault;
    },
  };
}
