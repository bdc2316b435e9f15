import type { Finding } from '../lib/ops/api';
import { examineApiV3 } from '../lib/doctor/api-v3';
import { passed, problem } from '../lib/doctor/finding';
import { checkNode } from '../lib/doctor/runtime';
import { checkSettings } from '../lib/doctor/settings';
import { examineStore } from '../lib/doctor/store';
import { checkTokens } from '../lib/doctor/tokens';
import type { Config } from '../lib/config/config-schema';
import { errorText } from '../lib/runtime/error-text';
import type { Environment } from '../lib/robots/targets';
import { targetVariables } from '../lib/robots/targets';
import { examineIndexes, examinePages } from '../lib/doctor/sqlite';
import type { Store } from '../lib/store/port';
import { SHRINKING_WORDS } from '../lib/store/sqlite/disk/shrunken';
import type { Clock, Instant } from '../lib/values/instant';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { notifyUrl } from '../lib/wechat/v3/notify-url';
import type { ApiV3 } from './api-v3';
import { v3Parties } from './api-v3';
import { namesIn } from './data-folder';
import { compareData } from './shrunken-data';

/** The version package.json requires. */
export const LEAST_NODE = 20;

/** Every check of the installation that a running server can make. Never rejects. */
export async function examineServer(parts: {
  readonly store: Store;
  readonly config: Config;
  readonly dataDir: string;
  readonly file: string;
  readonly clock: Clock;
  readonly env: Environment;
  /** The real API v3; null with simulated money. */
  readonly realApiV3: ApiV3 | null;
}): Promise<readonly Finding[]> {
  const addresses = parts.config.watchdog.targets.map(({ name }) => targetVariables(name).url);
  const unset = addresses.filter((name) => (parts.env[name] ?? '') === '');
  return [
    checkNode(process.version, LEAST_NODE),
    ...checkSettings(parts.config, 'server', unset),
    checkTokens(parts.env, 'server'),
    checkDataFolder(parts.dataDir),
    checkLowWaterMark(parts.dataDir, parts.clock.now()),
    ...(await examineStore(parts.store, parts.clock.now())),
    examineIndexes(parts.file),
    await examinePages(parts.file),
    ...(await examineReal(parts)),
  ];
}

async function examineReal(parts: {
  readonly realApiV3: ApiV3 | null;
  readonly config: Config;
  readonly clock: Clock;
}): Promise<readonly Finding[]> {
  const [first, ...rest] = v3Parties(parts.config);
  if (parts.realApiV3 === null || first === undefined) return [];
  const { hosts, transport, keysOf, publicUrl } = parts.realApiV3;
  return examineApiV3({
    parties: [first, ...rest],
    keysOf,
    transport,
    host: hosts[0],
    addressSetting: 'server.publicUrl or the proxy (docs/server.md)',
    notifyUrl: (signer) => notifyUrl(publicUrl, 'pay', signer),
    clock: parts.clock,
    nonce: () => randomBytes(12).toString('hex'),
  });
}

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
