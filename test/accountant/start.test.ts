import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A project with a command that prints its name, and with the packages that start it. */
let root = '';
const inRoot = (...path: readonly string[]): string => join(root, ...path);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wxpay-inbox-start-'));
  for (const folder of [
    'accountant',
    'lib/values',
    'lib/model',
    'lib/bill',
    'lib/statement/compare',
    'lib/statement/cash',
  ]) {
    mkdirSync(inRoot(folder), { recursive: true });
  }
  mkdirSync(inRoot('node_modules'));
  for (const name of ['esbuild', 'tsx']) {
    symlinkSync(resolve('node_modules', name), inRoot('node_modules', name));
  }
  copyFileSync('accountant/start.mjs', inRoot('accountant/start.mjs'));
  writeFileSync(inRoot('package.json'), '{"type":"module"}');
  writeFileSync(inRoot('package-lock.json'), '{}');
  writeCommand('one');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function writeCommand(name: string): void {
  writeFileSync(
    inRoot('accountant/main.ts'),
    `const name: string = '${name}';\nconsole.log(name, import.meta.url.split('.').pop());\n`,
  );
}

function start(): string {
  const { stdout, stderr } = spawnSync(process.execPath, [inRoot('accountant/start.mjs')], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return stdout + stderr;
}

test('a source that is replaced by one of the same size and time is bundled again', () => {
  const unpacked = 1_772_323_200;
  utimesSync(inRoot('accountant/main.ts'), unpacked, unpacked);
  expect(start()).toBe('one mjs\n');
  writeCommand('two');
  utimesSync(inRoot('accountant/main.ts'), unpacked, unpacked);
  expect(start()).toBe('two mjs\n');
});

test('a bundle that another start may be running stays, and an old one is removed', () => {
  const [used, old] = ['used', 'old'].map((name) => inRoot('node_modules/.cache/wxpay-inbox-match', name));
  if (used === undefined || old === undefined) throw new TypeError('no folders');
  for (const folder of [used, old]) mkdirSync(folder, { recursive: true });
  const before = Date.now() / 1000 - 2 * 86_400;
  utimesSync(old, before, before);
  expect(start()).toBe('one mjs\n');
  expect([existsSync(used), existsSync(old)]).toEqual([true, false]);
});

test('without a place for the bundle, the TypeScript itself runs', () => {
  writeFileSync(inRoot('node_modules/.cache'), '');
  expect(start()).toBe('one ts\n');
});
