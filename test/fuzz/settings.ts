import fc from 'fast-check';
import { ConfigError, readConfig } from '../../lib/config/config';
import { writtenConfig } from '../../lib/config/written';
import { awkward, mutated } from './mutations';
import { pure } from './target';

const MERCHANTS = [{ subMchId: '1900000109', feeRate: '0.60%' }];
const WHOLE: object = writtenConfig.parse({ merchants: MERCHANTS });
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

/** `config.json` as somebody wrote it: read, with all that follows from it, or refused by name. */
export const settings = pure('settings', 70, configs, (json) => {
  try {
    readConfig(json);
  } catch (error) {
    if (error instanceof ConfigError && /^config\.json is wrong in \d+ place/.test(error.message)) return;
    throw error;
  }
});
