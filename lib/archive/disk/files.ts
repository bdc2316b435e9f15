import { readdir } from 'node:fs/promises';
import type { BeijingDay } from '../../values/day';
import { isBeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import { isSubMchId } from '../../values/ids';
import { BILL_NAME, kindAt } from '../archived-file';
import type { BillKind } from '../../statement/run/archive';
import { isRecord } from '../../values/json';

/** A bill in an archive on disk. */
export interface BillFile {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly kind: BillKind;
  /** Its path in the archive. */
  readonly location: string;
}

/**
 * Every finished bill of the archive in this folder; none when there is no folder. Rejects with the
 * file system's error.
 */
export async function billFiles(folder: string): Promise<readonly BillFile[]> {
  const files: BillFile[] = [];
  for (const subMchId of await namesIn(folder)) {
    if (!isSubMchId(subMchId)) continue;
    for (const name of await namesIn(`${folder}/${subMchId}`)) {
      const day: unknown = BILL_NAME.exec(name)?.[1];
      if (!isBeijingDay(day)) continue;
      files.push({ subMchId, day, kind: kindAt(name), location: `${subMchId}/${name}` });
    }
  }
  return files;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isRecord(error) && (error['code'] === 'ENOENT' || error['code'] === 'ENOTDIR')) return [];
    throw error;
  }
}
