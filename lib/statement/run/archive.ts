import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import type { ArchivedFile } from '../../model/statement-run';

/**
 * A statement could not be kept or read back. `not_found`: these bytes are not there, because the
 * file is missing or was changed; only another download fixes that. `unavailable`: try again.
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

/**
 * Where the files of WeChat Pay are kept as they came, so that a run can be repeated and audited.
 */
export interface StatementArchive {
  /**
   * Keeps a file for good and resolves once it is safe. The same bytes for the same merchant and
   * day are one file, however often they are kept. Rejects with `ArchiveError`.
   */
  keep(subMchId: SubMchId, day: BeijingDay, bytes: Uint8Array): Promise<ArchivedFile>;

  /**
   * Reads a file back, in pieces. Rejects, then or while reading, with `ArchiveError`; when the
   * bytes are not those that were kept, at the latest after the last piece.
   */
  read(file: ArchivedFile): Promise<AsyncIterable<Uint8Array>>;

  /**
   * Removes `file` and, where the storage can be listed, whatever else was kept of that merchant
   * and day. Removing what is not there is no failure. Rejects with `ArchiveError` `unavailable`.
   */
  forget(subMchId: SubMchId, day: BeijingDay, file: ArchivedFile | null): Promise<void>;
}
