import { READ_LIMITS } from '../../lib/bill/limits';
import { InputError } from '../input-error';

/** The most files of a side, and of an archive: a month of bills, and some. */
export const MOST_FILES = 200;

/**
 * How much of a file with orders is read before it is refused: the limits of a bill, so that no
 * file fills the memory or runs endlessly. A row is one order, so a longer one is not a row.
 */
export const TABLE_LIMITS = {
  ...READ_LIMITS,
  rowChars: 1_000_000,
  /** Text that the cells of a workbook share; it is held in memory. */
  sharedChars: 128 * 2 ** 20,
};

/** Passes bytes on and refuses a file that decompresses to more than the limits allow. */
export async function* limited(
  chunks: AsyncIterable<Buffer>,
  name: string,
  compressedBytes: () => number | null,
): AsyncGenerator<Buffer, void, void> {
  let bytes = 0;
  const begun = TABLE_LIMITS.elapsed();
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > TABLE_LIMITS.bytes) throw new InputError('too_large', { file: name });
    const compressed = compressedBytes();
    if (compressed !== null && bytes > TABLE_LIMITS.denseBytes && bytes > compressed * TABLE_LIMITS.density) {
      throw new InputError('bomb', { file: name });
    }
    if (TABLE_LIMITS.elapsed() - begun > TABLE_LIMITS.workMs * 5)
      throw new InputError('too_slow', { file: name });
    yield chunk;
  }
}
