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

/** The dependencies of sending. */
export interface TargetParts {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Time limit of one attempt to send a notice, in ms. */
const TIMEOUT_MS = 5_000;

/**
 * The names of the variables with a target's address and secret: `ops-group` has
 * `ALARM_OPS_GROUP_URL` and `ALARM_OPS_GROUP_SECRET`.
 */
export function targetVariables(name: string): { readonly url: string; readonly secret: string } {
  const stem = `ALARM_${name.toUpperCase().replaceAll('-', '_')}`;
  return { url: `${stem}_URL`, secret: `${stem}_SECRET` };
}

/**
 * Opens the robots and webhooks of config.json, with addresses and secrets from the environment.
 * Makes no request.
 *
 * Failure policy: fail open. A target whose address is missing or invalid does not affect the
 * others: each attempt to send to it fails with `not_configured` and the name of the variable,
 * which operators can see.
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
    return misconfigured(name, `${variables.url} must be an https address`);
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
        ? misconfigured(name, `${variables.secret} must be set: receivers cannot trust unsigned notices`)
        : webhook(name, { url, secret }, parts);
    }
  }
}

/** A valid address: https, or http on this machine. Null for anything else. */
function readAddress(address: string | undefined, secret: string | undefined): RobotAddress | null {
  if (address === undefined || !URL.canParse(address.trim())) return null;
  const url = new URL(address.trim());
  const isOurs = url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !isOurs) return null;
  const given = secret?.trim() ?? '';
  return { url, secret: given === '' ? null : given };
}

function misconfigured(name: string, fix: string): AlarmTarget {
  return {
    name,
    deliver: () => Promise.reject(new DeliveryError('not_configured', fix)),
  };
}
