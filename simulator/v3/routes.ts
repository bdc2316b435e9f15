import type { V3Call } from './call';
import type { V3ApiName } from './faults';
import type { V3Outcome } from './outcome';
import type { SimulatedParty } from './party';

/** Answers an authenticated call. */
export type V3Api = (call: V3Call) => V3Outcome | Promise<V3Outcome>;

/** The APIs behind the addresses. */
export interface V3Apis {
  readonly prepay: V3Api;
  readonly query: V3Api;
  readonly queryTransaction: V3Api;
  readonly close: V3Api;
  readonly refund: V3Api;
  readonly queryRefund: V3Api;
  readonly applyAbnormal: V3Api;
  readonly trade: V3Api;
  readonly fundFlow: V3Api;
  readonly file: V3Api;
  readonly certificates: V3Api;
  readonly echo: V3Api;
}

/** An address of API v3. `mode`: whose calls it is for. */
export interface V3Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly name: V3ApiName;
  readonly api: keyof V3Apis;
  readonly mode: SimulatedParty['mode'] | 'either';
  /** Refused without a `User-Agent`, before authentication (probed on these two only). */
  readonly wantsUserAgent: boolean;
}

const PAY = { direct: '/v3/pay/transactions', partner: '/v3/pay/partner/transactions' } as const;
const REFUNDS = '/v3/refund/domestic/refunds';

function payRoutes(mode: SimulatedParty['mode']): readonly V3Route[] {
  const at = PAY[mode];
  const common = { mode, wantsUserAgent: false } as const;
  return [
    { ...common, method: 'POST', path: exactly(`${at}/jsapi`), name: 'unifiedOrder', api: 'prepay' },
    { ...common, method: 'GET', path: exactly(`${at}/out-trade-no/*`), name: 'queryOrder', api: 'query' },
    { ...common, method: 'GET', path: exactly(`${at}/id/*`), name: 'queryOrder', api: 'queryTransaction' },
    {
      ...common,
      method: 'POST',
      path: exactly(`${at}/out-trade-no/*/close`),
      name: 'closeOrder',
      api: 'close',
    },
  ];
}

function route(
  method: V3Route['method'],
  path: string,
  name: V3ApiName,
  api: keyof V3Apis,
  wantsUserAgent = false,
): V3Route {
  return { method, path: exactly(path), name, api, mode: 'either', wantsUserAgent };
}

/** Every address of the simulated API v3. */
export const V3_ROUTES: readonly V3Route[] = [
  ...payRoutes('direct'),
  ...payRoutes('partner'),
  route('POST', REFUNDS, 'refund', 'refund', true),
  route('GET', `${REFUNDS}/*`, 'queryRefund', 'queryRefund'),
  route('POST', `${REFUNDS}/*/apply-abnormal-refund`, 'abnormalRefund', 'applyAbnormal'),
  route('GET', '/v3/bill/tradebill', 'downloadBill', 'trade'),
  route('GET', '/v3/bill/fundflowbill', 'fundFlowBill', 'fundFlow'),
  route('GET', '/v3/billdownload/file', 'billFile', 'file'),
  route('GET', '/v3/certificates', 'certificates', 'certificates', true),
  route('POST', '/v3/security/echo', 'echo', 'echo'),
];

/** A path in which each `*` is one variable part. */
function exactly(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`);
}
