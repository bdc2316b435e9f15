import { forTerminal } from '../../lib/values/terminal';

const OBEYED = '\u0000\u0007\u001b\u007f\u0085\u009b\u061c\u200e\u200f\u2028\u2029\u202e\u2066\u2069';

it('shows what a terminal would obey, and leaves the rest as it is', () => {
  expect(forTerminal(OBEYED)).toMatch(/^(\\u[0-9a-f]{4}){14}$/);
  expect(forTerminal('\u001b[31mred\rgone')).toBe('\\u001b[31mred\\u000dgone');
  expect(forTerminal('\ufeff订单\t¥1.00\r\nnext\n')).toBe('\ufeff订单\t¥1.00\r\nnext\n');
});

it('leaves the meaning of JSON as it is', () => {
  const value = { attach: OBEYED };
  const shown = forTerminal(JSON.stringify(value));
  expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
  expect(JSON.parse(shown)).toEqual(value);
});
