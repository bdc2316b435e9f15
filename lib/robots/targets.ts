import type { AlarmTarget } from '../ops/watch/notice';
import { DeliveryError } from '../ops/watch/notice';
import type { Config } from '../config/config-schema';
import type { Timers } from '../runtime/timers';
import type { Clock } from '../values/instant';
import { dingtalkRobot } from './dingtalk';
import { feishuRobot } from './feishu';
import type { RobotAddress } from './robot';
import { webhook } from './webhook';
import { wecomRobot } from './wecom';

type TargetConfig = Config['watchdog']['targets'][number];

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What sending needs of its runtime. */
export interface TargetParts {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** One try of one notice may take so long, in ms. */
const TIMEOUT_MS = 5_000;

/**
 * The names of the variables that hold a target's address and secret: `ops-group` has
 * `ALARM_OPS_GROUP_URL` and `ALARM_OPS_GROUP_SECRET`.
 */
export function targetVariables(name: string): { readonly url: string; readonly secret: string } {
  const stem = `ALARM_${name.toUpperCase().replaceAll('-', '_')}`;
  return { url: `${stem}_URL`, secret: `${stem}_SECRET` };
}

/**
 * The robots and webhooks of config.json, with their addresses and secrets from the environment.
 * Makes no request.
 *
 * Failure policy: fail open. A target without an address, or with one that may not be used, does
 * not keep the others from being told: each delivery to it fails with `not_configured` and the name
 * of the variable, where operators see it.
 */
export function openTargets(
  targets: readonly TargetConfig[],
  env: Environment,
  parts: TargetParts,
): readonly AlarmTarget[] {
  return targets.map((target) => openTarget(target, env, { ...parts, timeoutMs: TIMEOUT_MS }));
}

function openTarget(
  { name, kind, mentionAll }: TargetConfig,
  env: Environment,
  parts: TargetParts & { readonly timeoutMs: number },
): AlarmTarget {
  const variables = targetVariables(name);
  const address = readAddress(env[variables.url], env[variables.secret]);
  if (address === null) {
    return broken(name, `${variables.url} must be an https address`);
  }
  switch (kind) {
    case 'wecom':
      return wecomRobot(name, address, mentionAll, parts);
    case 'feishu':
      return feishuRobot(name, address, mentionAll, parts);
    case 'dingtalk':
      return dingtalkRobot(name, address, mentionAll, parts);
    case 'webhook': {
      const { url, secret } = address;
      return secret === null
        ? broken(name, `${variables.secret} must be set: what is not signed cannot be believed`)
        : webhook(name, { url, secret }, parts);
    }
  }
}

/** An address that may be used: https, or http on this machine. Null for anything else. */
function readAddress(address: string | undefined, secret: string | undefined): RobotAddress | null {
  if (address === undefined || !URL.canParse(address.trim())) return null;
  const url = new URL(address.trim());
  const isOurs = url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !isOurs) return null;
  const given = secret?.trim() ?? '';
  return { url, secret: given === '' ? null : given };
}

function broken(name: string, fix: string): AlarmTarget {
  return {
    name,
    deliver: () => Promise.reject(new DeliveryError('not_configured', fix)),
  };
}
