import { readFileSync } from 'node:fs';
import { estimate, TIMERS } from '../../scripts/cost/estimate';

const PAGE = readFileSync('docs/scale.md', 'utf8');

describe('a cost estimate', () => {
  it('of a shop at rest is what docs/scale.md says of one', () => {
    for (const timers of TIMERS) {
      const [idle, ...rest] = estimate(PAGE, { payments: 0, unpaid: 0, timers });
      const sum = rest.at(-1);
      expect({ ...sum, what: 'idle' }).toEqual(idle);
      expect(PAGE).toContain(`| ${new Intl.NumberFormat('en').format(idle?.calls ?? NaN)} | `);
    }
  });

  it('grows with payments and with orders that are never paid, line by line', () => {
    const one = estimate(PAGE, { payments: 1_000, unpaid: 0, timers: 'default' });
    const ten = estimate(PAGE, { payments: 10_000, unpaid: 500, timers: 'default' });
    const callsOf = (lines: typeof one) => Object.fromEntries(lines.map(({ what, calls }) => [what, calls]));
    const [few, many] = [callsOf(one), callsOf(ten)];
    expect(many['payments stored and applied']).toBe(10 * (few['payments stored and applied'] ?? NaN));
    expect(many['orders created']).toBe(42_000);
    expect(many['orders never paid']).toBe(6_000);
    const parts = ten.slice(0, -1).reduce((sum, { calls }) => sum + calls, 0);
    expect(many['sum']).toBe(parts);
    for (const { packs } of ten) expect(packs[0]).toBeLessThanOrEqual(packs[1]);
  });

  it('refuses a page without the table instead of guessing', () => {
    expect(() => estimate('# nothing', { payments: 1, unpaid: 0, timers: 'default' })).toThrow('has no row');
  });
});

it('is told in both languages with the same figures', () => {
  const figuresOf = (page: string) =>
    page
      .split('\n')
      .filter((line) => line.startsWith('| ') && /\d,\d{3} \|/.test(line))
      .slice(0, 4)
      .map((line) =>
        line
          .split(' | ')
          .slice(1)
          .join(' ')
          .match(/[\d.,]*\d/g),
      );
  const chinese = readFileSync('docs/scale.zh-CN.md', 'utf8');
  expect(figuresOf(PAGE)).toHaveLength(4);
  expect(figuresOf(chinese)).toEqual(figuresOf(PAGE));
});
