import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { withBundledWorker } from '../run/bundle';
import { playSeeds } from '../run/crew';
import type { Played } from '../run/worker';
import type { Catcher, DeliberateFault } from './fault';
import type { Mirror } from './mirror';
import { withFault } from './patch';

const ROOT = resolve(__dirname, '../../..');

/** Who noticed a fault; null: nobody. */
export interface Caught {
  readonly by: string;
  /** The seed of the history that showed it; null when a test did. */
  readonly seed: number | null;
}

/** How far a fault's histories are searched. */
export interface Search {
  /** Tried before all others: the seed that showed the fault last time. */
  readonly kept: number | null;
  readonly seeds: number;
  readonly processes: number;
  /** Where tests are run with the fault; made when the first is needed. */
  readonly mirror: () => Mirror;
}

/**
 * Plays histories, or runs the named test, with a fault in the code. Stops at the first history
 * that breaks one of the rules that must notice it. Rejects, with the fault's name, when its place
 * is not in the code.
 */
export async function playFault(fault: DeliberateFault, search: Search): Promise<Caught | null> {
  const { caughtBy } = fault;
  return caughtBy.kind === 'simulation'
    ? playMutant(fault, caughtBy, search)
    : runTest(fault, caughtBy, search.mirror());
}

async function playMutant(
  fault: DeliberateFault,
  { rules }: Extract<Catcher, { kind: 'simulation' }>,
  { kept, seeds, processes }: Search,
): Promise<Caught | null> {
  withFault(await readFile(resolve(ROOT, fault.file), 'utf8'), fault);
  return withBundledWorker([mutating(fault)], async (script) => {
    const expected = ({ violation }: Played) => rules.some((rule) => rule === violation?.rule);
    const play = async (from: number, histories: number): Promise<readonly Played[]> => {
      const progress = (): void => undefined;
      const request = { from, seeds: histories, processes, script, progress, mostFailures: histories };
      return (await playSeeds({ ...request, isEnough: expected })).failures;
    };
    const again = kept === null ? [] : await play(kept, 1);
    const failures = again.some(expected) ? again : await play(0, seeds);
    const shown = failures.find(expected) ?? failures[0];
    return shown?.violation ? { by: shown.violation.rule, seed: shown.seed } : null;
  });
}

function mutating(fault: DeliberateFault): Plugin {
  const file = resolve(ROOT, fault.file);
  return {
    name: 'fault',
    setup(bundling) {
      bundling.onLoad({ filter: /\.ts$/ }, async ({ path }) =>
        path === file ? { contents: withFault(await readFile(path, 'utf8'), fault), loader: 'ts' } : null,
      );
    },
  };
}

/**
 * Runs the tests of a file in a copy of the repository with the fault: caught when one of them
 * fails.
 */
async function runTest(
  fault: DeliberateFault,
  { file, test }: Extract<Catcher, { kind: 'test' }>,
  mirror: Mirror,
): Promise<Caught | null> {
  const names = test === '' ? [] : ['--testNamePattern', asPattern(test)];
  const summary = await mirror.withFault(fault, () =>
    stderrOf(mirror.root, [
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      ...['--rootDir', mirror.root, '--runInBand', '--runTestsByPath', file, ...names],
    ]),
  );
  const failed = /^Tests: +(\d+) failed/m.exec(summary);
  if (failed === null && !/^Tests: .*\d+ passed/m.test(summary)) {
    throw new Error(`${fault.name}: no test of ${file} ran that is named ${test}`);
  }
  return failed === null ? null : { by: `${file}${test === '' ? '' : `: ${test}`}`, seed: null };
}

/** What Node writes as errors when it runs these arguments; it is killed after five minutes. */
function stderrOf(cwd: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

/** Matches names that contain this text. `%s` and its like in a table's name stand for anything. */
function asPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[sjdifpo#]/g, '.*');
}
