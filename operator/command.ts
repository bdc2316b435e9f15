import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { systemClock } from '../lib/runtime/system-clock';
import { forTerminal } from '../lib/values/terminal';
import { readArguments } from './arguments';
import { USAGE } from './usage';
import { openClient } from './client';
import { isDataVerb, runDataVerb } from './data/command';
import { languageOf } from './language';
import { newTokenText } from './new-token';
import { run } from './run';
import { UsageError } from './usage-error';
import { WORDS } from './words';

/** Where the command is called, and what it reads and writes there. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
  /** Calls a listener at Ctrl-C, until what it answers is called; absent: nobody presses it. */
  readonly onInterrupt?: (listener: () => void) => () => void;
}

/**
 * Runs `npm run ops -- <args>` and answers its exit code. What the operator can fix is one sentence
 * on `errors` and 2; any other error is a bug and shown completely.
 */
export async function command(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await obey(args, terminal);
  } catch (error) {
    const sentence = error instanceof UsageError ? error.message : String(error);
    terminal.errors.write(forTerminal(`${sentence}\n`));
    return 2;
  }
}

async function obey(args: readonly string[], terminal: Terminal): Promise<number> {
  const { environment, input, output: screen, errors } = terminal;
  if (args.includes('--help')) {
    screen.write(USAGE);
    return 0;
  }
  if (args[0] === 'token') {
    screen.write(newTokenText());
    return 0;
  }
  if (isDataVerb(args[0])) {
    const { output, code } = await runDataVerb(args, {
      environment,
      now: () => systemClock.now(),
      confirm: (what) =>
        agreed(terminal, `${what}? [y/N] `, `${what}: this cannot easily be undone: add --yes`),
    });
    screen.write(forTerminal(output));
    return code;
  }
  const { command, options } = readArguments(args, environment);
  const language = languageOf(options.lang, environment);
  const client = openClient(options.url, environment['OPS_TOKEN'] ?? environment['OPS_READ_TOKEN'] ?? null);
  const { output, code } = await run(command, {
    client,
    language,
    json: options.json,
    isAgreed: options.yes,
    readNames: async () => (await text(input)).split(/\s+/).filter((name) => name !== ''),
    preview: (text) => {
      if (!options.yes) errors.write(forTerminal(text));
    },
    say: (text) => errors.write(forTerminal(text)),
    untilStopped: async (work) => {
      let isStopped = false;
      const ignore = terminal.onInterrupt?.(() => {
        isStopped = true;
      });
      try {
        return await work(() => isStopped);
      } finally {
        ignore?.();
      }
    },
    confirm: async (what, count) =>
      options.yes ||
      agreed(
        terminal,
        WORDS[language].ask(what, count),
        `${what}: ${count}. This cannot easily be undone: add --yes`,
      ),
  });
  screen.write(forTerminal(output));
  return code;
}

/** Asks the person at the terminal. Throws `UsageError` without one. */
async function agreed({ input, errors }: Terminal, question: string, unasked: string): Promise<boolean> {
  if (input.isTTY !== true) throw new UsageError(unasked);
  const reader = createInterface({ input, output: errors });
  const answer = await reader.question(forTerminal(question));
  reader.close();
  return /^(y|yes|是)$/i.test(answer.trim());
}
