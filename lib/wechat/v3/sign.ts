import { sign, type KeyObject } from 'node:crypto';
import type { V3Keys } from './keys/keys';

/** The parts of a request that its signature covers. */
export interface SignedRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query exactly as sent. */
  readonly target: string;
  readonly body: Buffer | null;
  readonly seconds: number;
  readonly nonce: string;
}

const SCHEME = 'WECHATPAY2-SHA256-RSA2048';

/**
 * The `Authorization` header of a request: RSA PKCS#1 v1.5 with SHA-256 over five lines, each ended
 * by a line feed, the last one too (https://pay.weixin.qq.com/doc/v3/merchant/4012365342).
 */
export function authorization(
  keys: Pick<V3Keys, 'mchId' | 'privateKey' | 'serial'>,
  request: SignedRequest,
): string {
  const { method, target, seconds, nonce } = request;
  const signature = signLines(
    keys.privateKey,
    [method, target, String(seconds), nonce],
    request.body ?? Buffer.alloc(0),
  );
  return (
    `${SCHEME} mchid="${keys.mchId}",nonce_str="${nonce}",signature="${signature}",` +
    `timestamp="${seconds}",serial_no="${keys.serial}"`
  );
}

/** A signature over lines of text, and last over these bytes, in base64 on one line. */
export function signLines(key: KeyObject, lines: readonly string[], last: Buffer): string {
  return sign('sha256', linesOf(lines, last), key).toString('base64');
}

/** Lines as they are signed: every one of them, the last included, ends in a line feed. */
export function linesOf(lines: readonly string[], last: Buffer): Buffer {
  return Buffer.concat([Buffer.from(lines.map((line) => `${line}\n`).join('')), last, Buffer.from('\n')]);
}
