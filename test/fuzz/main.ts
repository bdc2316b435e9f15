import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { measureGrowth } from './growth';
import type { Target } from './target';
import { TARGETS } from './targets';

/** Cases between two looks at the clock. */
const ROUND = 2_000;

/** What the command line asks for. */
interface Options {
  readonly runs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly only: readonly string[];
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '3600' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      only: { type: 'string' },
    },
  });
  const numbers = [values.runs, values.seconds, values.seed].map(Number);
  const [runs = 0, seconds = 0, seed = 0] = numbers;
  if (!numbers.every((each) => Number.isSafeInteger(each)) || runs < 1 || seconds < 1) {
    throw new Error('--runs, --seconds and --seed are whole numbers');
  }
  return { runs, seconds, seed, only: values.only?.split(',') ?? [] };
}

/**
 * Runs a target's share of the cases, round after round, each with its own seed. Returns the number
 * run, and the failure.
 */
async function fuzz(
  { name, share, open }: Target,
  options: Options,
  whole: number,
  until: number,
): Promise<{ readonly runs: number; readonly failure: string | null }> {
  const wanted = Math.max(1, Math.round((options.runs * share) / whole));
  const { property, close } = await open();
  let runs = 0;
  try {
    for (let round = 0; runs < wanted && Date.now() < until; round += 1) {
      const numRuns = Math.min(ROUND, wanted - runs);
      const seed = (options.seed + round) % 2 ** 31;
      const details = await fc.check(property, {
        numRuns,
        seed,
        plugins: [fc.interruptAfterTimeLimit(until - Date.now())],
      });
      runs += details.numRuns;
      progress(`${name}: ${runs} of ${wanted}`);
      if (details.failed && !details.interrupted) {
        return {
          runs,
          failure: `seed ${seed}\n${String(details.errorInstance)}\n${fc.defaultReportMessage(details)}`,
        };
      }
    }
    return { runs, failure: null };
  } finally {
    await close();
  }
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

/**
 * `npm run fuzz [-- --runs 1000000 --seconds 3600 --seed 7 --only bills,requests]`. A failing case
 * is printed with its seed, which finds it again.
 */
async function main(): Promise<void> {
  const options = readOptions();
  const chosen = TARGETS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  if (chosen.length === 0)
    throw new Error(`--only takes some of: ${TARGETS.map(({ name }) => name).join(', ')}`);
  const whole = chosen.reduce((sum, { share }) => sum + share, 0);
  const until = Date.now() + options.seconds * 1_000;
  process.stdout.write(`fuzz: ${options.runs} cases, ${options.seconds} s at most, seed ${options.seed}\n`);
  const unhandled: unknown[] = [];
  process.on('unhandledRejection', (reason) => unhandled.push(reason));
  let all = 0;
  let failed = 0;
  for (const target of chosen) {
    const begun = process.cpuUsage();
    const { runs, failure } = await fuzz(target, options, whole, until);
    const { user, system } = process.cpuUsage(begun);
    all += runs;
    progress('');
    process.stdout.write(
      `${failure === null ? 'clean ' : 'FAILED'} ${target.name}: ${runs} cases, ${((user + system) / 1e6).toFixed(1)} s of CPU\n`,
    );
    if (failure !== null) process.stdout.write(`${failure}\n`);
    if (failure !== null) failed += 1;
  }
  for (const { name, ms, ratios, ok } of options.only.length === 0 ? await measureGrowth() : []) {
    process.stdout.write(
      `${ok ? 'grows ' : 'FAILED'} ${name}: ${ms.map((each) => each.toFixed(1)).join(', ')} ms, ${ratios.map((each) => each.toFixed(1)).join(' × ')}\n`,
    );
    if (!ok) failed += 1;
  }
  if (unhandled.length > 0)
    process.stdout.write(`FAILED ${unhandled.length} unhandled rejections: ${String(unhandled[0])}\n`);
  process.stdout.write(`fuzz: ${all} cases in all\n`);
  if (failed + unhandled.length > 0) process.exitCode = 1;
}

let ended = false;
process.on('exit', () => {
  if (ended) return;
  process.stdout.write('FAILED fuzz: it came to no end; something waits for what never comes\n');
  process.exitCode = 1;
});
void main().then(() => (ended = true));
