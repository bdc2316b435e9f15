import { createInterface } from 'node:readline/promises';
import { forTerminal } from '../../lib/values/terminal';
import { UsageError } from '../../operator/usage-error';
import { ROOT } from '../build/bundle';
import { runCloud, USAGE } from './run';

/** `npm run cloud`: sets up an environment on CloudBase, and compares it with the build. */
async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { output, code } = await runCloud(args, {
    root: ROOT,
    environment: process.env,
    show: (text) => void process.stderr.write(forTerminal(text)),
    ask: process.stdin.isTTY ? ask : null,
  });
  process.stdout.write(forTerminal(output));
  return code;
}

async function ask(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await reader.question(forTerminal(question));
  reader.close();
  return /^(y|yes|是)$/i.test(answer.trim());
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
