import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** A command of `npm test`. */
interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const JEST = 'node_modules/jest/bin/jest.js';
const CORES = availableParallelism();

/** What needs one core for long: two rows of steps that go on side by side. */
const FIRST: readonly (readonly Step[])[] = [
  [{ name: 'types and lint', command: ['--import', 'tsx', 'scripts/check.ts'] }],
  [
    {
      name: 'format',
      command: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
    },
    { name: 'structure', command: structure() },
    { name: 'simulation', command: [JEST, 'test/simulation', '--runInBand'] },
  ],
];

/** Everything else, on all cores. */
const REST: Step = {
  name: 'tests',
  command: [JEST, `--maxWorkers=${CORES}`, '--testPathIgnorePatterns', '<rootDir>/test/simulation/'],
};

/**
 * `npm test`: types, lint, format and structure, and all tests, on every core of this machine. With arguments the tests
 * are those that `jest` finds by them. The first step that fails ends the others, and its output is printed.
 */
async function main(args: readonly string[]): Promise<void> {
  if (args.length > 0) {
    await inRows([[...FIRST.flat().filter(({ name }) => name !== 'simulation')], []]);
    await run({ name: 'tests', command: [JEST, ...args] }, true);
    return;
  }
  await inRows(FIRST);
  await run(REST, true);
}

/** Takes the steps of each row in turn. On one core, one row after the other. */
async function inRows(rows: readonly (readonly Step[])[]): Promise<void> {
  const row = async (steps: readonly Step[]): Promise<void> => {
    for (const step of steps) await run(step, false);
  };
  if (CORES > 1) await Promise.all(rows.map(row));
  else await row(rows.flat());
}

/** Processes that are under way: none outlives this one. */
const running = new Set<ReturnType<typeof spawn>>();

/** Runs a step. What it writes is passed on at once, or held back until it ends, so that two do not mix. */
function run({ name, command }: Step, atOnce: boolean): Promise<void> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      stdio: atOnce ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const written: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => void written.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
      if (code !== 0) process.stdout.write(Buffer.concat(written));
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
      if (code === 0) resolve();
      else reject(new Error(`${name} failed`));
    });
  });
}

/** The command of `npm run structure`, as package.json has it. */
function structure(): readonly [string, ...string[]] {
  const folders =
    'functions workers merchant lib server console simulator accountant operator test bench scripts';
  return [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    ...['--config', '.dependency-cruiser.cjs'],
    ...folders.split(' '),
  ];
}

main(process.argv.slice(2)).catch((error: unknown) => {
  for (const child of running) child.kill();
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
