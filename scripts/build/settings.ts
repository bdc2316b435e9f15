import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import { parseJson } from '../../lib/values/json';

/** The settings of a checkout, from its `config.json`. Throws `ConfigError` for bad ones. */
export function settingsIn(root: string): Config {
  const value = parseJson(readFileSync(join(root, 'config.json'), 'utf8'));
  if (value !== undefined) return readConfig(value);
  throw new ConfigError('config.json is not JSON: check for a missing comma or quote');
}
