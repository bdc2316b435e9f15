import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_CAUSES } from '../../lib/model/alarm';
import { NOT_READY } from '../../lib/ops/watch/notice';
import { writtenConfig } from '../../lib/config/written';

const DOCS = join(__dirname, '..', '..', 'docs');
const read = (file: string): string => readFileSync(join(DOCS, file), 'utf8');
const config = writtenConfig.parse({ merchants: [{ subMchId: '1900000109' }] });

/** What the store keeps as alarms, and what is told without it. */
const TOLD: readonly string[] = [...ALARM_CAUSES, NOT_READY];

describe.each([
  ['runbook.md', ['**Means.**', '**Look at.**', '**Do.**', '**Wake somebody**']],
  ['runbook.zh-CN.md', ['**意思。**', '**看哪里。**', '**怎么做。**', '叫人']],
])('docs/%s', (file, parts) => {
  const text = read(file);
  const chapters = new Map(
    text
      .split(/^<a id="/m)
      .slice(1)
      .map((chapter) => [
        chapter.slice(0, chapter.indexOf('"')),
        chapter.split(/^## (?!\w+[:：])/m)[0] ?? '',
      ]),
  );

  it('has a chapter for each alarm, and for nothing else', () => {
    expect([...chapters.keys()]).toEqual(TOLD);
  });

  it.each(TOLD)('says of %s what it means, where to look, what to do and when to wake somebody', (cause) => {
    const chapter = chapters.get(cause) ?? '';
    expect(parts.filter((part) => !chapter.includes(part))).toEqual([]);
    expect(chapter).toContain(`## ${cause}`);
  });

  it('leads to places that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link.split('#'));
    expect(links.length).toBeGreaterThan(5);
    for (const [target = '', anchor = ''] of links) {
      const there = target === '' ? file : target;
      expect(existsSync(join(DOCS, there)) ? there : `${there} is not there`).toBe(there);
      if (target === '') expect(TOLD).toContain(anchor);
    }
  });

  it('names settings that exist', () => {
    const named = [...text.matchAll(/`((?:watchdog|inbox|fulfilment|statement|orders|refunds)\.[\w.]+)`/g)];
    expect(named.length).toBeGreaterThan(5);
    expect(named.map(([, path = '']) => path).filter((path) => settingOf(path) === undefined)).toEqual([]);
  });
});

describe.each(['alarms.md', 'alarms.zh-CN.md'])('docs/%s', (file) => {
  const text = read(file);

  it('gives the thresholds as they are by default', () => {
    for (const cause of ALARM_CAUSES) {
      const { threshold, windowMinutes } = config.watchdog.alarms[cause];
      const row =
        text.split('\n').find((line) => line.startsWith(`| \`${cause}\` |`)) ?? `${cause} has no row`;
      const [, , , limit = '', again = ''] = row.split('|');
      expect(`${cause} ${limit.replaceAll(',', '')}`).toMatch(
        new RegExp(`${cause} .*\\b${String(threshold)}\\b`),
      );
      expect(again).toMatch(new RegExp(`\\b${windowMinutes / 60} (h|小时)`));
    }
  });

  it('leads to places that exist', () => {
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(existsSync(join(DOCS, target)) ? target : `${target} is not there`).toBe(target);
    }
  });
});

/** The value of a setting by its path. */
function settingOf(path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
      config,
    );
}
