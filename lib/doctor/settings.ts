import { may } from '../model/operators/principal';
import type { Config } from '../config/config-schema';
import type { Finding } from '../ops/api';
import type { Place } from './finding';
import { passed, problem } from './finding';

/** The merchant number in this repository's own config.json. It belongs to no merchant. */
const DEMO_MERCHANT = '1900000109';

/**
 * Seconds that fulfilling needs on top of the hook's time limit: to claim, to store and to answer
 * (docs/deploy-by-hand.md).
 */
const BESIDE_DELIVERY_SECONDS = 7;

/**
 * Checks valid settings as they are used here. `unset`: variables that the robots of config.json
 * lack, where the watchdog's environment is visible; empty elsewhere.
 */
export function checkSettings(
  config: Config,
  place: Place,
  unset: readonly string[] = [],
): readonly Finding[] {
  return [
    merchants(config, place),
    timeLimits(config),
    passed('quiet_hours', config.quietHours?.says ?? 'none: timers work at night as by day'),
    robots(config, unset),
    operators(config, place),
  ].filter((finding) => finding !== null);
}

function merchants({ merchants: all }: Config, place: Place): Finding {
  if (all.some(({ subMchId }) => subMchId === DEMO_MERCHANT)) {
    return problem(
      'merchants',
      place === 'cloud' ? 'error' : 'warning',
      `${DEMO_MERCHANT} is the number of the demonstration: no payment can be made to it`,
      'set merchants[0].subMchId in config.json to your merchant number, then build and upload again',
    );
  }
  return passed('merchants', `${all.length} of your own`);
}

function timeLimits({ functions, fulfilment }: Config): Finding {
  const longest = fulfilment.timeoutMs / 1000;
  const least = longest + BESIDE_DELIVERY_SECONDS;
  const timeoutSeconds = functions.fulfillOrders.timeoutMs / 1000;
  if (timeoutSeconds < least) {
    return problem(
      'time_limits',
      'error',
      `fulfillOrders has ${timeoutSeconds} s and one fulfilment may take ${longest} s: it would start none`,
      `set functions.fulfillOrders.timeoutSeconds to at least ${least}`,
    );
  }
  return passed('time_limits', 'each function has the time its work needs');
}

function robots({ watchdog: { targets } }: Config, unset: readonly string[]): Finding {
  if (targets.length === 0) {
    return problem(
      'robots',
      'warning',
      'nobody is notified: alarms show in the console only',
      'name a group robot or a webhook in watchdog.targets (docs/runbook.md)',
    );
  }
  if (unset.length > 0) {
    return problem(
      'robots',
      'error',
      `some of them cannot be reached: ${unset.join(', ')} is not set`,
      'set it in the environment of the watchdog: it is an address, which is a secret',
    );
  }
  return passed('robots', `${targets.length} are told: ${targets.map(({ name }) => name).join(', ')}`);
}

function operators({ ops }: Config, place: Place): Finding | null {
  if (place === 'server') return null;
  const members = ops.people.filter(({ openIds, revoked }) => openIds.length > 0 && !revoked);
  const actors = members.filter((one) => may(one, 'operate'));
  if (actors.length === 0) {
    return problem(
      'operators',
      'warning',
      'no OPENID may act: only the developer tools, and over HTTP any holder of OPS_TOKEN',
      'list your operators and their OPENIDs in ops.operators',
    );
  }
  const ids = members.flatMap(({ openIds }) => openIds);
  const both = ids.length - new Set(ids).size;
  if (both > 0) {
    return problem(
      'operators',
      'warning',
      `${both} OPENIDs are on both lists: they may act`,
      'remove them from ops.operators if they should only read',
    );
  }
  const others = members.length - actors.length;
  return passed('operators', `${actors.length} may act, ${others} may do less`);
}

/**
 * Whether WeChat Pay calls back into the environment this runs in. With any other id, including an
 * alias, it accepts the order and the money but never calls back. `running`: the id the platform
 * gives this function; null where there is none.
 */
export function checkEnvironmentId({ envId }: Pick<Config, 'envId'>, running: string | null): Finding {
  if (envId === null) {
    return running === null
      ? passed('environment_id', 'left out: each function names the environment it runs in')
      : passed('environment_id', `left out: WeChat Pay calls back into ${running}`);
  }
  if (running !== null && running !== envId) {
    return problem(
      'environment_id',
      'error',
      `WeChat Pay calls back into ${envId}, but this runs in ${running}: payments succeed and their notifications go elsewhere`,
      'leave envId out of config.json, or set it to the environment you upload to; then build and upload again',
    );
  }
  return passed('environment_id', `${envId}, in its full form`);
}
