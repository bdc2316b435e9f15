import { mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { passed, problem } from '../../lib/doctor/finding';
import type { Finding } from '../../lib/ops/api';
import { errorText } from '../../lib/runtime/error-text';
import { SHRINKING_WORDS } from '../../lib/store/sqlite/disk/shrunken';
import type { Instant } from '../../lib/values/instant';
import { namesIn } from './data-folder';
import { compareData } from './shrunken-data';

/**
 * Whether the next start would be refused because data is missing that the low-water mark records.
 * It is better to know this before a restart. Changes nothing and never throws.
 */
export function checkLowWaterMark(dataDir: string, now: Instant): Finding {
  try {
    const { shrinking, reading } = compareData(namesIn(dataDir), now);
    if (shrinking !== null) {
      return problem(
        'low_water_mark',
        'error',
        `the next start would be refused: ${SHRINKING_WORDS[shrinking]}`,
        'put the latest data back before you start the server; if it is lost for good: npm run ops -- accept-loss --why "<reason>" (docs/backup.md)',
      );
    }
    return passed(
      'low_water_mark',
      reading.kind === 'none' ? 'there is none yet' : 'the data has everything that its mark speaks of',
    );
  } catch (error) {
    return problem(
      'low_water_mark',
      'unknown',
      errorText(error),
      'fix the data folder and the database first',
    );
  }
}

/** Whether files can be created in the data folder. Leaves none there. */
export function checkDataFolder(dataDir: string): Finding {
  try {
    rmdirSync(mkdtempSync(join(dataDir, 'doctor-')));
    return passed('data_folder', `${dataDir} takes files`);
  } catch (error) {
    return problem(
      'data_folder',
      'error',
      errorText(error),
      'let this user write to DATA_DIR, and check whether the disk is full',
    );
  }
}
