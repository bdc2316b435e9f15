/**
 * What the check of a notification's origin found:
 * - `valid`: WeChat Pay's signature over these bytes, made within 5 minutes of our clock;
 * - `unknown_key`: signed with a key we do not hold, but encrypted with our APIv3 key;
 * - `clock`: WeChat Pay's signature, but made more than 5 minutes from our clock;
 * - `decrypted`: no signature, but its `rawData` is encrypted with our APIv3 key: proves who wrote
 *   it, not when;
 * - `none`: nothing in it proves who sent it.
 */
export const ORIGIN_CHECKS = ['valid', 'unknown_key', 'clock', 'decrypted', 'none'] as const;

/** One of `ORIGIN_CHECKS`. */
export type OriginCheck = (typeof ORIGIN_CHECKS)[number];

/**
 * The envelope a notification came in, where it came in one (API v3 and CloudBase's integrations).
 * Evidence for people: only `check` is ever decided on. Texts are cut at `ENVELOPE_TEXT`
 * characters.
 */
export interface Envelope {
  readonly id: string | null;
  readonly eventType: string | null;
  /** The ID of the key that signed it (`Wechatpay-Serial`). */
  readonly serial: string | null;
  readonly check: OriginCheck;
}

/** The longest text of an envelope that is kept, in characters. WeChat Pay's are at most 64. */
export const ENVELOPE_TEXT = 64;

/** Checks that an outside text is an origin check. */
export function isOriginCheck(value: unknown): value is OriginCheck {
  return ORIGIN_CHECKS.some((check) => check === value);
}

/** True for a check that no stranger can have passed. */
export function provesOrigin(check: OriginCheck): boolean {
  switch (check) {
    case 'valid':
    case 'unknown_key':
    case 'clock':
    case 'decrypted':
      return true;
    case 'none':
      return false;
  }
}
