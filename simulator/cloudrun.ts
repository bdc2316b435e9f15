import { z } from 'zod';
import { isRecord, parseJson } from '../lib/values/json';
import type { Fields } from './api-answer';
import type { PayApi } from './pay-api';

/** An answer of the open-interface service. */
export interface CloudRunAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The calls by their path, which the real service takes in any case. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['/_/pay/unifiedorder', 'unifiedOrder'],
  ['/_/pay/queryorder', 'queryOrder'],
  ['/_/pay/closeorder', 'closeOrder'],
  ['/_/pay/refund', 'refund'],
  ['/_/pay/queryrefund', 'queryRefund'],
  ['/_/pay/downloadbill', 'downloadBill'],
]);

/** The calls that name where their notification goes. */
const NOTIFYING: ReadonlySet<string> = new Set(['unifiedOrder', 'refund']);

const callbackShape = z.object({
  env_id: z.string().min(1),
  callback_type: z.literal(2),
  container: z.object({ service: z.string().min(1), path: z.string().startsWith('/') }),
});

/**
 * The open-interface service of WeChat Cloud Run, `/_/pay/*`, in front of the same books as the
 * cloud calls: without nonce, the payer as `openid`, a container in place of a function, and every
 * answer in an envelope. Rejects with `answer_lost` when the response is lost.
 *
 * An order made here has its container's path where others have a function's name, so the code that
 * delivers notifications knows that they carry no platform mark.
 */
export function createCloudRunApi(
  payApi: PayApi,
  seqId: () => string,
): (path: string, body: string) => Promise<CloudRunAnswer> {
  const answer = (content: object): CloudRunAnswer => ({
    status: 200,
    headers: { 'content-type': 'application/json', 'x-openapi-seqid': seqId() },
    body: JSON.stringify(content),
  });
  return async (path, body) => {
    const name = NAMES.get(path.toLowerCase());
    if (name === undefined) return answer({ errcode: 40066, errmsg: 'invalid url' });
    const request: unknown = parseJson(body);
    if (!isRecord(request)) return answer({ errcode: 47001, errmsg: 'data format error' });
    const asked = asCloudCall(name, request);
    if (asked === null) return answer({ errcode: 40097, errmsg: 'invalid args' });
    const { body: given } = await payApi(name, asked);
    const text = typeof given === 'string' ? given : Buffer.from(given).toString('utf8');
    const fields: unknown = text.startsWith('{') ? parseJson(text) : text;
    // The gateway's own errors are not from WeChat Pay, so they stand outside the envelope.
    if (isRecord(fields) && ('errcode' in fields || 'code' in fields)) return answer(fields);
    return answer({ errcode: 0, errmsg: 'ok', respdata: fields });
  };
}

function asCloudCall(name: string, request: Fields): Fields | null {
  const { env_id, callback_type, container, openid, ...rest } = request;
  const common = { ...rest, nonce_str: 'cloudrun' };
  if (!NOTIFYING.has(name)) return common;
  const callback = callbackShape.safeParse({ env_id, callback_type, container });
  if (!callback.success) return null;
  return {
    ...common,
    env_id,
    function_name: callback.data.container.path,
    ...(openid === undefined ? {} : { sub_openid: openid }),
  };
}
