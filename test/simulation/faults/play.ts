import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { playSeeds } from '../run/crew';
import type { Catcher, DeliberateFault } from './fault';
import { withFault } from './patch';

const ROOT = resolve(__dirname, '../../..');

/** Who noticed a fault; null: nobody. */
export interface Caught {
  readonly by: string;
  /** The seed of the history that showed it; null when a test did. */
  readonly seed: number | null;
}

/** Plays histories, or runs the named test, with a fault in the code. */
export async function playFault(
  fault: DeliberateFault,
  seeds: number,
  processes: number,
): Promise<Caught | null> {
  const { caughtBy } = fault;
  return caughtBy.kind === 'simulation' ? playMutant(fault, seeds, processes) : runTest(fault, caughtBy);
}

async function playMutant(fault: DeliberateFault, seeds: number, processes: number): Promise<Caught | null> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-fault-'));
  try {
    const script = join(folder, 'worker.cjs');
    await build({
      entryPoints: [join(ROOT, 'test/simulation/run/worker.ts')],
      outfile: script,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      plugins: [mutating(fault)],
    });
    const { failures } = await playSeeds({
      from: 0,
      seeds,
      processes,
      script,
      mostFailures: 1,
      progress: () => undefined,
    });
    const [first] = failures;
    return first?.violation ? { by: first.violation.rule, seed: first.seed } : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

function runTest(fault: DeliberateFault, { file, test }: Extract<Catcher, { kind: 'test' }>): Caught | null {
  const { name, find, replace } = fault;
  const ran = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      ...['--config', join(ROOT, 'test/simulation/faults/jest.config.cjs'), '--runInBand', file],
      ...(test === '' ? [] : ['--testNamePattern', test]),
    ],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        ...process.env,
        FAULT: JSON.stringify({ name, file: resolve(ROOT, fault.file), find, replace }),
      },
    },
  );
  const failed = /^Tests: +(\d+) failed/m.exec(ran.stderr);
  return failed === null ? null : { by: `${file}${test === '' ? '' : `: ${test}`}`, seed: null };
}
