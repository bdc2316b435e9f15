import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import { errorText } from '../../lib/runtime/error-text';
import { languageOf } from '../../operator/language';
import { UsageError, withUsage } from '../../operator/usage-error';
import { settingsIn } from '../build/settings';
import type { Manager } from './manager';
import { ManagerError, openManager } from './manager';
import type { Plan, Step, Wanted } from './plan';
import { planOf } from './plan';
import { SEVERITY, statusOf } from './status';
import { wantedBy, wantedByBuild } from './wanted';
import { CLOUD_WORDS, type CloudWords } from './words';

export const USAGE = `npm run cloud -- setup [--yes]   show what an environment lacks, ask, and make it: collections, indexes, access, security rules, limits of functions
npm run cloud -- status          compare the deployed functions with dist/
  --env     the full id of the environment; else envId of config.json, or ENV_ID
  --region  ap-shanghai when absent
  --json    the same for a program
  --lang    zh or en
Keys come from TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY (and TENCENTCLOUD_SESSIONTOKEN for temporary ones).
Exit: 0 nothing differs any more, 1 something does or was refused, 2 the command could not be understood.
`;

/** What the command needs of its terminal. */
export interface Terminal {
  /** The checkout: `config.json`, `dist/`. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shows what a person should see before they answer. */
  readonly show: (text: string) => void;
  /** Null without a person to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
}

/** The output and the exit code. */
export interface Result {
  readonly output: string;
  readonly code: 0 | 1;
}

/** Executes one call. Throws `UsageError` where the reader can correct the command. */
export async function runCloud(args: readonly string[], terminal: Terminal): Promise<Result> {
  const { verb, env, region, yes, json, lang } = parsed(args);
  const { root, environment } = terminal;
  const words = CLOUD_WORDS[languageOf(lang, environment)];
  const config = configOf(root);
  const envId = env ?? config.envId ?? environment['ENV_ID'] ?? null;
  if (envId === null) throw new UsageError('which environment? give --env, or set envId in config.json');
  const manager = openManager({
    envId,
    secretId: key(environment, 'TENCENTCLOUD_SECRETID'),
    secretKey: key(environment, 'TENCENTCLOUD_SECRETKEY'),
    sessionToken: environment['TENCENTCLOUD_SESSIONTOKEN'],
    region: region ?? 'ap-shanghai',
    proxy: environment['HTTPS_PROXY'] ?? environment['https_proxy'],
  });
  try {
    return verb === 'status'
      ? await status(manager, join(root, 'dist'), words, json)
      : await setup(manager, wantedBy(config), words, { envId, yes, json }, terminal);
  } catch (error) {
    if (!(error instanceof ManagerError)) throw error;
    return json
      ? { output: `${JSON.stringify({ ok: false, message: error.message }, null, 2)}\n`, code: 1 }
      : { output: `${error.message}\n`, code: 1 };
  }
}

async function setup(
  manager: Manager,
  wanted: Wanted,
  words: CloudWords,
  { envId, yes, json }: { readonly envId: string; readonly yes: boolean; readonly json: boolean },
  { show, ask }: Terminal,
): Promise<Result> {
  const names = wanted.functions.map(({ name }) => name);
  const plan = planOf(wanted, await manager.look(names));
  const said = (ok: boolean, more: object, text: string): Result => ({
    output: json ? `${JSON.stringify({ ok, ...plan, ...more }, null, 2)}\n` : text,
    code: ok ? 0 : 1,
  });
  if (plan.steps.length === 0) return said(true, {}, `${planText(plan, words)}${words.nothingToDo}\n`);
  if (!yes && (json || ask === null)) return said(false, {}, `${planText(plan, words)}\n${words.addYes}\n`);
  if (!json) show(planText(plan, words));
  const agreed = yes || (ask !== null && (await ask(words.ask(plan.steps.length, envId))));
  if (!agreed) return said(false, {}, `${words.unchanged}\n`);
  for (const steps of requestsOf(plan.steps)) {
    try {
      await manager.apply(steps);
    } catch (error) {
      const text = steps.map((step) => words.step(step)).join('; ');
      return said(
        false,
        { stoppedAt: steps, why: errorText(error) },
        `${words.stopped(text, errorText(error))}\n`,
      );
    }
  }
  // An accepted change is not always made: only what can be read again is done.
  const left = planOf(wanted, await manager.look(names)).steps;
  if (left.length === 0) return said(true, { left }, `${words.done(plan.steps.length)}\n`);
  return said(false, { left }, `${words.stillDiffers}\n${stepLines(left, words)}`);
}

/** New indexes of one collection are one request; everything else is a request of its own. */
function requestsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const requests: Step[][] = [];
  for (const step of steps) {
    const last = requests.at(-1);
    const before = last?.[0];
    const joins =
      step.kind === 'create_index' &&
      before?.kind === 'create_index' &&
      before.collection === step.collection;
    if (last && joins) last.push(step);
    else requests.push([step]);
  }
  return requests;
}

function planText({ steps, remarks }: Plan, words: CloudWords): string {
  const first = steps.length === 0 ? '' : `${words.wouldDo(steps.length)}\n${stepLines(steps, words)}`;
  const lines = remarks.map((remark) => `  - ${words.remark(remark)}\n`).join('');
  return `${first}${remarks.length === 0 ? '' : `${words.forYou}\n${lines}`}`;
}

function stepLines(steps: readonly Step[], words: CloudWords): string {
  return steps.map((step) => `  ${words.step(step)}\n`).join('');
}

async function status(manager: Manager, dist: string, words: CloudWords, json: boolean): Promise<Result> {
  const wanted = wantedByBuild(dist);
  if (wanted === null) throw new UsageError(words.notBuilt);
  const functions = statusOf(wanted, await manager.functions(wanted.map(({ name }) => name)));
  const isRight = functions.every(({ differences }) =>
    differences.every(({ kind }) => SEVERITY[kind] === 'unknown'),
  );
  const lines = functions.flatMap(({ name, differences }) =>
    differences.length === 0
      ? [`${words.levels.ok}  ${name}: ${words.asBuilt}`]
      : differences.map(
          (one) =>
            `${words.levels[SEVERITY[one.kind]]}  ${name} ${words.difference(one)} -> ${words.fix(one)}`,
        ),
  );
  return {
    output: json
      ? `${JSON.stringify({ ok: isRight, functions }, null, 2)}\n`
      : `${[...lines, words.triggersHint].join('\n')}\n`,
    code: isRight ? 0 : 1,
  };
}

function key(environment: Terminal['environment'], name: string): string {
  const value = environment[name]?.trim() ?? '';
  if (value === '') throw new UsageError(`put your key into the environment as ${name}\n${USAGE}`);
  return value;
}

function configOf(root: string): Config {
  try {
    return settingsIn(root);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}

function parsed(args: readonly string[]) {
  return withUsage(USAGE, () => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        env: { type: 'string' },
        region: { type: 'string' },
        yes: { type: 'boolean' },
        json: { type: 'boolean' },
        lang: { type: 'string' },
      },
    });
    const [verb, ...others] = positionals;
    if ((verb !== 'setup' && verb !== 'status') || others.length > 0) throw new UsageError(USAGE);
    const { env, region, yes = false, json = false, lang } = values;
    return { verb, env, region, yes, json, lang } as const;
  });
}
