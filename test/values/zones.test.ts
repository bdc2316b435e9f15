import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Linter } from 'eslint';
import fc from 'fast-check';
import { ticksBetween, tickText } from '../../console/reading/ticks';
import { dayOf, daysFrom, daysLater, startOf } from '../../lib/values/day';
import { beijingTime, formatBeijing, httpDate, instant, zonedTime } from '../../lib/values/instant';
import { nodeRuns } from '../compiled/compiled';
import { cases } from '../share';

/** Zones whose clocks change in both hemispheres, and around Ramadan. */
const ZONES = ['Australia/Sydney', 'America/Los_Angeles', 'Africa/Casablanca'];

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CENTURY = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) });

test.each(ZONES)(
  'on a host in %s days, texts and timers are those of Beijing',
  (zone) => {
    const checked = spawnSync(process.execPath, [...nodeRuns('test/values/fixtures/host-zone.ts')], {
      encoding: 'utf8',
      env: { ...process.env, TZ: zone },
      timeout: 120_000,
    });
    // A loop over days that does not move on is ended by the timeout, which leaves nothing to read.
    expect(checked.stdout).toBe('[]');
  },
  70_000,
);

describe('in whatever zone this process runs', () => {
  test('an instant is written and read as 8 hours ahead of UTC', () => {
    fc.assert(
      fc.property(CENTURY, (ms) => {
        const wall = new Date(ms + 8 * HOUR).toISOString();
        expect(formatBeijing(instant(ms), 'YYYY-MM-DDTHH:mm:ss.SSS')).toBe(wall.slice(0, -1));
        expect(beijingTime(formatBeijing(instant(ms), 'YYYYMMDDHHmmss'))).toBe(ms - (ms % 1000));
        expect(dayOf(instant(ms))).toBe(wall.slice(0, 10).replaceAll('-', ''));
      }),
      { numRuns: cases({ everyTime: 300, all: 10_000 }) },
    );
  });

  test('days follow each other, each of 24 hours', () => {
    fc.assert(
      fc.property(CENTURY, fc.integer({ min: -400, max: 400 }), (ms, count) => {
        const day = dayOf(instant(ms));
        expect(startOf(daysLater(day, count))).toBe(startOf(day) + count * DAY);
        const days = daysFrom(day, daysLater(day, count));
        expect(days).toEqual(Array.from({ length: Math.max(0, count) }, (_, n) => daysLater(day, n)));
      }),
      { numRuns: cases({ everyTime: 60, all: 1_500 }) },
    );
  });

  test('a time with its own zone is one instant, and one without is none', () => {
    fc.assert(
      fc.property(CENTURY, fc.integer({ min: -14 * 60, max: 14 * 60 }), (ms, ahead) => {
        const two = (n: number) => String(n).padStart(2, '0');
        const zone = `${ahead < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(ahead) / 60))}:${two(Math.abs(ahead) % 60)}`;
        const wall = new Date(ms + ahead * 60_000).toISOString().slice(0, -1);
        expect(zonedTime(`${wall}${zone}`)).toBe(ms);
        expect(zonedTime(new Date(ms).toISOString())).toBe(ms);
        expect(zonedTime(wall)).toBeNull();
        expect(httpDate(new Date(ms).toUTCString())).toBe(Math.floor(ms / 1000) * 1000);
        expect(httpDate(new Date(ms).toUTCString().replace('GMT', 'CET'))).toBeNull();
      }),
      { numRuns: cases({ everyTime: 100, all: 2_500 }) },
    );
    expect(zonedTime('2026-03-01T04:00Z')).toBe(Date.UTC(2026, 2, 1, 4));
    expect(zonedTime('2026-02-30T04:00:00Z')).toBeNull();
  });

  test('the ticks of a plot stand on full hours and days in Beijing, and no two are the same', () => {
    const day = Date.UTC(2026, 9, 3) / 1000;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 365 * 24 }),
        fc.constantFrom(3_600, 6 * 3_600, 86_400),
        (n, step) => {
          const [from, to] = [day + n * 3_600, day + n * 3_600 + 40 * step];
          const ticks = ticksBetween(from, to, step);
          expect(new Set(ticks).size).toBeGreaterThanOrEqual(40);
          for (const tick of ticks) {
            expect(tick >= from && tick <= to && (tick + 8 * 3_600) % step === 0).toBe(true);
          }
        },
      ),
    );
    const midnight = beijingTime('20261004000000') ?? 0;
    expect(tickText(midnight / 1000, 86_400)).toBe('10-04');
    expect(tickText(midnight / 1000 + 3 * 3_600, 86_400)).toBe('03:00');
    expect(tickText(midnight / 1000 + 3 * 3_600, 30 * 86_400)).toBe('10-04');
  });
});

describe('the lint', () => {
  const rules: unknown = JSON.parse(readFileSync('scripts/lint/host-zone.json', 'utf8'));
  const options: readonly unknown[] = Array.isArray(rules) ? rules : [];
  const complaints = (code: string): number =>
    new Linter().verify(code, [{ rules: { 'no-restricted-syntax': ['error', ...options] } }]).length;

  test.each([
    'dayjs.utc(at).utcOffset(480)',
    'dayjs(at)',
    'dayjs.unix(at)',
    'new Date(2026, 2, 1)',
    'Date()',
    "new Date('2026-03-01 12:00')",
    'new Date(`${day} 12:00`)',
    'Date.parse(text)',
    'Date.parse(`${day}T12:00`)',
    "Date.parse('2026-03-01T12:00')",
    'at.getHours()',
    'at.getDate()',
    'at.setDate(1)',
    'at.getTimezoneOffset()',
    'at.toDateString()',
    "at.toLocaleString('zh-CN')",
    "at.toLocaleTimeString('en-GB', { hour12: false })",
    "new Intl.DateTimeFormat('zh-CN')",
    "new Cron('* * * * *', run)",
    "uPlot.tzDate(at, 'Asia/Shanghai')",
  ])('refuses %s', (code) => {
    expect(complaints(code)).toBe(1);
  });

  test.each([
    'dayjs.utc(at + 28_800_000).format(text)',
    'new Date()',
    'new Date(at).toISOString()',
    'new Date(Date.UTC(2026, 2, 1))',
    "new Date('2026-03-01T00:00:00Z')",
    "Date.parse('2026-03-01T12:00:00+08:00')",
    'Date.parse(`${text} GMT`)',
    'at.getUTCHours()',
    "at.toLocaleTimeString('en-GB', { timeZone: 'Asia/Shanghai' })",
    "new Intl.NumberFormat('en-US').format(1)",
    "new Cron('* * * * *', { timezone: 'Asia/Shanghai' }, run)",
  ])('accepts %s', (code) => {
    expect(complaints(code)).toBe(0);
  });
});
