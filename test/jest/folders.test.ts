import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { foldersOf, removeFoldersOf } from '../../scripts/test-folders';

test('the folder of a run is found by the process that made it', () => {
  const own = dirname(process.env['WXPAY_COMPILED'] ?? '');
  // Jest is this process, or the one that started this worker.
  const found = [process.pid, process.ppid].flatMap((pid) => foldersOf(pid, [dirname(own)]));
  expect(found).toEqual([own]);
});

test('what a killed run has left is removed, and nothing of another run', () => {
  const place = mkdtempSync(join(tmpdir(), 'wxpay-inbox-left-'));
  const [left, others] = [join(place, 'wxpay-inbox-jest-12-a'), join(place, 'wxpay-inbox-jest-123-b')];
  for (const folder of [left, others]) {
    mkdirSync(folder);
    writeFileSync(join(folder, 'inbox.db'), '');
  }
  removeFoldersOf(12, [join(place, 'missing'), place]);
  expect([existsSync(left), existsSync(others)]).toEqual([false, true]);
});
