import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunsOn } from '../../lib/config/agreement';
import { ConfigError, readConfig } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import { parseJson } from '../../lib/values/json';

/**
 * The settings of a checkout, from its `config.json`, for where they will run. Throws `ConfigError`
 * for bad ones.
 */
export function settingsIn(root: string, runsOn: RunsOn = 'cloud'): Config {
  const value = parseJson(readFileSync(join(root, 'config.json'), 'utf8'));
  if (value !== undefined) return readConfig(value, runsOn);
  throw new ConfigError('config.json is not JSON: check for a missing comma or quote');
}
