import { parseJson } from '../../lib/values/json';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Finding } from '../../lib/ops/api';
import { passed, problem } from '../../lib/doctor/finding';
import { checkSecurityRules } from '../../lib/doctor/rules';
import { checkClock, checkNode } from '../../lib/doctor/runtime';
import { checkEnvironmentId, checkSettings } from '../../lib/doctor/settings';
import { checkTokens } from '../../lib/doctor/tokens';
import type { RunsOn } from '../../lib/config/agreement';
import { ConfigError, readConfig } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import { closedOf, foldersToBuild } from '../../scripts/build/functions';
import { examinePages } from '../../lib/doctor/sqlite';
import { namesIn } from '../../server/data/data-folder';
import { systemClock } from '../../lib/runtime/system-clock';
import { checkDataFolder, checkLowWaterMark } from '../../server/data/check-data';
import { LEAST_NODE } from '../../server/health/examine';
import { addressOf, openClient } from '../client';
import { UsageError } from '../usage-error';
import type { RealWeChatPay } from '../../server/money/api-v3';
import { realV3 as openRealV3 } from '../../lib/hosting/cloud/money/real-v3';
import { checkBuild } from './build-checks';
import { examineCloudV3 } from './cloud-v3';

/** What to check. */
export interface Checkout {
  /** Its folder: `config.json`, `dist/`. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A running server, or the function's address; null to check neither. */
  readonly url: string | null;
  /** The security rules as the cloud console shows them; null when unknown. */
  readonly rules: unknown;
  /** The API v3 of real money; tests name another. */
  readonly realV3?: RealWeChatPay;
}

/**
 * Every check that a checkout allows, and the checks of a running installation. Changes nothing.
 */
export async function examineCheckout(checkout: Checkout): Promise<readonly Finding[]> {
  const { root, environment, url, rules, realV3 = openRealV3() } = checkout;
  const config = configOf(root, 'server');
  return [
    checkNode(process.version, LEAST_NODE),
    ...('check' in config ? [config] : await examineConfig(config, root, realV3)),
    'check' in config
      ? checkTokens(environment, 'checkout')
      : checkTokens(environment, 'checkout', config.ops.people, config.ops),
    checkSecurityRules(rules, closedOf(foldersToBuild('check' in config ? null : config))),
    ...(await dataFolder(resolve(root, environment['DATA_DIR'] ?? '.data'))),
    ...(url === null ? [] : await examineRunning(url, environment['OPS_TOKEN'] ?? null)),
  ];
}

/** The settings, for where they run; a finding when they cannot be used there. */
function configOf(root: string, runsOn: RunsOn): Config | Finding {
  const fix = 'fix config.json; config.schema.json describes every setting';
  try {
    const value = parseJson(readFileSync(join(root, 'config.json'), 'utf8'));
    if (value !== undefined) return readConfig(value, runsOn);
  } catch (error) {
    if (error instanceof ConfigError)
      return problem('config', 'error', error.message.replace(/\s+/g, ' '), fix);
  }
  return problem('config', 'error', 'config.json cannot be read as JSON', fix);
}

/** Whether settings that a server can use can be used by cloud functions too. */
function settingsFinding(forCloud: Config | Finding): Finding {
  return 'check' in forCloud
    ? problem('config', 'warning', forCloud.what, 'a server may ignore this; cloud functions cannot be built')
    : passed('config', 'every setting is valid');
}

async function examineConfig(
  config: Config,
  root: string,
  realV3: RealWeChatPay,
): Promise<readonly Finding[]> {
  const forCloud = configOf(root, 'cloud');
  return [
    settingsFinding(forCloud),
    ...checkSettings(config, 'checkout'),
    checkEnvironmentId(config, null),
    // Functions are built with the timers of the cloud.
    ...(await checkBuild('check' in forCloud ? config : forCloud, join(root, 'dist'))),
    ...(await examineCloudV3(config, root, realV3)),
  ];
}

/** The first start creates the folder. Until then its parent must be writable. */
async function dataFolder(dataDir: string): Promise<readonly Finding[]> {
  const { database } = namesIn(dataDir);
  return [
    checkDataFolder(existsSync(dataDir) ? dataDir : dirname(dataDir)),
    checkLowWaterMark(dataDir, systemClock.now()),
    existsSync(database) ? await examinePages(database) : passed('database', 'it does not exist yet'),
  ];
}

/** A date in a header is in whole seconds, rounded down. */
const HEADER_PRECISION_MS = 1_000;

/**
 * A `Date` header in ms; NaN when invalid. It is in GMT by definition, and another zone is not
 * guessed.
 */
function httpDate(text: string): number {
  return text.endsWith(' GMT') ? Date.parse(`${text.slice(0, -4)} GMT`) : NaN;
}

async function examineRunning(url: string, token: string | null): Promise<readonly Finding[]> {
  const client = openClient(url, token);
  try {
    const sentAt = Date.now();
    const response = await fetch(addressOf(url, 'doctor'), {
      method: 'OPTIONS',
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
    const heardAt = Date.now();
    const theirs = httpDate(response.headers.get('date') ?? '');
    const clock = Number.isNaN(theirs)
      ? problem('clock', 'unknown', `${url} sends no date`, 'compare the clock of a log line with yours')
      : checkClock({ sentAt, heardAt, theirs }, HEADER_PRECISION_MS, url);
    const reply = await client.ask('doctor', {});
    if (reply.ok) return [passed('server', `${url} answers`), clock, ...reply.findings];
    const fix = 'put the OPS_TOKEN or OPS_READ_TOKEN of that installation into the environment as OPS_TOKEN';
    return [problem('server', 'error', `${url}: ${reply.code}, ${reply.message}`, fix), clock];
  } catch (error) {
    const what = error instanceof UsageError ? error.message : `${url} did not answer`;
    return [problem('server', 'error', what, 'start it, or correct --url')];
  }
}
