import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openMirror } from '../simulation/faults/mirror';
import { randomOf } from '../simulation/random';
import type { Mutant } from './mutate';
import { mutantsOf } from './mutate';

/** The most tests that run for one mutant. */
const MOST_TESTS = 40;
const TIME_MS = 300_000;

/**
 * `npm run mutants -- [--files 'lib/rules/*.ts,lib/inbox/*.ts'] [--sample 50] [--seed 1]`: makes
 * small changes to the code, one at a time in a copy, and lists those that none of the nearest
 * tests notices. The number of mutants, the tests for each and the time are bounded.
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
  const importers = importersOf(tracked(['*.ts']));
  const mirror = openMirror('mutants');
  let noticed = 0;
  try {
    for (const mutant of sample) {
      const related = nearestTests(mutant.file, importers);
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

/** Who imports each file, by the relative paths that stand in the sources. */
function importersOf(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(files);
  const importers = new Map<string, string[]>();
  for (const file of files) {
    // Types are gone when the code runs.
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
      /import (?!type )[^;']* from '(\.[^']*)'/g,
    )) {
      const imported = `${join(dirname(file), path)}.ts`;
      if (known.has(imported)) importers.set(imported, [...(importers.get(imported) ?? []), file]);
    }
  }
  return importers;
}

/**
 * The tests that import a file, itself or through others: first those whose path shares the most
 * words with it, of those the nearest, and then the shortest. Tests of the console are left out:
 * they need a browser.
 */
function nearestTests(file: string, importers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: { readonly test: string; readonly rank: readonly number[] }[] = [];
  const words = wordsOf(file);
  const seen = new Set([file]);
  let ring: readonly string[] = [file];
  for (let distance = 1; ring.length > 0; distance += 1) {
    ring = ring.flatMap((one) => importers.get(one) ?? []).filter((one) => !seen.has(one) && seen.add(one));
    for (const test of ring.filter((one) => one.endsWith('.test.ts') && !one.startsWith('test/console/'))) {
      const shared = [...wordsOf(test)].filter((word) => words.has(word)).length;
      found.push({ test, rank: [-shared, distance, statSync(test).size] });
    }
  }
  found.sort((a, b) => a.rank.map((one, n) => one - (b.rank[n] ?? 0)).find((one) => one !== 0) ?? 0);
  return found.slice(0, MOST_TESTS).map(({ test }) => test);
}

/** `lib/inbox/v3/receive-v3.ts`: inbox, v3, receive. */
function wordsOf(path: string): ReadonlySet<string> {
  const words = path.split(/[/.-]/);
  return new Set(words.filter((word) => !['lib', 'test', 'ts'].includes(word)));
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
