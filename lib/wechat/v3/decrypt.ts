import { createDecipheriv } from 'node:crypto';
import { isRecord } from '../../values/json';

/** Why a resource could not be decrypted. */
export const DECRYPT_FAILURES = ['not_a_resource', 'unknown_algorithm', 'wrong_key'] as const;

/**
 * The text of an encrypted resource. `wrong_key`: the tag does not hold, so it was encrypted with
 * another APIv3 key or changed on the way.
 */
export type Decrypted =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'undecryptable'; readonly why: (typeof DECRYPT_FAILURES)[number] };

const ALGORITHM = 'AEAD_AES_256_GCM';
const TAG_BYTES = 16;
/** A nonce of 12 bytes is documented. GCM takes others, within reason. */
const LONGEST_NONCE = 64;

/**
 * Decrypts `{algorithm, nonce, associated_data?, ciphertext}` of a notification or certificate
 * (https://pay.weixin.qq.com/doc/v3/merchant/4012071382), with the first key whose tag holds. Pure,
 * and never throws. `algorithm` may be absent, as in rows that name it elsewhere; another one is
 * refused.
 *
 * Failure policy: fail closed. No text without a tag that holds. Keys that are not 32 bytes long
 * are skipped.
 */
export function decryptResource(resource: unknown, apiV3Keys: readonly Buffer[]): Decrypted {
  if (!isRecord(resource)) return undecryptable('not_a_resource');
  const { algorithm = ALGORITHM, nonce, ciphertext, associated_data: associated } = resource;
  if (algorithm !== ALGORITHM) return undecryptable('unknown_algorithm');
  const aad = associated ?? '';
  if (typeof nonce !== 'string' || nonce === '' || nonce.length > LONGEST_NONCE) {
    return undecryptable('not_a_resource');
  }
  if (typeof ciphertext !== 'string' || typeof aad !== 'string') return undecryptable('not_a_resource');
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes.length < TAG_BYTES) return undecryptable('not_a_resource');
  for (const key of apiV3Keys) {
    const text = opened(key, nonce, aad, bytes);
    if (text !== null) return { kind: 'text', text };
  }
  return undecryptable('wrong_key');
}

function undecryptable(why: (typeof DECRYPT_FAILURES)[number]): Decrypted {
  return { kind: 'undecryptable', why };
}

/** Null when the tag does not hold. */
function opened(key: Buffer, nonce: string, aad: string, bytes: Buffer): string | null {
  if (key.length !== 32) return null;
  const end = bytes.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(end));
    decipher.setAAD(Buffer.from(aad));
    const text = decipher.update(bytes.subarray(0, end));
    // GCM has given all by now; `final` checks the tag and throws when it does not hold.
    decipher.final();
    return text.toString('utf8');
  } catch {
    return null;
  }
}
