import { whole } from '../notification';

/** The calls of API v3, by the names of our port where it has them. */
export const V3_APIS = [
  'unifiedOrder',
  'queryOrder',
  'closeOrder',
  'refund',
  'queryRefund',
  'abnormalRefund',
  'downloadBill',
  'fundFlowBill',
  'billFile',
  'certificates',
  'echo',
] as const;

/** A call of API v3. */
export type V3ApiName = (typeof V3_APIS)[number];

/**
 * A fault of a v3 call, on request:
 * - `lost_request`, `lost_answer`: the connection breaks, before or after the call took effect;
 * - `rate_limited`: 429 FREQUENCY_LIMITED, without effect;
 * - `system_error`: 500 SYSTEM_ERROR; without effect unless `takesEffect` is set;
 * - `html`: a front's own 502 page, unsigned, without effect;
 * - `refused`: this status, code and text, without effect; signed as a business refusal, unless the
 *   status is 401 or `signed` is false.
 *
 * The others let the call take effect and spoil its answer:
 * - `signtest`: WeChat Pay's probe, a signature that begins with `WECHATPAY/SIGNTEST/`;
 * - `unsigned`: without signature headers;
 * - `tampered`: signed over other bytes than those sent;
 * - `unknown_key`: signed with a key that the merchant does not have;
 * - `changed`: these fields of the answer replaced, before it is signed;
 * - `wrong_hash`, `foreign_host`: of a bill's `hash_value` and `download_url`.
 */
export type V3Fault =
  | {
      readonly kind:
        | 'lost_request'
        | 'lost_answer'
        | 'rate_limited'
        | 'html'
        | 'signtest'
        | 'unsigned'
        | 'tampered'
        | 'unknown_key'
        | 'wrong_hash'
        | 'foreign_host';
    }
  | { readonly kind: 'system_error'; readonly takesEffect?: boolean }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly text: string;
      readonly signed?: boolean;
    }
  | { readonly kind: 'changed'; readonly fields: Readonly<Record<string, unknown>> };

/** A request for faults: which v3 calls fail, and how. */
export interface V3FaultRequest {
  readonly api: V3ApiName;
  readonly fault: V3Fault;
  /** How many calls; default 1. */
  readonly times?: number;
  /** Only calls that carry this value in path, query or body, such as an order number. */
  readonly about?: string;
}

/** The pending faults. The journal does not store them. */
export interface V3Faults {
  /** Makes future calls fail, earlier requests first. Throws `SimulatorError` for a bad count. */
  put(request: V3FaultRequest): void;
  /**
   * Returns and uses up the fault of this call, if there is one. `values`: what the call carries.
   */
  take(api: V3ApiName, values: readonly string[]): V3Fault | null;
}

/** The most calls per request. A higher number is a typing error. */
const MOST_TIMES = 1_000_000;

/** Creates an empty list of faults. */
export function v3Faults(): V3Faults {
  const waiting: { readonly request: V3FaultRequest; left: number }[] = [];
  return {
    put(request) {
      waiting.push({ request, left: whole('times', request.times ?? 1, 1, MOST_TIMES) });
    },
    take(name, values) {
      const index = waiting.findIndex(
        ({ request: { api, about } }) => api === name && (about === undefined || values.includes(about)),
      );
      const found = waiting[index];
      if (found === undefined) return null;
      found.left -= 1;
      if (found.left === 0) waiting.splice(index, 1);
      return found.request.fault;
    },
  };
}

/** True for a fault before which the call takes effect. */
export function takesEffect(fault: V3Fault): boolean {
  switch (fault.kind) {
    case 'lost_request':
    case 'rate_limited':
    case 'html':
    case 'refused':
      return false;
    case 'system_error':
      return fault.takesEffect === true;
    case 'lost_answer':
    case 'signtest':
    case 'unsigned':
    case 'tampered':
    case 'unknown_key':
    case 'wrong_hash':
    case 'foreign_host':
    case 'changed':
      return true;
  }
}
