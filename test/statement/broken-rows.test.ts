import fc from 'fast-check';
import { verifyStatement } from '../../lib/bill/read';
import { bytesOf, inChunks, numbers, readAll, trade, writeBill, type Trade } from './bill';
import { cases } from '../share';

const middle = numbers(trade({ number: 2 }));

/** A bill of three trades, of which the second has these texts. */
function billOf(changes: Partial<Trade>, type: 'ALL' | 'REFUND' = 'ALL'): Buffer {
  const kind = type === 'REFUND' ? ('refund' as const) : ('payment' as const);
  return bytesOf(
    writeBill(
      [1, 2, 3].map((number) => trade({ number, kind, ...(number === 2 ? changes : {}) })),
      type,
    ),
  );
}

const broken = {
  ...{ line: 3, column: null, code: 'broken_row', kept: false, outTradeNo: middle.outTradeNo },
  amount: 1990,
};

describe('a row broken by a line feed in its texts is set aside alone, and the bill stands', () => {
  test.each<[string, Partial<Trade>]>([
    ['in the product name', { body: '茶\n咖啡' }],
    ['with a carriage return', { body: '茶\r\n咖啡' }],
    ['at the beginning', { body: '\n茶' }],
    ['at the end', { body: '茶\n' }],
    ['several, also with nothing between them', { body: '茶\n\n\n咖啡\n' }],
    ['in the merchant’s data', { attach: '{"a":1,\n"b":2}' }],
    ['in both', { body: '茶\n咖啡', attach: 'x\ny' }],
    ['in the device number', { deviceInfo: '1\n2' }],
    ['before the words of a summary', { body: '茶\n总交易单数,应结订单总金额' }],
    ['around the words of a summary', { body: '茶\n总交易单数,应结订单总金额\n咖啡' }],
    ['before separators', { body: '茶\n,`,`咖啡' }],
    ['before a date', { body: '预约\n2026-11-23 10:20:30' }],
  ])('%s', async (_, texts) => {
    for (const kind of ['payment', 'refund'] as const) {
      const { rows, problems, verdict } = await readAll([billOf({ kind, ...texts })]);
      expect(verdict).toMatchObject({ kind: 'verified', rows: 3, problems: { count: 1, first: [broken] } });
      expect(rows.map(({ outTradeNo }) => outTradeNo)).toEqual(['order-1', 'order-3']);
      expect(problems).toEqual([broken]);
    }
  });

  test('two of them one after the other, and the last row too', async () => {
    const bill = writeBill([1, 2, 3].map((number) => trade({ number, body: number === 1 ? 'x' : 'a\nb' })));
    const { rows, problems, verdict } = await readAll([bytesOf(bill)]);
    expect(verdict).toMatchObject({ kind: 'verified', rows: 3 });
    expect(rows.map(({ line }) => line)).toEqual([2]);
    expect(problems.map(({ line, code }) => [line, code])).toEqual([
      [3, 'broken_row'],
      [5, 'broken_row'],
    ]);
  });

  test('its amounts are among the totals: another amount in it is noticed', async () => {
    const bytes = billOf({ body: '茶\n咖啡', amount: 4321 });
    expect(await verifyStatement([bytes])).toMatchObject({ kind: 'verified', rows: 3 });
    const other = Buffer.from(bytes.toString('utf8').replace('`43.21', '`43.20'));
    expect(await verifyStatement([other])).toMatchObject({ kind: 'refused', code: 'totals_mismatch' });
  });

  test('a reading that goes on after it tells it no second time', async () => {
    const bytes = billOf({ body: '茶\n咖啡' });
    const { rows, problems } = await readAll([bytes], { afterLine: 3 });
    expect(rows.map(({ line }) => line)).toEqual([5]);
    expect(problems).toEqual([]);
  });

  test('whatever merchants write into a text, and in whatever pieces it comes', async () => {
    const text = fc
      .array(fc.constantFrom('\n', '\r', '\u0000', '\u001b', '\t', ',', '茶', '2', ' ', '总交易单数,'), {
        maxLength: 8,
      })
      .map((parts) => parts.join(''));
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(text, text, sizes, async (body, attach, pieces) => {
        const { rows, problems, verdict } = await readAll(inChunks(billOf({ body, attach }), pieces));
        expect(verdict).toMatchObject({ kind: 'verified', rows: 3 });
        const whole = !`${body}${attach}`.includes('\n');
        expect(rows).toHaveLength(whole ? 3 : 2);
        expect(problems).toEqual(whole ? [] : [broken]);
      }),
      { numRuns: cases({ everyTime: 60, all: 1_500 }) },
    );
  });
});

describe('lines that do not make up a row stay what they were', () => {
  const cut = (change: (rows: readonly string[]) => readonly string[]): Buffer => {
    const bill = writeBill([1, 2, 3].map((number) => trade({ number })));
    return bytesOf({ ...bill, rows: [...change(bill.rows)] });
  };

  test.each<[string, Buffer, number]>([
    ['half a row', cut(([a = '', b = '', c = '']) => [a, b.slice(0, 150), c]), 2],
    ['half a row at the end', cut(([a = '', b = '', c = '']) => [a, b, c.slice(0, 150)]), 2],
    ['the other half', cut(([a = '', b = '', c = '']) => [a, b.slice(150), c]), 2],
    ['half a row and a whole one', cut(([a = '', b = '']) => [a.slice(0, 150), b, b]), 2],
    [
      'half a row and a hundred lines',
      cut(([a = '']) => [a.slice(0, 150), ...Array<string>(100).fill('x')]),
      0,
    ],
  ])('%s: the totals decide', async (_, bytes, count) => {
    const { rows, problems, verdict } = await readAll([bytes]);
    expect(verdict).toMatchObject({ kind: 'refused', code: 'totals_mismatch' });
    expect(rows).toHaveLength(count);
    expect(problems.every(({ code }) => code === 'too_few_fields')).toBe(true);
  });
});
