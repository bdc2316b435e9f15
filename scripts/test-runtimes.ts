import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOUD_RUNTIMES } from '../lib/config/runtimes';
import { entryFile } from './build/entry-file';

/** What miniprogram-ci creates functions with. */
const TOO_OLD = '8.9.4';

/** The oldest Node.js the server runs on. */
const LEAST_SERVER_NODE = 20;

const ROOT = join(__dirname, '..');

/** A payment from order to fulfilment, and callbacks and calls of API v3, in built functions. */
const FUNCTION_SUITES = ['test/build/payment', 'test/build/v3-in-the-cloud'];

/** `dist/server` from start to a fulfilled order. */
const SERVER_SUITES = ['test/build/server.test'];

/**
 * `npm run test:runtimes [major…]`: built functions on each Node.js that the platform offers them,
 * and the built server on each it runs on, whatever runs the tests themselves. Installs each
 * version from npm into a folder that it removes: 190 MB, one after the other.
 */
function main(asked: readonly string[]): void {
  const versions = CLOUD_RUNTIMES.map((runtime) => `${runtime.replace('Nodejs', '')}.0`);
  const chosen = versions.filter((version) => asked.length === 0 || asked.includes(majorOf(version)));
  if (asked.length === 0) withNode(TOO_OLD, refusesInOneSentence);
  for (const version of chosen) withNode(version, runsSuites);
}

/** Runs `check` with an installed Node.js, and removes it. Throws where the check fails. */
function withNode(version: string, check: (node: string, version: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-node-'));
  const begun = performance.now();
  // A case starts the server as another user.
  chmodSync(folder, 0o755);
  try {
    const named = `node-${process.platform}-${process.arch}@${version}`;
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    run('npm', ['install', '--no-save', '--no-package-lock', named], { cwd: folder });
    const [name = ''] = named.split('@');
    check(join(folder, 'node_modules', name, 'bin', 'node'), version);
    console.log(`ok      Node.js ${version} (${((performance.now() - begun) / 1000).toFixed(0)} s)`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runsSuites(node: string, version: string): void {
  const serves = Number(majorOf(version)) >= LEAST_SERVER_NODE;
  run(
    process.execPath,
    ['node_modules/jest/bin/jest.js', '--maxWorkers=1', ...FUNCTION_SUITES, ...(serves ? SERVER_SUITES : [])],
    {
      cwd: ROOT,
      env: { ...process.env, WXPAY_FUNCTION_NODE: node, ...(serves ? { WXPAY_SERVER_NODE: node } : {}) },
    },
  );
}

/** A function on it fails each call with our sentence, and not because it cannot be read. */
function refusesInOneSentence(node: string, version: string): void {
  const script = `${entryFile('payCallback', '0.0.0', '000000000000')}\nexports.main();`;
  const { stderr } = spawnSync(node, ['-e', script], { encoding: 'utf8' });
  const sentence = `payCallback runs on Node.js ${version} and needs`;
  if (!stderr.includes(sentence)) throw new Error(`Node.js ${version} says something else:\n${stderr}`);
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? '';
}

/** Runs a program; its output is shown where it fails. Throws then. */
function run(program: string, args: readonly string[], options: object): void {
  const { status, stdout, stderr } = spawnSync(program, [...args], { ...options, encoding: 'utf8' });
  if (status === 0) return;
  console.log(`${stdout}${stderr}`);
  throw new Error(`${program} ${args.join(' ')} failed`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
