import { isRecord } from '../../lib/values/json';
import { CloudBaseError, MalformedRequest } from './errors';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Plays WeChat Pay behind `cloudPay`: takes the API's name (`queryOrder`) and the request as sent
 * (snake_case), returns the raw body. The content type must not be exactly `application/json;
 * charset=utf-8`: with that one the SDK takes a normal answer for a gateway error.
 */
export type PayHandler = (
  apiName: string,
  request: Readonly<Record<string, unknown>>,
  context: { readonly apiToken: string },
) => Promise<PayAnswer>;

/** WeChat Pay's answer as bytes; `contentType` defaults to `application/octet-stream`. */
export interface PayAnswer {
  readonly body: string | Buffer;
  readonly contentType?: string;
}

/** Plays another cloud function called with `callFunction`. What it returns must be JSON. */
export type FunctionHandler = (event: unknown) => unknown;

/**
 * Passes a `wx.wxPayApi` request to the handler. Without a token it fails like the real cloud
 * (facts: error INVALID_PARAM).
 */
export async function callPay(fields: Fields, handler: PayHandler | undefined): Promise<PayAnswer> {
  const apiName = fields['apiName'];
  if (typeof apiName !== 'string' || apiName === '') throw new MalformedRequest('apiName is not a text');
  const apiToken = fields['wxCloudApiToken'];
  if (typeof apiToken !== 'string' || apiToken === '') {
    throw new CloudBaseError('INVALID_PARAM', 'missing wxCloudApiToken');
  }
  if (!handler) throw new CloudBaseError('SYS_ERR', 'no pay handler is set on the loopback CloudBase');
  return handler(apiName, payRequest(fields['requestData']), { apiToken });
}

function payRequest(data: unknown): Readonly<Record<string, unknown>> {
  const text = Buffer.isBuffer(data) ? data.toString('utf8') : data;
  try {
    const parsed: unknown = typeof text === 'string' ? JSON.parse(text) : null;
    if (isRecord(parsed)) return parsed;
  } catch {
    // Falls through: what does not parse and what parses as something else are the same mistake.
  }
  throw new MalformedRequest('requestData is not a JSON object');
}

/** Runs a `functions.invokeFunction` request and returns the answer's fields. */
export async function callFunction(
  fields: Fields,
  functions: ReadonlyMap<string, FunctionHandler>,
): Promise<Readonly<Record<string, unknown>>> {
  const name = fields['function_name'];
  if (typeof name !== 'string' || name === '') throw new MalformedRequest('function_name is not a text');
  const handler = functions.get(name);
  if (!handler) {
    throw new CloudBaseError(
      'FUNCTION_NOT_FOUND',
      `[ResourceNotFound.FunctionName] function ${name} not found`,
    );
  }
  const result = await handler(eventOf(fields['request_data']));
  return { data: { response_data: JSON.stringify(result ?? null) } };
}

function eventOf(data: unknown): unknown {
  if (data === '' || data === undefined) return {};
  if (typeof data !== 'string') throw new MalformedRequest('request_data is not a JSON string');
  try {
    const event: unknown = JSON.parse(data);
    return event;
  } catch {
    throw new MalformedRequest('request_data is not valid JSON');
  }
}
