import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openMirror } from '../test/simulation/faults/mirror';

/** Replaces the files in merchant/: loading one fails, and so does a test that loads one. */
const hostile = (name: string): string =>
  `export const ${name}: never = fail();\nfunction fail(): never { throw new Error('a test loaded merchant/'); }\n`;

/** The suites that place orders, fulfil them, start servers or build functions. */
const SUITES = [
  'test/build',
  'test/console',
  'test/operator',
  'test/orders',
  'test/refunds/limits',
  'test/security',
  'test/server',
  'test/shop',
  'test/simulation/simulation.test',
  'test/soak',
  'test/store/merchant-db',
  'test/whole',
];

/**
 * `npm run test:own-shop [suites]`: the tests in a copy of this repository whose merchant/ cannot
 * be loaded, because no test may depend on what a merchant writes there.
 */
function main(asked: readonly string[]): void {
  const mirror = openMirror('own-shop');
  try {
    for (const name of ['price', 'fulfill'])
      writeFileSync(join(mirror.root, 'merchant', `${name}.ts`), hostile(name));
    // Some suites ask git what belongs to the repository.
    for (const git of [
      ['init', '-q'],
      ['add', '-A'],
    ])
      spawnSync('git', git, { cwd: mirror.root });
    const jest = join('node_modules', 'jest', 'bin', 'jest.js');
    const suites = asked.length > 0 ? asked : SUITES;
    const { status } = spawnSync(process.execPath, [jest, ...suites], {
      cwd: mirror.root,
      stdio: 'inherit',
    });
    process.exitCode = status ?? 1;
  } finally {
    mirror.remove();
  }
}

main(process.argv.slice(2));
