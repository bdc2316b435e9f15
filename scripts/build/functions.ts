import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { version } from '../../package.json';
import { ConfigError } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import type { FunctionName, WorkerName } from '../../lib/config/jobs';
import { CALLBACKS, FUNCTIONS, isFunctionName } from '../../lib/config/jobs';
import { signerOf } from '../../lib/config/v3-party';
import { closedFunctions, wantedRules } from '../../lib/doctor/rules';
import type { WrittenCallingKeys } from '../../lib/hosting/cloud/money/calling-keys';
import { CALLING_KEYS_FILE, writtenCallingKeysOf } from '../../lib/hosting/cloud/money/calling-keys';
import { WEBHOOK_SECRETS_FILE } from '../../lib/hosting/cloud/fulfilment';
import type { WrittenReceivingKeys } from '../../lib/hosting/cloud/money/receiving-keys';
import { RECEIVING_KEYS_FILE, writtenKeysOf } from '../../lib/hosting/cloud/money/receiving-keys';
import type { KeySource } from '../../lib/wechat/v3/keys/key-sources';
import { readWebhookSecrets } from '../../lib/webhook/secrets';
import { readAllKeys } from '../../server/money/keys';
import { bundleFunctions, hasV3, ROOT, type Bundle } from './bundle';
import { buildId, CODE_FILE, ENTRY_FILE, entryFile } from './entry-file';

/** The module that signs calls of API v3. */
const SIGNS = 'lib/hosting/cloud/money/call-v3.ts';

/** The module that calls the merchant's own system. */
const CALLS_MERCHANT = 'lib/hosting/cloud/fulfilment.ts';

/** A folder of functions/ or workers/, which becomes one function. */
export interface FunctionFolder {
  readonly name: string;
  readonly kind: 'function' | 'worker';
}

/** A built function and its folder. */
export interface BuiltFunction extends Bundle, FunctionFolder {
  /** Its folder: `index.js`, `main.js`, `package.json`, `config.json`. */
  readonly dir: string;
  /** Of everything that is uploaded; the entry file names it. */
  readonly build: string;
}

/** A timer trigger, as in a function's `config.json` and in `cloudbaserc.json`. */
interface Trigger {
  readonly name: string;
  readonly type: 'timer';
  readonly config: string;
}

/**
 * Builds every function and worker into `outDir`: `cloudfunctions/<name>/` for the WeChat developer
 * tools and miniprogram-ci, `cloudbaserc.json` for the CloudBase CLI, `security-rules.json` for the
 * cloud console, `build.json` for the doctor and `npm run cloud -- status`. Removes the earlier
 * contents of `cloudfunctions`.
 */
export async function buildFunctions(options: {
  readonly outDir: string;
  readonly config: Config;
  readonly shop?: 'merchant' | 'test';
  /** Where the keys of merchants on API v3 are; absent: nowhere. */
  readonly keys?: KeySource;
  /** Builds without them: callbacks of API v3 then answer 500, and calls of it are refused. */
  readonly withoutKeys?: boolean;
  /** Whether a function is built, for a test that needs a few; absent: all are. */
  readonly only?: (name: string) => boolean;
}): Promise<readonly BuiltFunction[]> {
  const { config, outDir, shop = 'merchant', keys = () => null, withoutKeys = false } = options;
  const { only = () => true } = options;
  const root = join(outDir, 'cloudfunctions');
  rmSync(root, { recursive: true, force: true });
  // Some folders hold keys. Narrow modes of files would reach the cloud, where another user reads.
  mkdirSync(root, { recursive: true, mode: 0o700 });
  if (!withoutKeys) checkForCloud(config);
  const written = withoutKeys ? null : writtenKeys(config, keys);
  const secrets = withoutKeys || config.fulfilment.webhook === null ? null : readWebhookSecrets(keys);
  const wanted = foldersToBuild(config).filter(({ name }) => only(name));
  const folders = wanted.map(({ name: folder, kind }) => {
    const name = configured(config.functions, folder, 'functions');
    return { name, kind, entry: `${kind}s/${name}/index.ts`, out: `${name}/${parse(CODE_FILE).name}` };
  });
  const bundles = new Map<string, Bundle>();
  for (const callback of [true, false]) {
    const group = folders.filter(({ name }) => CALLBACKS.some((one) => one === name) === callback);
    const made = await bundleFunctions(group, { outDir: root, config, callback, shop, withoutKeys });
    made.forEach((bundle, at) => bundles.set(group[at]?.name ?? '', bundle));
  }
  const built = folders.map(({ name, kind }): BuiltFunction => {
    const [dir, bundle] = [join(root, name), bundles.get(name)];
    if (!bundle) throw new Error(`${name} was not built`);
    writeJson(join(dir, 'package.json'), { name, version, private: true, main: ENTRY_FILE });
    writeJson(join(dir, 'config.json'), {
      permissions: { openapi: [] },
      ...(kind === 'worker' ? { triggers: [triggerOf(config, name)] } : {}),
    });
    const keyFiles: (readonly [name: string, keys: object])[] = [];
    if (written !== null && CALLBACKS.some((one) => one === name)) {
      keyFiles.push([RECEIVING_KEYS_FILE, written.receiving]);
    }
    // What carries the code that signs gets the key, and nothing else does.
    if (written !== null && bundle.inputs.includes(SIGNS))
      keyFiles.push([CALLING_KEYS_FILE, written.calling]);
    if (secrets !== null && bundle.inputs.includes(CALLS_MERCHANT))
      keyFiles.push([WEBHOOK_SECRETS_FILE, { secrets }]);
    for (const [file, value] of keyFiles) writeJson(join(dir, file), value);
    const code = readFileSync(join(dir, CODE_FILE));
    const build = buildId([version, code, ...keyFiles.map(([, value]) => JSON.stringify(value))]);
    writeFileSync(join(dir, ENTRY_FILE), entryFile(name, version, build));
    return { ...bundle, name, kind, dir, build };
  });
  writeJson(join(outDir, 'cloudbaserc.json'), cloudbaserc(config, built));
  writeJson(join(outDir, 'security-rules.json'), wantedRules(closedOf(built)));
  const builds = Object.fromEntries(built.map(({ name, build }) => [name, build]));
  writeJson(join(outDir, 'build.json'), { settings: digestOf(config), version, builds });
  return built;
}

