import { createHash } from 'node:crypto';
import { ArchiveError } from '../statement/run/archive';
import type { ArchivedFile } from '../model/archived-file';
import type { BeijingDay } from '../values/day';
import type { SubMchId } from '../values/ids';

/** Size and hash of bytes before they are stored. */
export type Fingerprint = Omit<ArchivedFile, 'location'>;

/** Computes the fingerprint of these bytes. */
export function fingerprintOf(bytes: Uint8Array): Fingerprint {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** True when these bytes match the stored fingerprint. */
export function isIntact(bytes: Uint8Array, file: Fingerprint): boolean {
  return bytes.length === file.bytes && fingerprintOf(bytes).sha256 === file.sha256;
}

/**
 * The path of a file: `<subMchId>/<day>-<start of its SHA-256>.csv`, or `.csv.gz`. The same bytes
 * of the same day are one file; different bytes of that day do not overwrite it. The 128 bits of
 * the hash make the name of an unknown file unguessable.
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

/** The error for bytes that are missing or changed: only another download helps. */
export function notFound(file: Pick<ArchivedFile, 'location'>, why: 'missing' | 'changed'): ArchiveError {
  const what = why === 'missing' ? 'is missing from the archive' : 'has changed in the archive';
  return new ArchiveError(
    'not_found',
    `The bill ${file.location} ${what}; download it from WeChat Pay again.`,
  );
}
