import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StatementArchive } from '../statement/run/archive';
import { fingerprintOf, pathOf } from './archived-file';
import type { BillFile } from './disk/files';
import { billFiles } from './disk/files';
import type { KeptBills } from './mysql/kept-bills';

/** What became of the bills of an archive on disk. */
export interface CopiedBills {
  readonly copied: number;
  /** Bytes of the copied ones, as they were kept and as the other archive gives them back. */
  readonly bytes: number;
  readonly bytesReadBack: number;
  /**
   * Locations of bills whose bytes have changed where they were kept. Reading them fails on either
   * side, and a statement run downloads them again.
   */
  readonly damaged: readonly string[];
}

/**
 * Copies all bills of the archive in `folder` to another archive, under the same locations, one at
 * a time. Rejects with an `ArchiveError` or the file system's error; what was copied stays.
 */
export async function copyBills(folder: string, to: StatementArchive): Promise<CopiedBills> {
  const bills = await billFiles(folder);
  return copyEach(bills, ({ location }) => readFile(join(folder, location)), to);
}

/** The same from MySQL. Rejects with an `ArchiveError`, `StoreError` or the file system's error. */
export async function copyBillsBack(kept: KeptBills, to: StatementArchive): Promise<CopiedBills> {
  return copyEach(await kept.all(), (bill) => kept.bytesOf(bill), to);
}

async function copyEach(
  bills: readonly BillFile[],
  bytesOf: (bill: BillFile) => Promise<Buffer | null>,
  to: StatementArchive,
): Promise<CopiedBills> {
  let [copied, bytes, bytesReadBack] = [0, 0, 0];
  const damaged: string[] = [];
  for (const one of bills) {
    const { subMchId, day, kind, location } = one;
    const bill = await bytesOf(one);
    if (bill === null || pathOf(subMchId, day, bill, fingerprintOf(bill), kind) !== location) {
      damaged.push(location);
      continue;
    }
    const kept = await to.keep(subMchId, day, bill, kind);
    // The stream rejects when a byte differs.
    for await (const piece of await to.read(kept)) bytesReadBack += piece.length;
    bytes += bill.length;
    copied += 1;
  }
  return { copied, bytes, bytesReadBack, damaged };
}
