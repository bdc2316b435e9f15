import fc from 'fast-check';
import { ConfigError, readConfig } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import {
  fulfilmentSettings,
  inboxSettings,
  orderSettings,
  reconcileSettings,
  refundSettings,
  retentionSettings,
  statementSettings,
} from '../../lib/hosting/settings';
import { awkward, mutated } from './mutations';
import { pure } from './target';

const MERCHANTS = [{ subMchId: '1900000109', feeRate: '0.60%' }];
const WHOLE: object = readConfig({ merchants: MERCHANTS });
const sections = Object.entries(WHOLE).filter(([, value]) => typeof value === 'object' && value !== null);

/** Mutates the file, and one section of it too. */
const configs = fc.oneof(
  mutated([WHOLE, { merchants: MERCHANTS }]),
  fc
    .constantFrom(...sections)
    .chain(([name, section]) =>
      mutated([section as object]).map((spoiled) => ({ merchants: MERCHANTS, [name]: spoiled })),
    ),
  awkward,
);

const READERS = [
  fulfilmentSettings,
  inboxSettings,
  orderSettings,
  reconcileSettings,
  refundSettings,
  retentionSettings,
  (config: Config) => statementSettings(config, 1_000),
];

/** `config.json` as somebody wrote it: read, with all that follows from it, or refused by name. */
export const settings = pure('settings', 70, configs, (json) => {
  try {
    const config = readConfig(json);
    for (const read of READERS) read(config);
  } catch (error) {
    if (error instanceof ConfigError && /^config\.json is wrong in \d+ place/.test(error.message)) return;
    throw error;
  }
});
