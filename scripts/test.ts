import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { removeFoldersOf } from './test-folders';

/** A command of `npm test`. */
interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Environment variables of its own. */
  readonly env?: Readonly<Record<string, string>>;
}

const JEST = 'node_modules/jest/bin/jest.js';
const CORES = availableParallelism();

/** The checks that read the sources and run none of them. */
const CHECKS: readonly Step[] = [
  {
    name: 'types and lint',
    command: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--type-check', '--deny-warnings'],
    // The checker is written in Go, which by default collects garbage at each doubling of its
    // memory. Even at each quintupling that was a quarter of its processor time. It needs 2.4 GB
    // without; the limit is where it collects all the same.
    env: { GOGC: 'off', GOMEMLIMIT: '3GiB' },
  },
  { name: 'structure', command: structure() },
];

/**
 * All tests, or those that Jest finds by `args`. One process more than there are cores: a suite
 * that waits for a browser, a server or a disk leaves its core to another.
 */
function tests(args: readonly string[]): Step {
  return { name: 'tests', command: [JEST, `--maxWorkers=${CORES + 1}`, ...args] };
}

/**
 * `npm test`: types, lint, structure and all tests. The checks run beside the tests, because many
 * tests wait for a browser or another process and leave a core idle meanwhile. With arguments, only
 * the tests that Jest finds by them run. The first step that fails ends the others, and its output
 * is printed.
 */
async function main(args: readonly string[]): Promise<void> {
  const check = async (): Promise<void> => {
    for (const step of CHECKS) await run(step, false);
  };
  if (CORES > 1) {
    await Promise.all([check(), run(tests(args), true)]);
    return;
  }
  await check();
  await run(tests(args), true);
}

/** Running steps, each a process group: Jest's workers outlive a Jest that is killed alone. */
const running = new Set<ReturnType<typeof spawn>>();

/** Ends every step with all that it started, and removes what it has left. */
function endAll(): void {
  for (const { pid } of running) {
    if (pid === undefined) continue;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group has ended by itself.
    }
    removeFoldersOf(pid);
  }
}

/**
 * Runs a step. Its output is printed at once, or held back until it ends so that two do not mix.
 */
function run({ name, command, env = {} }: Step, atOnce: boolean): Promise<void> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      detached: true,
      env: { ...process.env, ...env },
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

/** The command of `npm run structure` in package.json. */
function structure(): readonly [string, ...string[]] {
  const folders =
    'functions workers merchant lib server console simulator accountant operator test bench scripts';
  return [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    ...['--config', '.dependency-cruiser.cjs'],
    ...folders.split(' '),
  ];
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    endAll();
    process.exit(1);
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  endAll();
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
