import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { systemClock } from '../lib/runtime/system-clock';
import { forTerminal } from '../lib/values/terminal';
import { readArguments, USAGE } from './arguments';
import { openClient } from './client';
import { isDataVerb, runDataVerb } from './data/command';
import { languageOf } from './language';
import { run } from './run';
import { UsageError } from './usage-error';
import { WORDS } from './words';

/** Asks the person at the terminal. Throws `UsageError` without one. */
async function agreed(question: string, unasked: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(unasked);
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await reader.question(forTerminal(question));
  reader.close();
  return /^(y|yes|是)$/i.test(answer.trim());
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (isDataVerb(args[0])) {
    const { output, code } = await runDataVerb(args, {
      environment: process.env,
      now: () => systemClock.now(),
      confirm: (what) => agreed(`${what}? [y/N] `, `${what}: this cannot easily be undone: add --yes`),
    });
    process.stdout.write(forTerminal(output));
    return code;
  }
  const { command, options } = readArguments(args, process.env);
  const language = languageOf(options.lang, process.env);
  const client = openClient(options.url, process.env['OPS_TOKEN'] ?? process.env['OPS_READ_TOKEN'] ?? null);
  const { output, code } = await run(command, {
    client,
    language,
    json: options.json,
    readNames: async () => (await text(process.stdin)).split(/\s+/).filter((name) => name !== ''),
    preview: (text) => {
      if (!options.yes) process.stderr.write(forTerminal(text));
    },
    confirm: async (what, count) =>
      options.yes ||
      agreed(WORDS[language].ask(what, count), `${what}: ${count}. This cannot easily be undone: add --yes`),
  });
  process.stdout.write(forTerminal(output));
  return code;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // What the operator can fix is one sentence; any other error is a bug and shown completely.
    process.stderr.write(forTerminal(`${error instanceof UsageError ? error.message : String(error)}\n`));
    process.exitCode = 2;
  },
);
