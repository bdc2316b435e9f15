import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../lib/values/json';

const ROOT = join(__dirname, '..', '..');

function read(name: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(readFileSync(join(ROOT, name), 'utf8'));
  if (!isRecord(value)) throw new TypeError(`${name} is no object`);
  return value;
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  isRecord(value) ? Object.entries(value) : [];

test('every version is one version: nothing newer is installed because it is newer', () => {
  const manifest = read('package.json');
  for (const field of ['dependencies', 'devDependencies', 'overrides']) {
    const versions = entriesOf(manifest[field]);
    expect(versions.length).toBeGreaterThan(0);
    const loose = versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)));
    expect({ field, loose }).toEqual({ field, loose: [] });
  }
});

test('every package of the lockfile is known by the hash of its bytes', () => {
  const packages = entriesOf(read('package-lock.json')['packages']).filter(([path]) => path !== '');
  expect(packages.length).toBeGreaterThan(100);
  const unproved = packages.filter(
    ([, one]) => !isRecord(one) || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(String(one['integrity'])),
  );
  expect(unproved).toEqual([]);
});
