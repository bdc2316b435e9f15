import type { Config } from '../config/config-schema';
import type { Finding } from '../ops/api';
import type { Place } from './finding';
import { ill, well } from './finding';

/** The merchant number this repository's own config.json comes with: nobody's. */
export const DEMO_MERCHANT = '1900000109';

/** Beside its time-out a delivery needs this long to be claimed, written down and answered, in seconds (docs/deploy.md, step 6). */
const BESIDE_DELIVERY_SECONDS = 7;

/**
 * Looks at valid settings, as they are used at this place. `unset`: the variables that the robots of config.json lack, where the watchdog's
 * environment can be seen; empty elsewhere.
 */
export function checkSettings(
  config: Config,
  place: Place,
  unset: readonly string[] = [],
): readonly Finding[] {
  return [
    merchants(config, place),
    timeLimits(config),
    robots(config, unset),
    operators(config, place),
  ].filter((finding) => finding !== null);
}

function merchants({ merchants: all }: Config, place: Place): Finding {
  if (all.some(({ subMchId }) => subMchId === DEMO_MERCHANT)) {
    return ill(
      'merchants',
      place === 'cloud' ? 'error' : 'warning',
      `${DEMO_MERCHANT} is the number of the demonstration: no payment can be made to it`,
      'set merchants[0].subMchId in config.json to your merchant number, then build and upload again',
    );
  }
  return well('merchants', `${all.length} of your own`);
}

function timeLimits({ functions, fulfilment }: Config): Finding {
  const least = fulfilment.timeoutSeconds + BESIDE_DELIVERY_SECONDS;
  const { timeoutSeconds } = functions.fulfillOrders;
  if (timeoutSeconds < least) {
    return ill(
      'time_limits',
      'error',
      `fulfillOrders has ${timeoutSeconds} s and a delivery may take ${fulfilment.timeoutSeconds} s: it would begin none`,
      `set functions.fulfillOrders.timeoutSeconds to at least ${least}`,
    );
  }
  return well('time_limits', 'each function has the time that its work needs');
}

function robots({ watchdog: { targets } }: Config, unset: readonly string[]): Finding {
  if (targets.length === 0) {
    return ill(
      'robots',
      'warning',
      'nobody is told when something is wrong: alarms are seen by who looks at the console only',
      'name a group robot or a webhook in watchdog.targets (docs/runbook.md)',
    );
  }
  if (unset.length > 0) {
    return ill(
      'robots',
      'error',
      `nobody can be told through some of them: ${unset.join(', ')} is not set`,
      'set it in the environment of the watchdog: it is an address, which is a secret',
    );
  }
  return well('robots', `${targets.length} are told: ${targets.map(({ name }) => name).join(', ')}`);
}

function operators({ ops }: Config, place: Place): Finding | null {
  if (place === 'server') return null;
  if (ops.operators.length === 0) {
    return ill(
      'operators',
      'warning',
      'no OPENID may act: only the developer tools, and over HTTP whoever has OPS_TOKEN',
      'list your operators’ OPENIDs in ops.operators, and those who may only look in ops.readers',
    );
  }
  const both = ops.readers.filter((one) => ops.operators.includes(one)).length;
  if (both > 0) {
    return ill(
      'operators',
      'warning',
      `${both} OPENIDs are on both lists: they may act`,
      'take them off ops.operators if they are only to look',
    );
  }
  return well('operators', `${ops.operators.length} may act, ${ops.readers.length} may look`);
}

/**
 * Whether the environment WeChat Pay is told is the one this runs in. With any other id, an alias too, it takes the order and the money
 * and never calls back. `running`: the id the platform gives this function; null where there is none.
 */
export function checkEnvironmentId({ envId }: Pick<Config, 'envId'>, running: string | null): Finding {
  if (envId === null) {
    return running === null
      ? well('environment_id', 'left out: each function tells WeChat Pay the environment it runs in')
      : well('environment_id', `left out: WeChat Pay is told ${running}`);
  }
  if (running !== null && running !== envId) {
    return ill(
      'environment_id',
      'error',
      `WeChat Pay is told ${envId}, and this runs in ${running}: payments are taken and their notifications go elsewhere`,
      'leave envId out of config.json, or set it to the environment you upload to; then build and upload again',
    );
  }
  return well('environment_id', `${envId}, in its full form`);
}
