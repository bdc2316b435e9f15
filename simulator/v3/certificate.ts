import { createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto';
import { formatBeijing, later, type Instant } from '../../lib/values/instant';

/** A platform certificate with its private key. */
export interface PlatformCertificate {
  /** 40 hexadecimal digits, upper case. */
  readonly serial: string;
  readonly pem: string;
  readonly privateKey: KeyObject;
  readonly effectiveAt: Instant;
  readonly expiresAt: Instant;
}

/** Platform certificates are valid for five years. */
const VALID_MS = 5 * 365 * 24 * 3600_000;

/**
 * Writes a self-signed X.509 certificate for a key. Node reads certificates but cannot write them,
 * and the simulator has to run where there is no `openssl`; the few DER structures are written
 * here.
 */
export function selfSigned(privateKey: KeyObject, subject: string, from: Instant): PlatformCertificate {
  // A first byte from 1 to 127: the number is positive and has 20 bytes.
  const serial = Buffer.concat([Buffer.from([0x5e]), randomBytes(19)]);
  const expiresAt = later(from, VALID_MS);
  const algorithm = sequence(oid(SHA256_WITH_RSA), NULL);
  const name = sequence(set(sequence(oid(COMMON_NAME), tagged(UTF8_STRING, Buffer.from(subject)))));
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const version3 = tagged(0xa0, tagged(INTEGER, Buffer.from([2])));
  const body = sequence(
    version3,
    tagged(INTEGER, serial),
    algorithm,
    name,
    sequence(time(from), time(expiresAt)),
    name,
    spki,
  );
  const signature = tagged(BIT_STRING, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]));
  const der = sequence(body, algorithm, signature);
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    serial: serial.toString('hex').toUpperCase(),
    pem: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    privateKey,
    effectiveAt: from,
    expiresAt,
  };
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const NULL = Buffer.from([0x05, 0x00]);
/** 1.2.840.113549.1.1.11 and 2.5.4.3, encoded. */
const SHA256_WITH_RSA = '2a864886f70d01010b';
const COMMON_NAME = '550403';

function oid(encoded: string): Buffer {
  return tagged(0x06, Buffer.from(encoded, 'hex'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function set(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts));
}

function time(at: Instant): Buffer {
  // `formatBeijing` of the instant 8 hours earlier is the time in UTC.
  return tagged(
    GENERALIZED_TIME,
    Buffer.from(`${formatBeijing(later(at, -8 * 3600_000), 'YYYYMMDDHHmmss')}Z`),
  );
}

/** A value with its tag and its length: short form below 128 bytes, else the long one. */
function tagged(tag: number, value: Buffer): Buffer {
  if (value.length < 128) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  const length = Buffer.from(value.length.toString(16).padStart(value.length > 255 ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, value]);
}
