import { createHash } from 'node:crypto';
import { ArchiveError } from '../statement/run/archive';
import type { ArchivedFile } from '../model/statement-run';
import type { BeijingDay } from '../values/day';
import type { SubMchId } from '../values/ids';

/** What is known of some bytes before they are anywhere. */
export type Fingerprint = Omit<ArchivedFile, 'location'>;

/** The fingerprint of these bytes. */
export function fingerprintOf(bytes: Uint8Array): Fingerprint {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** True when these are the bytes that were kept. */
export function isIntact(bytes: Uint8Array, file: Fingerprint): boolean {
  return bytes.length === file.bytes && fingerprintOf(bytes).sha256 === file.sha256;
}

/**
 * Where a file goes: `<subMchId>/<day>-<start of its SHA-256>.csv`, or `.csv.gz`. The same bytes of
 * the same day are one file, and other bytes of that day do not overwrite it. 128 bits of the hash:
 * nobody guesses the name of a file they do not have.
 */
export function pathOf(
  subMchId: SubMchId,
  day: BeijingDay,
  bytes: Uint8Array,
  { sha256 }: Fingerprint,
): string {
  const isGzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return `${subMchId}/${day}-${sha256.slice(0, 32)}.csv${isGzipped ? '.gz' : ''}`;
}

/**
 * The rejection for bytes that are not there: whoever needs them has to download the statement
 * again.
 */
export function notFound(file: Pick<ArchivedFile, 'location'>, why: 'missing' | 'changed'): ArchiveError {
  const what = why === 'missing' ? 'is not in the archive' : 'is not what was put into the archive';
  return new ArchiveError(
    'not_found',
    `The statement ${file.location} ${what}; download it from WeChat Pay again.`,
  );
}
