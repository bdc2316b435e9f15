import { existsSync, readFileSync } from 'node:fs';

const text = readFileSync('docs/security.md', 'utf8');

/** Every `file`: "name of a test" of the table, and every file that is named without one. */
const named = [...text.matchAll(/`(test\/[^`]+\.ts)`(?:: "([^"]+)")?/g)].map(([, file = '', name]) => ({
  file,
  name,
}));

it('every threat has a row with a test, or says why it has none', () => {
  const [, table = ''] = /## Threats\n([\s\S]*?)\n## /.exec(text) ?? [];
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| threat'));
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.filter((row) => !/`test\/.*\.ts`/.test(row))).toEqual([]);
});

it('every test that a threat names is there', () => {
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter(({ file, name }) => {
    if (!existsSync(file)) return true;
    // A name in the source may be cut by a line break or escaped quotes; those that are named here are not.
    return name !== undefined && !readFileSync(file, 'utf8').includes(name);
  });
  expect(missing).toEqual([]);
});
