import { createPublicKey, verify } from 'node:crypto';
import type { Instant } from '../../lib/values/instant';
import type { V3Request } from './http';
import type { SimulatedKeys } from './keys';
import { signError, type V3Refusal } from './outcome';
import { signerNumber, type SimulatedParty } from './party';

/** Who made a request, proved by its signature; or why it is refused. */
export type Authentication =
  | { readonly kind: 'authentic'; readonly signer: string }
  | { readonly kind: 'refused'; readonly refusal: V3Refusal };

const SCHEME = 'WECHATPAY2-SHA256-RSA2048 ';
const NAMES = ['mchid', 'nonce_str', 'signature', 'timestamp', 'serial_no'] as const;

/** WeChat Pay refuses a request whose time differs by more than this. */
const WINDOW_S = 300;

/** Creates the check of a request's `Authorization` against the merchant's certificate. */
export function authenticator(
  keys: SimulatedKeys,
  parties: readonly SimulatedParty[],
): (request: V3Request, now: Instant) => Authentication {
  const merchantKey = createPublicKey(keys.merchantKey);
  const signers = new Set(parties.map(signerNumber));
  const refused = (refusal: V3Refusal): Authentication => ({ kind: 'refused', refusal });

  return (request, now) => {
    const fields = fieldsOf(request.headers['authorization'] ?? '');
    if (fields === null) {
      return refused(signError('Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》'));
    }
    const { mchid, nonce_str, signature, timestamp, serial_no } = fields;
    // Before the signature, so that a wrong clock is told apart from a wrong key.
    if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) - now / 1000) > WINDOW_S) {
      return refused(signError('签名错误，Http头Authorization中的timestamp与发起请求的时间不得超过5分钟'));
    }
    if (!signers.has(mchid)) return refused(signError('商户号不存在或未开通'));
    if (serial_no.toUpperCase() !== keys.merchantSerial) {
      return refused(signError('商户证书序列号有误。请使用签名私钥匹配的证书序列号'));
    }
    const head = `${request.method}\n${request.path}\n${timestamp}\n${nonce_str}\n`;
    const signed = Buffer.concat([Buffer.from(head), request.body, Buffer.from('\n')]);
    if (!verify('sha256', signed, merchantKey, Buffer.from(signature, 'base64'))) {
      const text = request.path.includes('/pay/') ? '签名信息错误，验签失败' : '签名错误';
      const sign_information = {
        method: request.method,
        url: request.path,
        truncated_sign_message: head,
        sign_message_length: signed.length,
      };
      return refused(signError(text, { issue: 'sign not match', sign_information }));
    }
    return { kind: 'authentic', signer: mchid };
  };
}

/** The five fields, in any order and each once; null when the header is not as documented. */
function fieldsOf(header: string): Readonly<Record<(typeof NAMES)[number], string>> | null {
  if (!header.startsWith(SCHEME)) return null;
  const found = new Map<string, string>();
  for (const part of header.slice(SCHEME.length).split(',')) {
    const [, name, value] = /^([a-z_]+)="([^"]+)"$/.exec(part) ?? [];
    if (name === undefined || value === undefined || found.has(name)) return null;
    found.set(name, value);
  }
  const [mchid, nonce_str, signature, timestamp, serial_no] = NAMES.map((name) => found.get(name));
  return found.size === NAMES.length &&
    mchid !== undefined &&
    nonce_str !== undefined &&
    signature !== undefined &&
    timestamp !== undefined &&
    serial_no !== undefined
    ? { mchid, nonce_str, signature, timestamp, serial_no }
    : null;
}
