import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import type { ArchivedFile } from '../../model/statement/archived-file';

/**
 * A file could not be stored or read back. `not_found`: the stored bytes are missing or changed;
 * only another download helps. `unavailable`: try again later.
 */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  constructor(
    readonly code: 'not_found' | 'unavailable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The kinds of files in an archive; `part`: of a file that a person is giving by hand. */
export const BILL_KINDS = ['trade', 'fund_flow', 'part'] as const;

/** One of `BILL_KINDS`. */
export type BillKind = (typeof BILL_KINDS)[number];

/** Stores WeChat Pay's files unchanged, so that runs can be repeated and audited. */
export interface StatementArchive {
  /**
   * Stores a file permanently; resolves once it is durable. The same bytes for the same merchant,
   * day and kind (`trade` unless told otherwise) are one file, however often they are stored.
   * Rejects with `ArchiveError`.
   */
  keep(subMchId: SubMchId, day: BeijingDay, bytes: Uint8Array, kind?: BillKind): Promise<ArchivedFile>;

  /**
   * Reads a file back, in pieces. Rejects with `ArchiveError`, immediately or while reading; if the
   * bytes have changed, at the latest after the last piece.
   */
  read(file: ArchivedFile): Promise<AsyncIterable<Uint8Array>>;

  /**
   * Removes `file` and, where the storage can be listed, every other file of that merchant and day.
   * Removing a missing file succeeds. Rejects with `ArchiveError` `unavailable`.
   */
  forget(subMchId: SubMchId, day: BeijingDay, file: ArchivedFile | null): Promise<void>;

  /**
   * Removes this file alone. Removing a missing file succeeds. Rejects with `ArchiveError`
   * `unavailable`.
   */
  drop(file: ArchivedFile): Promise<void>;
}
