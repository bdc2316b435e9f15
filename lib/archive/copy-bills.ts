import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StatementArchive } from '../statement/run/archive';
import { fingerprintOf, pathOf } from './archived-file';
import { billFiles } from './disk/files';

/** What became of the bills of an archive on disk. */
export interface CopiedBills {
  readonly copied: number;
  /** Bytes of the copied ones, on disk and as the other archive gives them back. */
  readonly bytes: number;
  readonly bytesReadBack: number;
  /**
   * Locations of bills whose bytes have changed on disk. Reading them fails on either side, and a
   * statement run downloads them again.
   */
  readonly damaged: readonly string[];
}

/**
 * Copies all bills of the archive in `folder` to another archive, under the same locations, one at
 * a time. Rejects with an `ArchiveError` or the file system's error; what was copied stays.
 */
export async function copyBills(folder: string, to: StatementArchive): Promise<CopiedBills> {
  let [copied, bytes, bytesReadBack] = [0, 0, 0];
  const damaged: string[] = [];
  for (const { subMchId, day, location } of await billFiles(folder)) {
    const bill = await readFile(join(folder, location));
    if (pathOf(subMchId, day, bill, fingerprintOf(bill)) !== location) {
      damaged.push(location);
      continue;
    }
    const kept = await to.keep(subMchId, day, bill);
    // The stream rejects when a byte differs.
    for await (const piece of await to.read(kept)) bytesReadBack += piece.length;
    bytes += bill.length;
    copied += 1;
  }
  return { copied, bytes, bytesReadBack, damaged };
}
