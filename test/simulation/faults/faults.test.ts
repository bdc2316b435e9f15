import { readdirSync, readFileSync } from 'node:fs';
import { FAULTS } from './faults';
import { withFault } from './patch';
import { playFaults } from './report';

/** Switched on at every `npm test`; `.ci/run` plays all. */
const EVERY_TIME = ['ack before the write', 'close without asking', 'deliver under a key per attempt'];

test.each(FAULTS)('the place of "$name" is in the code, once', (fault) => {
  const text = readFileSync(fault.file, 'utf8');
  expect(withFault(text, fault)).not.toBe(text);
});

test('every test that must notice one is there', () => {
  const cases = readdirSync('test/store/cases').map((file) =>
    readFileSync(`test/store/cases/${file}`, 'utf8'),
  );
  const gone = FAULTS.filter(({ caughtBy }) => {
    if (caughtBy.kind !== 'test') return false;
    const { file, test } = caughtBy;
    const texts = [readFileSync(file, 'utf8'), ...(file.startsWith('test/store/') ? cases : [])];
    return !texts.some((text) => text.includes(test));
  });
  expect(gone.map(({ name }) => name)).toEqual([]);
});

test.each(EVERY_TIME)(
  '"%s" is noticed',
  async (name) => {
    const faults = FAULTS.filter((fault) => fault.name === name);
    const lines: string[] = [];
    const { missed } = await playFaults(faults, 1, (line) => lines.push(line));
    expect(missed).toEqual([]);
    expect(lines).toEqual([expect.stringMatching(/^caught /)]);
  },
  120_000,
);

test('docs/guarantees.md names who notices each', () => {
  const page = readFileSync('docs/guarantees.md', 'utf8');
  const rows = FAULTS.map(({ guarantee, name, caughtBy }) => {
    const who =
      caughtBy.kind === 'simulation'
        ? caughtBy.rules.map((rule) => `\`${rule}\``).join(', ')
        : `\`${caughtBy.file}\`${caughtBy.test === '' ? '' : `: "${caughtBy.test}"`}`;
    return `| ${guarantee} | ${name} | ${who} |`;
  });
  expect(page.split('\n')).toEqual(expect.arrayContaining(rows));
});
