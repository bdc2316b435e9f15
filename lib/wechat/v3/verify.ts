import { verify } from 'node:crypto';
import { within, type Timers } from '../../runtime/timers';
import type { Instant } from '../../values/instant';
import type { WeChatKey } from './keys/keys';
import { linesOf } from './sign';

/** The headers with which WeChat Pay signs an answer or a notification; '' for an absent one. */
export interface SignatureHeaders {
  readonly timestamp: string;
  readonly nonce: string;
  readonly signature: string;
  readonly serial: string;
}

/** A signed text as received. */
export interface SignedText extends SignatureHeaders {
  /** The raw bytes. */
  readonly body: Buffer;
}

/**
 * What a signature proves:
 * - `valid`: WeChat Pay wrote these bytes, within 5 minutes of our clock;
 * - `clock`: WeChat Pay wrote them, at a time that is more than 5 minutes from ours (`skewMs`,
 *   positive when it was earlier): an old copy, or one of the clocks is wrong;
 * - `invalid`: a key we hold says no;
 * - `unknown_key`: we do not hold the key it names;
 * - `signtest`: WeChat Pay's own probe, whose signature is wrong on purpose;
 * - `missing`: a header is absent or malformed.
 */
export type Verification =
  | { readonly kind: 'valid'; readonly keyId: string }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'unknown_key'; readonly serial: string }
  | { readonly kind: 'signtest' }
  | { readonly kind: 'clock'; readonly skewMs: number; readonly keyId: string }
  | { readonly kind: 'missing'; readonly header: string };

/** How far WeChat Pay's time and ours may differ, in ms. */
export const MOST_SKEW_MS = 300_000;

/** What a probe's signature starts with (https://pay.weixin.qq.com/doc/v3/merchant/4013053249). */
const SIGNTEST = 'WECHATPAY/SIGNTEST/';

/** The longest signature accepted, in characters: RSA with 8192 bits. */
const LONGEST_SIGNATURE = 1_368;

/** A text with its signature, out of headers by lower-case name. */
export function signedText(headers: Readonly<Record<string, string | undefined>>, body: Buffer): SignedText {
  return {
    timestamp: headers['wechatpay-timestamp'] ?? '',
    nonce: headers['wechatpay-nonce'] ?? '',
    signature: headers['wechatpay-signature'] ?? '',
    serial: headers['wechatpay-serial'] ?? '',
    body,
  };
}

/**
 * Checks a signature with the key that it names. Pure, and never throws.
 *
 * Time is judged last, so that a wrong clock is told apart from a wrong key.
 *
 * Failure policy: fail closed. Only `valid` proves anything; no other key is tried than the named
 * one.
 */
export function verifySignature(signed: SignedText, keys: readonly WeChatKey[], now: Instant): Verification {
  const claim = claimOf(signed, keys);
  if (claim.kind !== 'claim') return claim;
  return judged(holderOf(claim), signed, now);
}

/** Checks signatures as `verifySignature` does, perhaps later. Never rejects. */
export type CheckSignature = (
  ...args: Parameters<typeof verifySignature>
) => Verification | Promise<Verification>;

/**
 * The most signatures checked by other threads at a time; more are checked by the calling one.
 * A check takes about 40 µs, so the last one waits a few milliseconds at most.
 */
export const MOST_BESIDE = 32;

/**
 * How long a check waits for the other threads, in ms, before the calling one does it: a file
 * system that hangs can hold them all, and an ack has little time.
 */
const BESIDE_MS = 250;

/**
 * Checks signatures in Node's thread pool, so that the thread that answers is free meanwhile: 7 µs
 * of its processor time for each instead of 38, and 5 µs more on all threads together.
 */
export function checkSignaturesBeside(
  timers: Timers,
): (...args: Parameters<CheckSignature>) => Promise<Verification> {
  let running = 0;
  const holdsBeside = ({ key }: WeChatKey, { text, given }: Claim): Promise<boolean> =>
    new Promise((resolve) => {
      running += 1;
      try {
        verify('sha256', text, key, given, (error, isValid) => {
          running -= 1;
          resolve(error === null && isValid);
        });
      } catch {
        running -= 1;
        resolve(false);
      }
    });
  const holderBeside = async (claim: Claim): Promise<WeChatKey | undefined> => {
    for (const one of claim.named) if (await holdsBeside(one, claim)) return one;
    return undefined;
  };
  return async (signed, keys, now) => {
    if (running >= MOST_BESIDE) return verifySignature(signed, keys, now);
    const claim = claimOf(signed, keys);
    if (claim.kind !== 'claim') return claim;
    const beside = await within(timers, BESIDE_MS, () => holderBeside(claim));
    return judged(beside.kind === 'value' ? beside.value : holderOf(claim), signed, now);
  };
}

/** What is left to check once a signature is well formed and names keys that we hold. */
interface Claim {
  readonly kind: 'claim';
  readonly named: readonly WeChatKey[];
  readonly text: Buffer;
  readonly given: Buffer;
}

function claimOf(
  signed: SignedText,
  keys: readonly WeChatKey[],
): Claim | Extract<Verification, { kind: 'signtest' | 'missing' | 'unknown_key' }> {
  const { timestamp, nonce, signature, body } = signed;
  if (signature.startsWith(SIGNTEST)) return { kind: 'signtest' };
  const missing = missingHeader(signed);
  if (missing !== null) return { kind: 'missing', header: missing };
  const serial = signed.serial.toUpperCase();
  const named = keys.filter(({ id }) => id.toUpperCase() === serial);
  if (named.length === 0) return { kind: 'unknown_key', serial: signed.serial };
  const text = linesOf([timestamp, nonce], body);
  return { kind: 'claim', named, text, given: Buffer.from(signature, 'base64') };
}

/** The first key with which the signature holds, if any. */
function holderOf(claim: Claim): WeChatKey | undefined {
  return claim.named.find(({ key }) => holds(key, claim));
}

/** The verdict once it is known which key holds, if any. */
function judged(key: WeChatKey | undefined, { timestamp }: SignedText, now: Instant): Verification {
  if (key === undefined) return { kind: 'invalid' };
  const skewMs = now - Number(timestamp) * 1000;
  return Math.abs(skewMs) <= MOST_SKEW_MS
    ? { kind: 'valid', keyId: key.id }
    : { kind: 'clock', skewMs, keyId: key.id };
}

function missingHeader({ timestamp, nonce, signature, serial }: SignatureHeaders): string | null {
  if (!/^\d{1,12}$/.test(timestamp)) return 'Wechatpay-Timestamp';
  if (!/^[\x21-\x7e]{1,128}$/.test(nonce)) return 'Wechatpay-Nonce';
  if (signature.length > LONGEST_SIGNATURE || !/^[0-9A-Za-z+/]+={0,2}$/.test(signature)) {
    return 'Wechatpay-Signature';
  }
  return /^[0-9A-Za-z_-]{1,128}$/.test(serial) ? null : 'Wechatpay-Serial';
}

function holds(key: WeChatKey['key'], { text, given }: Claim): boolean {
  try {
    return verify('sha256', text, key, given);
  } catch {
    // A key of another type than RSA. It proves nothing.
    return false;
  }
}
