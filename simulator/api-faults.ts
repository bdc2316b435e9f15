import type { Fields } from './api-answer';
import { whole } from './notification';

/** The simulated pay APIs. */
export type ApiName =
  'unifiedOrder' | 'queryOrder' | 'closeOrder' | 'refund' | 'queryRefund' | 'downloadBill';

/**
 * A fault of a call, on request:
 * - `lost_request`: no response, and WeChat Pay never receives the call;
 * - `lost_answer`: the call takes effect, but its response is lost;
 * - `system_error`: WeChat Pay answers SYSTEMERROR, which says nothing about the effect; there is
 *   none unless `takesEffect` is set;
 * - `rate_limited`, `missing_api_token`: the gateway's own errors, before WeChat Pay;
 * - `refused`: WeChat Pay refuses with this code and text, such as NOTENOUGH, and nothing happens.
 */
export type ApiFault =
  | { readonly kind: 'lost_request' | 'lost_answer' | 'rate_limited' | 'missing_api_token' }
  | { readonly kind: 'system_error'; readonly takesEffect?: boolean }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string };

/** A request for faults: which calls fail, and how. */
export interface ApiFaultRequest {
  readonly api: ApiName;
  readonly fault: ApiFault;
  /** How many calls; default 1. */
  readonly times?: number;
  /** Only calls with a field of exactly this value, such as an order or refund number. */
  readonly about?: string;
}

/** The pending faults. The journal does not store them. */
export interface ApiFaults {
  /**
   * Makes future calls fail. Earlier requests are served first. Throws `SimulatorError` for a bad
   * count.
   */
  put(request: ApiFaultRequest): void;
  /** Returns and uses up the fault of this call, if there is one. */
  take(apiName: string, request: Fields): ApiFault | null;
}

/** The most calls per request. A higher number is a typing error. */
const MOST_TIMES = 1_000_000;

/** Creates an empty list of faults. */
export function apiFaults(): ApiFaults {
  const waiting: { readonly request: ApiFaultRequest; left: number }[] = [];

  return {
    put(request) {
      waiting.push({ request, left: whole('times', request.times ?? 1, 1, MOST_TIMES) });
    },
    take(apiName, request) {
      const index = waiting.findIndex(
        ({ request: { api, about } }) =>
          api === apiName && (about === undefined || Object.values(request).includes(about)),
      );
      const found = waiting[index];
      if (found === undefined) return null;
      found.left -= 1;
      if (found.left === 0) waiting.splice(index, 1);
      return found.request.fault;
    },
  };
}
