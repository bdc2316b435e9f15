import { createHash } from 'node:crypto';
import { ArchiveError, BILL_KINDS, type BillKind } from '../statement/run/archive';
import type { ArchivedFile } from '../model/statement/archived-file';
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

/** What the name of a kind of bill has after its day. */
const MARKS: Readonly<Record<BillKind, string>> = {
  trade: '',
  fund_flow: 'funds-',
  part: 'part-',
};

/**
 * A finished bill's name, and the paths that `pathOf` produces: the day, the mark of its kind, and
 * the beginning of its hash.
 */
export const BILL_NAME = /^(\d{8})-(funds-|part-)?[0-9a-f]{32}\.csv(?:\.gz)?$/;

/** The kind of the bill at this location, or of this name. */
export function kindAt(location: string): BillKind {
  const [, , mark] = BILL_NAME.exec(location.split('/').at(-1) ?? '') ?? [];
  return BILL_KINDS.find((kind) => MARKS[kind] === (mark ?? '')) ?? 'trade';
}

/**
 * The path of a file: `<subMchId>/<day>-<start of its SHA-256>.csv`, or `.csv.gz`; of a fund-flow
 * bill `<subMchId>/<day>-funds-…`, of a part of a file `<subMchId>/<day>-part-…`. The same bytes
 * of the same day are one file; different bytes of that day do not overwrite it. The 128 bits of
 * the hash make the name of an unknown file unguessable.
 */
export function pathOf(
  subMchId: SubMchId,
  day: BeijingDay,
  bytes: Uint8Array,
  { sha256 }: Fingerprint,
  kind: BillKind = 'trade',
): string {
  const isGzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return `${subMchId}/${day}-${MARKS[kind]}${sha256.slice(0, 32)}.csv${isGzipped ? '.gz' : ''}`;
}

/** The error for bytes that are missing or changed: only another download helps. */
export function notFound(file: Pick<ArchivedFile, 'location'>, why: 'missing' | 'changed'): ArchiveError {
  const what = why === 'missing' ? 'is missing from the archive' : 'has changed in the archive';
  return new ArchiveError(
    'not_found',
    `The bill ${file.location} ${what}; download it from WeChat Pay again.`,
  );
}
