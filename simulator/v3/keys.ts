import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { Instant } from '../../lib/values/instant';
import { selfSigned, type PlatformCertificate } from './certificate';

/** Every key of a simulated API v3: the merchant's, and WeChat Pay's own. */
export interface SimulatedKeys {
  /** The private key of the merchant's API certificate; the same for every simulated merchant. */
  readonly merchantKey: KeyObject;
  /** The serial of that certificate: 40 hexadecimal digits, upper case. */
  readonly merchantSerial: string;
  /** 32 characters: notifications and certificates are encrypted with it. */
  readonly apiV3Key: string;
  /** The private half of WeChat Pay's public key, and its ID, `PUB_KEY_ID_…`. */
  readonly wechatKey: KeyObject;
  readonly wechatKeyId: string;
  /**
   * Two platform certificates, the second to change to. Made when first asked for: most simulated
   * installations never use certificates.
   */
  readonly certificates: () => readonly [PlatformCertificate, PlatformCertificate];
}

/** A new RSA key of 2048 bits. Takes about 0.1 s of processor time, sometimes 0.5. */
export function newRsaKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

/**
 * What the serial of every simulated merchant certificate begins with: a server that takes real
 * money can refuse it.
 */
export const SIMULATED_SERIAL = '51AE0000';

/** A new serial of a simulated merchant certificate. */
export function newSerial(): string {
  return SIMULATED_SERIAL + randomBytes(16).toString('hex').toUpperCase();
}

/** A new ID of a public key: the prefix and 29 digits, as WeChat Pay's. */
export function newPublicKeyId(): string {
  return `PUB_KEY_ID_0${BigInt(`0x${randomBytes(12).toString('hex')}`)
    .toString()
    .padStart(28, '0')
    .slice(-28)}`;
}

/** A new APIv3 key: 32 letters and digits. */
export function newApiV3Key(): string {
  return randomBytes(16).toString('hex');
}

/** The two platform certificates of these keys. */
export function certificatesOf(
  first: KeyObject,
  second: KeyObject,
  from: Instant,
): readonly [PlatformCertificate, PlatformCertificate] {
  return [
    selfSigned(first, 'Simulated Tenpay.com 1', from),
    selfSigned(second, 'Simulated Tenpay.com 2', from),
  ];
}
