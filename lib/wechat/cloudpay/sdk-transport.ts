import { init, SYMBOL_CURRENT_ENV } from '@cloudbase/node-sdk';
import { gatewayFailure } from './gateway-errors';
import type { PayTransport, TransportResult } from './transport';

/** Where calls go and how long one may take. */
export interface SdkTransportSettings {
  /** Environment id; absent: the environment this function runs in. */
  readonly env?: string;
  /**
   * Deadline of one call in ms. The SDK's own limit only counts silence, which a slow trickle never
   * reaches.
   */
  readonly timeoutMs: number;
}

/**
 * Calls WeChat Pay through the CloudBase SDK, one level below wx-server-sdk, whose `cloudPay`
 * overwrites WeChat Pay's `err_code` with 0. Requests equal those of wx-server-sdk: its
 * `apiOptions` is empty unless an appid is set, and the token, credentials and address come from
 * the run's environment variables on every call.
 *
 * Never rejects. A call that exceeds its deadline may still take effect; hence `transport`.
 */
export function createSdkTransport(settings: SdkTransportSettings): PayTransport {
  const app = init({ env: settings.env ?? SYMBOL_CURRENT_ENV, timeout: settings.timeoutMs });
  return async (apiName, request) => {
    // Without credentials the SDK ends the whole process: it rejects a promise that cannot be
    // caught.
    if (!process.env.TENCENTCLOUD_SECRETID || !process.env.TENCENTCLOUD_SECRETKEY) {
      return {
        kind: 'failure',
        failure: {
          kind: 'gateway',
          message: 'no CloudBase credentials in this environment: run inside a cloud function',
        },
      };
    }
    try {
      const answer: unknown = await withDeadline(settings.timeoutMs, () =>
        app.callWxPayApi({
          apiName,
          requestData: Buffer.from(JSON.stringify(request)),
          apiOptions: Buffer.alloc(0),
        }),
      );
      return bodyOf(answer);
    } catch (error) {
      const { code, message } = errorParts(error);
      return { kind: 'failure', failure: gatewayFailure(code, message) };
    }
  };
}

/**
 * When the content type is exactly JSON in UTF-8 the SDK has already parsed the body; it is
 * serialised again.
 */
function bodyOf(answer: unknown): TransportResult {
  if (answer instanceof Uint8Array) return { kind: 'body', bytes: answer };
  return {
    kind: 'body',
    bytes: new TextEncoder().encode(answer === undefined ? '' : JSON.stringify(answer)),
  };
}

function errorParts(error: unknown): { code: string; message: string } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return {
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : '',
    message: error instanceof Error ? error.message : String(error),
  };
}

async function withDeadline<T>(ms: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`request timeout: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
