import dayjs from 'dayjs';
import customParseFormat from 'dayjs/plugin/customParseFormat';
import utc from 'dayjs/plugin/utc';
import fc from 'fast-check';
import { fen, fenToYuan, isPayableFen, yuanToFen } from '../../lib/values/fen';
import { isOutTradeNo, maskPayer } from '../../lib/values/ids';
import { beijingTime, formatBeijing, instant } from '../../lib/values/instant';
import { isJson } from '../../lib/values/json';
import { cases } from '../share';

dayjs.extend(utc);
dayjs.extend(customParseFormat);

describe('fen', () => {
  test.each([
    ['60.00', 6000],
    ['-0.27000', -27],
    ['0.1', 10],
    ['5', 500],
    ['+1.5', 150],
    ['-0.00', 0],
    ['9999999999999.99', 999_999_999_999_999],
  ])('%s yuan is %d fen', (text, expected) => {
    expect(yuanToFen(text)).toBe(expected);
  });

  test.each(['', '.', '1.005', '1e3', '¥1', ' 1', '1,000.00', '99999999999999', 'NaN', '0x10', '1.0.0'])(
    '%p is no amount',
    (text) => {
      expect(yuanToFen(text)).toBeNull();
    },
  );

  test('every amount survives being written as yuan', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), (amount) => {
        expect(yuanToFen(fenToYuan(fen(amount)))).toBe(amount);
      }),
    );
  });

  test.each([0, -1, 1.5, '1', Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    '%p cannot be asked of anybody',
    (value) => {
      expect(isPayableFen(value)).toBe(false);
    },
  );

  test('a fraction is never made into fen', () => {
    expect(() => fen(0.1)).toThrow(RangeError);
  });
});

describe('Beijing time', () => {
  test('of a notification and of a statement is one instant', () => {
    expect(beijingTime('20260301120000')).toBe(Date.UTC(2026, 2, 1, 4));
    expect(beijingTime('2026-03-01 12:00:00')).toBe(Date.UTC(2026, 2, 1, 4));
  });

  test.each([
    '',
    '20260231120000',
    '20260301240000',
    '00260301120000',
    '2026-03-01T12:00:00',
    '2026030112000',
    'yesterday',
  ])('%p is no time', (text) => {
    expect(beijingTime(text)).toBeNull();
  });

  test('is read as dayjs reads it strictly, whatever the digits are', () => {
    const digits = fc
      .tuple(fc.integer({ min: 100, max: 3_000 }), ...[14, 33, 26, 62, 62].map((most) => fc.nat(most)))
      .map((parts) => parts.map((part, n) => String(part).padStart(n === 0 ? 4 : 2, '0')));
    const texts = digits.chain(([y = '', m = '', d = '', h = '', i = '', s = '']) =>
      fc.constantFrom(`${y}${m}${d}${h}${i}${s}`, `${y}-${m}-${d} ${h}:${i}:${s}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const format = text.length === 14 ? 'YYYYMMDDHHmmss' : 'YYYY-MM-DD HH:mm:ss';
        const strictly = dayjs.utc(text, format, true);
        const expected = strictly.isValid() ? strictly.valueOf() - 8 * 3_600_000 : null;
        expect(beijingTime(text)).toBe(expected);
      }),
      { numRuns: cases({ everyTime: 1_000, all: 50_000 }) },
    );
  });

  test('is written as it was read, in whatever zone the machine is', () => {
    expect(formatBeijing(instant(Date.UTC(2026, 11, 31, 16)), 'YYYYMMDDHHmmss')).toBe('20270101000000');
  });
});

test('a masked payer can be compared, not recognised', () => {
  expect(maskPayer('oUpF8uMuAJO_M2pxb1Q9zNjWeS6o')).toBe('oUp***S6o');
  expect(maskPayer('short')).toBe('***');
});

test.each([
  ['order-1', true],
  ['a|b*c_d-e', true],
  ['', false],
  ['a:b', false],
  ['x'.repeat(33), false],
  [5, false],
])('%p as an order number: %p', (value, expected) => {
  expect(isOutTradeNo(value)).toBe(expected);
});

test('JSON is told from what JSON would lose, and has an end', () => {
  expect(isJson({ a: [1, 'x', null, true] })).toBe(true);
  expect(isJson({ a: undefined })).toBe(false);
  expect(isJson(Number.NaN)).toBe(false);
  const deep: unknown = JSON.parse('['.repeat(40) + ']'.repeat(40));
  expect(isJson(deep)).toBe(false);
});
