import { readFileSync } from 'node:fs';
import { ALARM_CAUSES } from '../../lib/model/alarm';

const PAGES = ['docs/log-queries.md', 'docs/log-queries.zh-CN.md'];
const EVENTS = new Set(
  [...readFileSync('lib/runtime/log.ts', 'utf8').matchAll(/^ {2}\| '(\w+)'/gm)].map(([, name]) => name),
);

/** Words of a search that are the value of a field, not an event. */
const VALUES = new Set(['error', 'unknown_key', 'clock']);

describe.each(PAGES)('%s', (page) => {
  const rows = readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));

  it('has a search of both kinds for each alarm', () => {
    const searches = new Map(rows.map(([, name = '', cls = '', server = '']) => [name, { cls, server }]));
    for (const cause of ALARM_CAUSES) {
      const [, search] = [...searches].find(([name]) => name.startsWith(`[\`${cause}\`](runbook`)) ?? [];
      expect(search?.cls).toMatch(/^`"\w+"/);
      expect(search?.server).toMatch(/^`jq -R/);
    }
  });

  it('names only events that are logged, the same in both kinds', () => {
    expect(EVENTS.size).toBeGreaterThan(100);
    for (const [, name = '', cls = '', server = ''] of rows) {
      const [inCls, onServer] = [namesIn(cls, /"(\w+)"/g), namesIn(server, /\.event == "(\w+)"/g)];
      expect([name, [...inCls, ...onServer].filter((one) => !EVENTS.has(one))]).toEqual([name, []]);
      if (server.includes('.event ==')) expect([name, inCls]).toEqual([name, onServer]);
    }
  });
});

function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].flatMap(([, name = '']) => (VALUES.has(name) ? [] : [name])).sort();
}
