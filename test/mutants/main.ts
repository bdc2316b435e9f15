import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openMirror } from '../simulation/faults/mirror';
import { randomOf } from '../simulation/random';
import type { Mutant } from './mutate';
import { mutantsOf } from './mutate';

/**
 * The most tests that run for one mutant: those that import its file by name, the shortest first.
 */
const MOST_TESTS = 6;
const TIME_MS = 120_000;

/**
 * `npm run mutants -- [--files 'lib/rules/*.ts,lib/inbox/*.ts'] [--sample 50] [--seed 1]`: makes
 * small changes to the code, one at a time in a copy, and lists those that no related test notices.
 * The number of mutants, the tests for each and the time are bounded.
 */
function main(): void {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: 'lib/rules/*.ts,lib/inbox/*.ts' },
      sample: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
    },
  });
  const all = tracked(values.files.split(',')).flatMap((file) => mutantsOf(file, readFileSync(file, 'utf8')));
  const sample = sampled(all, Number(values.sample), Number(values.seed));
  const tests = tracked(['test/*.test.ts'])
    .filter((file) => !file.startsWith('test/console/'))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
    .sort((a, b) => a.text.length - b.text.length);
  const mirror = openMirror('mutants');
  let noticed = 0;
  try {
    for (const mutant of sample) {
      const related = tests
        .filter(({ text }) => text.includes(`/${basename(mutant.file, '.ts')}'`))
        .slice(0, MOST_TESTS)
        .map(({ file }) => file);
      const isNoticed = related.length > 0 && fails(mirror.root, mutant, related);
      if (isNoticed) noticed += 1;
      else console.log(`unnoticed ${mutant.file}:${mutant.line} ${mutant.what} (${related.length} tests)`);
    }
  } finally {
    mirror.remove();
  }
  const share = sample.length === 0 ? 100 : (100 * noticed) / sample.length;
  console.log(`${noticed} of ${sample.length} mutants of ${all.length} noticed: ${share.toFixed(0)} %`);
}

/** The files that git knows by these patterns, in which `*` stands for any path. */
function tracked(patterns: readonly string[]): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--', ...patterns], { encoding: 'utf8' });
  return listed.split('\n').filter((name) => name !== '');
}

/** Some of them, chosen by the seed. */
function sampled(all: readonly Mutant[], size: number, seed: number): readonly Mutant[] {
  const random = randomOf(seed);
  return all
    .map((mutant) => ({ mutant, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, size)
    .map(({ mutant }) => mutant);
}

/**
 * Whether one of the tests fails with the mutant in the copy. One that never ends counts as
 * failing.
 */
function fails(root: string, { file, text }: Mutant, tests: readonly string[]): boolean {
  const whole = readFileSync(join(root, file), 'utf8');
  writeFileSync(join(root, file), text);
  try {
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    const args = ['--rootDir', root, '--runInBand', '--bail', '--silent', '--runTestsByPath', ...tests];
    const { status } = spawnSync(process.execPath, [jest, ...args], {
      cwd: root,
      stdio: 'ignore',
      timeout: TIME_MS,
    });
    return status !== 0;
  } finally {
    writeFileSync(join(root, file), whole);
  }
}

main();
