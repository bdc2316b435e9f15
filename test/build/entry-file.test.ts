import { Linter } from 'eslint';
import { runInNewContext } from 'node:vm';
import { isRecord } from '../../lib/values/json';
import { buildId, buildNamedIn, entryFile } from '../../scripts/build/entry-file';

const text = entryFile('payCallback', '0.2.0', '0123456789ab');

/** What the entry file exports under a version of Node.js. */
function loadedBy(node: string): { main: unknown } {
  const exports = { main: null };
  const require = (file: string) => ({ main: `of ${file}` });
  runInNewContext(text, { exports, require, process: { versions: { node } }, parseInt });
  return exports;
}

test('every Node.js can read the entry file: it is ES5', () => {
  const parsed = new Linter().verify(text, { languageOptions: { ecmaVersion: 5, sourceType: 'script' } });
  expect(parsed).toEqual([]);
  const modern = new Linter().verify('const a = 1;', {
    languageOptions: { ecmaVersion: 5, sourceType: 'script' },
  });
  expect(modern).toMatchObject([{ fatal: true }]);
});

test.each(['18.15.0', '20.19.5', '22.21.1', '24.11.0', '26.0.0'])('Node.js %s gets the bundle', (node) => {
  expect(loadedBy(node).main).toBe('of ./main.js');
});

test.each(['8.9.4', '10.15.3', '16.13.1'])('Node.js %s says what to do, and acks nothing', (node) => {
  const { main } = loadedBy(node);
  if (typeof main !== 'function') throw new TypeError('there is no main');
  let said = '';
  try {
    Reflect.apply(main, null, []);
  } catch (error) {
    said = isRecord(error) ? String(error['message']) : '';
  }
  expect(said).toContain(`payCallback runs on Node.js ${node} and needs 18 or later: `);
  expect(said).toContain('create it with Node.js 24.11');
  expect(said).not.toContain('\n');
});

test('it names its build, which depends on all that is uploaded', () => {
  expect(buildNamedIn(text)).toBe('0123456789ab');
  expect(buildNamedIn('exports.main = async () => 1;')).toBeNull();
  expect(buildId(['code', 'keys'])).toMatch(/^[0-9a-f]{12}$/);
  expect(buildId(['code', 'keys'])).not.toBe(buildId(['code', 'other keys']));
  expect(buildId(['ab', 'c'])).not.toBe(buildId(['a', 'bc']));
});
