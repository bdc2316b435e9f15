import { parseJson } from '../../lib/values/json';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { forTerminal } from '../../lib/values/terminal';
import { languageOf } from '../language';
import { UsageError, withUsage } from '../usage-error';
import { examineCheckout } from './checkout';
import { findingsText, hasErrors } from './render';

const USAGE = `npm run doctor -- [--url <address>] [--rules <file>] [--json] [--lang zh|en]
  --url    a running server, or the HTTP address of the function ops: asks it too, with OPS_TOKEN from the environment
  --rules  the security rules of your cloud functions, saved from the console
Exit: 0 nothing is wrong for certain, 1 something is, 2 the command could not be understood.
`;

/** The root of the checkout. */
const ROOT = join(__dirname, '..', '..');

async function main(): Promise<number> {
  const { url, rules, json = false, lang, help = false } = parsed(process.argv.slice(2));
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const language = languageOf(lang, process.env);
  const findings = await examineCheckout({
    root: ROOT,
    environment: process.env,
    url: url ?? null,
    rules: rules === undefined ? null : readRules(rules),
  });
  process.stdout.write(
    forTerminal(json ? `${JSON.stringify({ findings }, null, 2)}\n` : findingsText(findings, language)),
  );
  return hasErrors(findings) ? 1 : 0;
}

function parsed(args: readonly string[]) {
  return withUsage(USAGE, () =>
    parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        rules: { type: 'string' },
        json: { type: 'boolean' },
        lang: { type: 'string' },
        help: { type: 'boolean' },
      },
    }),
  ).values;
}

function readRules(file: string): unknown {
  const value = parseJson(textOf(file));
  if (value !== undefined) return value;
  throw new UsageError(`${file} is not JSON`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read`, { cause });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(forTerminal(`${error instanceof UsageError ? error.message : String(error)}\n`));
    process.exitCode = 2;
  },
);
