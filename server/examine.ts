import type { Finding } from '../lib/ops/api';
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
import type { Clock } from '../lib/values/instant';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

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
}): Promise<readonly Finding[]> {
  const addresses = parts.config.watchdog.targets.map(({ name }) => targetVariables(name).url);
  const unset = addresses.filter((name) => (parts.env[name] ?? '') === '');
  return [
    checkNode(process.version, LEAST_NODE),
    ...checkSettings(parts.config, 'server', unset),
    checkTokens(parts.env, 'server'),
    checkDataFolder(parts.dataDir),
    ...(await examineStore(parts.store, parts.clock.now())),
    examineIndexes(parts.file),
    await examinePages(parts.file),
  ];
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
