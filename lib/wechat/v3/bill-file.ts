import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { READ_LIMITS } from '../../bill/limits';
import { isRecord } from '../../values/json';

/** Where a bill lies, and the hash of its uncompressed bytes. */
export interface BillPlace {
  readonly url: URL;
  /** SHA-1 in lower-case hexadecimal. */
  readonly sha1: string;
}

/**
 * Reads `{hash_type, hash_value, download_url}`. Null unless the hash is a SHA-1 and the address is
 * one of WeChat Pay's own downloads on one of `hosts`.
 *
 * Failure policy: fail closed. The address gets our signature, so a stranger's is not followed.
 */
export function billPlace(body: unknown, hosts: readonly string[]): BillPlace | null {
  if (!isRecord(body)) return null;
  const { hash_type: type, hash_value: hash, download_url: address } = body;
  if (type !== 'SHA1' || typeof hash !== 'string' || !/^[0-9a-f]{40}$/i.test(hash)) return null;
  if (typeof address !== 'string' || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.username !== '' || url.password !== '' || url.hash !== '') return null;
  const isOurs = hosts.some((host) => {
    const base = new URL(host);
    const folder = `${base.pathname.replace(/\/$/, '')}/v3/billdownload/`;
    return base.origin === url.origin && url.pathname.startsWith(folder);
  });
  return isOurs ? { url, sha1: hash.toLowerCase() } : null;
}

/** What the bytes of a download turned out to be. */
export type BillCheck = 'same' | 'different' | 'broken' | 'too_large' | 'no_time';

/**
 * Compares the hash of the uncompressed bytes. A compressed file is expanded piece by piece and
 * kept nowhere.
 */
export async function checkBill(bytes: Buffer, sha1: string, remaining: () => number): Promise<BillCheck> {
  const hash = createHash('sha1');
  if (!isGzip(bytes)) {
    hash.update(bytes);
    return hash.digest('hex') === sha1 ? 'same' : 'different';
  }
  let total = 0;
  const ended: { why: 'too_large' | 'no_time' | null } = { why: null };
  const sink = new Writable({
    write(piece: Buffer, _encoding, done) {
      total += piece.length;
      hash.update(piece);
      if (total > READ_LIMITS.bytes) ended.why = 'too_large';
      else if (remaining() <= 0) ended.why = 'no_time';
      done(ended.why === null ? null : new Error(ended.why));
    },
  });
  try {
    await pipeline(Readable.from(pieces(bytes)), createGunzip({ chunkSize: PIECE }), sink);
  } catch {
    return ended.why ?? 'broken';
  }
  return hash.digest('hex') === sha1 ? 'same' : 'different';
}

/** Bytes per step. */
const PIECE = 65_536;

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += PIECE) yield bytes.subarray(from, from + PIECE);
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