/**
 * Refuses settings that cloud functions cannot serve with real money. Throws `ConfigError`.
 *
 * Failure policy: fail closed. Each would take orders and lose sight of their payments.
 */
function checkForCloud(config: Config): void {
  for (const { subMchId, channel } of config.merchants) {
    if (channel.kind === 'cloudrun') {
      throw new ConfigError(
        `merchants: ${subMchId} is on the channel cloudrun: only a container in WeChat Cloud Run can call it; use the channel cloudpay or v3 (docs/channels.md)`,
      );
    }
  }
  if (hasV3(config) && config.cloud.callbackUrl === null) {
    throw new ConfigError(
      'cloud.callbackUrl: was missing; must be the https address of the HTTP access service, because notify_url is made from it (docs/deploy.md, step 14)',
    );
  }
}

/**
 * The keys for callbacks, which check and open notifications of API v3, and for functions that call
 * it. Null where no merchant uses it. Throws `KeyError` for a merchant whose keys are missing or
 * wrong.
 */
function writtenKeys(
  { merchants }: Config,
  source: KeySource,
): { readonly receiving: WrittenReceivingKeys; readonly calling: WrittenCallingKeys } | null {
  const signers = merchants.flatMap(({ channel }) =>
    channel.kind === 'v3' ? [signerOf(channel.party)] : [],
  );
  if (signers.length === 0) return null;
  const sets = [...readAllKeys(signers, source)];
  return {
    receiving: Object.fromEntries(sets.map(([signer, { keys }]) => [signer, writtenKeysOf(keys)])),
    calling: Object.fromEntries(sets.map(([signer, { keys }]) => [signer, writtenCallingKeysOf(keys)])),
  };
}

/**
 * All folders to build, in build order. Those of API v3 only where a merchant uses it, or where the
 * settings are unknown (null).
 */
export function foldersToBuild(config: Config | null): readonly FunctionFolder[] {
  const isBuilt = (name: string): boolean =>
    !isFunctionName(name) ||
    FUNCTIONS[name].calledBy !== 'wechat_pay_http' ||
    config === null ||
    hasV3(config);
  return [
    ...foldersIn('functions')
      .filter(isBuilt)
      .map((name) => ({ name, kind: 'function' as const })),
    ...foldersIn('workers').map((name) => ({ name, kind: 'worker' as const })),
  ];
}

/** The functions that users of the mini program may not call. */
export function closedOf(built: readonly FunctionFolder[]): readonly string[] {
  const named = (kind: FunctionFolder['kind']) =>
    built.filter((one) => one.kind === kind).map(({ name }) => name);
  return closedFunctions(named('function'), named('worker'));
}

/** A digest of the settings a build was made from. */
export function digestOf(config: Config): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex');
}

/**
 * The configuration for the CloudBase CLI. No `envVariables`: a deploy would overwrite all that are
 * set online.
 */
export function cloudbaserc(config: Config, built: readonly FunctionFolder[]): object {
  return {
    version: '2.0',
    envId: config.envId ?? '{{env.ENV_ID}}',
    functionRoot: './cloudfunctions',
    functions: built.map(({ name, kind }) => {
      const { timeoutMs, memoryMb } = config.functions[configured(config.functions, name, 'functions')];
      return {
        name,
        handler: 'index.main',
        runtime: config.cloud.runtime,
        timeout: timeoutMs / 1000,
        memorySize: memoryMb,
        installDependency: false,
        ...(kind === 'worker' ? { triggers: [triggerOf(config, name)] } : {}),
      };
    }),
  };
}

function triggerOf(config: Config, worker: string): Trigger {
  const name: WorkerName = configured(config.timers, worker, 'timers');
  return { name: `${name}Timer`, type: 'timer', config: config.timers[name] };
}

/** Throws when a folder has no settings of its name: its limits and its timer would be guesses. */
function configured<Key extends FunctionName | WorkerName>(
  settings: Readonly<Record<Key, unknown>>,
  name: string,
  section: string,
): Key {
  if (isKeyOf(settings, name)) return name;
  throw new Error(`${name} is not in ${section} of lib/config/jobs.ts: add it there`);
}

function isKeyOf<Key extends string>(settings: Readonly<Record<Key, unknown>>, name: string): name is Key {
  return Object.hasOwn(settings, name);
}

function foldersIn(dir: string): string[] {
  return readdirSync(join(ROOT, dir), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function writeJson(path: string, value: object): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
