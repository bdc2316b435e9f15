/** The caller of a cloud function, as the platform shows it in the function's environment. */
export interface CallOrigin {
  /**
   * The platform's own mark, which becomes `getWXContext().SOURCE`: `wx_client`, `wx_paycallback`,
   * `wx_trigger`, …
   */
  readonly source: string;
  /** The calling user, when there is one. */
  readonly openid?: string;
  /** `timer` for a run that a timer started: its token for cloud calls has another name. */
  readonly trigger?: 'timer';
  /**
   * The token for cloud calls such as `cloudPay`; null for a run without one. Default: it has one.
   */
  readonly apiToken?: string | null;
}

const APP_ID = 'wx0000000000000000';
const API_TOKEN = 'loopback-api-token';

/**
 * Throws unless the address is on this machine: a wrong one would send test data and keys to the
 * real cloud.
 */
export function assertLoopback(url: string): void {
  const { hostname } = new URL(url);
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) {
    throw new Error(`${hostname} is not this machine: functions run against a loopback CloudBase only`);
  }
}

/**
 * The environment a cloud function's process starts with, for an environment served at
 * `gatewayUrl`. Without TENCENTCLOUD_RUNENV the SDK would ask the network where it runs; without
 * keys it would end the process; without SILENCE=true a failed request would keep the process alive
 * for 3 seconds. Throws when the URL is not loopback.
 */
export function functionEnvironment(gateway: {
  readonly url: string;
  readonly envId: string;
}): Readonly<Record<string, string>> {
  assertLoopback(gateway.url);
  return {
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: 'ap-shanghai',
    TENCENTCLOUD_SECRETID: 'loopback-id',
    TENCENTCLOUD_SECRETKEY: 'loopback-key',
    TENCENTCLOUD_SESSIONTOKEN: 'loopback-session',
    SCF_NAMESPACE: gateway.envId,
    TCB_ENV: gateway.envId,
    TCB_CONTEXT_CNFG: JSON.stringify({ URL: gateway.url }),
    SILENCE: 'true',
    TZ: 'UTC',
  };
}

/**
 * The variables the platform sets for each event. A name that is absent here must be absent from
 * the environment too. The SDK only reads the names in the two lists of keys (and a few fixed
 * ones): a token that WX_CONTEXT_KEYS does not name is not sent. `getWXContext()` hides it.
 */
export function eventEnvironment(origin: CallOrigin): Readonly<Record<string, string>> {
  const token = origin.apiToken === undefined ? API_TOKEN : origin.apiToken;
  const tokenName = origin.trigger === 'timer' ? 'WX_TRIGGER_API_TOKEN_V0' : 'WX_API_TOKEN';
  return {
    TCB_SOURCE: origin.source,
    TCB_CONTEXT_KEYS: 'TCB_ENV,TCB_SOURCE',
    WX_CONTEXT_KEYS: 'WX_OPENID,WX_APPID,WX_UNIONID,WX_CLIENTIP,WX_API_TOKEN',
    WX_APPID: APP_ID,
    ...(origin.openid === undefined ? {} : { WX_OPENID: origin.openid, WX_CLIENTIP: '127.0.0.1' }),
    ...(origin.trigger === undefined ? {} : { TRIGGER_SRC: origin.trigger }),
    ...(token === null ? {} : { [tokenName]: token }),
  };
}

/**
 * Points this process's SDK at a gateway, by default as a client of the mini program. For tests
 * that drive an adapter without a function process. Returns a function that restores the old
 * environment.
 */
export function useFunctionEnvironment(
  gateway: { readonly url: string; readonly envId: string },
  origin: CallOrigin = { source: 'wx_client' },
): () => void {
  const variables = { ...functionEnvironment(gateway), ...eventEnvironment(origin) };
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
}
