import { existsSync, readFileSync } from 'node:fs';

test('every suite that is begun early exists', () => {
  const text = readFileSync('test/sequencer.cjs', 'utf8');
  const named = [...text.matchAll(/'(test\/[^']+\.test\.ts)': \d+/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(file))).toEqual([]);
});
