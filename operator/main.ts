import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { readArguments } from './arguments';
import { openClient } from './client';
import { languageOf } from './language';
import { run } from './run';
import { UsageError } from './usage-error';
import { WORDS } from './words';

async function main(): Promise<number> {
  const { wish, manner } = readArguments(process.argv.slice(2), process.env);
  const language = languageOf(manner.lang, process.env);
  const client = openClient(manner.url, process.env['OPS_TOKEN'] ?? process.env['OPS_READ_TOKEN'] ?? null);
  const { output, code } = await run(wish, {
    client,
    language,
    json: manner.json,
    readNames: async () => (await text(process.stdin)).split(/\s+/).filter((name) => name !== ''),
    confirm: async (what, count) => {
      if (manner.yes) return true;
      if (!process.stdin.isTTY)
        throw new UsageError(`${what}: ${count}. This is not easily undone: say --yes`);
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await reader.question(WORDS[language].ask(what, count));
      reader.close();
      return /^(y|yes|是)$/i.test(answer.trim());
    },
  });
  process.stdout.write(output);
  return code;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // What the operator can fix is one sentence; anything else is our own fault and shown whole.
    process.stderr.write(`${error instanceof UsageError ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
