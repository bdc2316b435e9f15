import { verifyStatement } from '../../lib/bill/read';
import { bytesOf, inChunks, numbers, readAll, ticked, trade, writeBill, writeRow, type Trade } from './bill';

/** A bill of three rows whose middle one is changed after the summary was written. */
function withMiddle(change: (row: string) => string, changes: Partial<Trade> = {}): Buffer {
  const bill = writeBill([trade({ number: 1 }), trade({ number: 2, ...changes }), trade({ number: 3 })]);
  return bytesOf({ ...bill, rows: bill.rows.map((row, index) => (index === 1 ? change(row) : row)) });
}

const middle = numbers(trade({ number: 2 }));

describe('text that looks like the format', () => {
  test.each([
    ['commas', 'a, b,c,', 'd,,e'],
    ['back-ticks', '`a` ``', '`'],
    ['JSON with quotes', '{"a":"b, \\"c\\"","d":[1,2]}', '{"金额":"1,000.00"}'],
    ['quotes that never close', '"a', "'b"],
    ['everything at once', '"`,` ', ',"'],
    ['nothing but a comma', ',', ','],
    ['emoji and rare characters', '🧋𠮷野家', 'é\u200b'],
  ])('%s', async (_, body, attach) => {
    const { rows, verdict } = await readAll([withMiddle((row) => row, { body, attach })]);
    expect(verdict).toMatchObject({ kind: 'verified' });
    expect(rows[1]).toMatchObject({ texts: { body, attach }, total: 1990, outTradeNo: 'order-2', fee: 12 });
  });

  test('separators inside the product name: the columns around it are counted from both ends', async () => {
    const body = '茶,`咖啡,`,`0.00';
    const { rows, problems, verdict } = await readAll([withMiddle((row) => row, { body, attach: 'x' })]);
    expect(rows[1]).toMatchObject({
      texts: { body, attach: 'x' },
      total: 1990,
      settled: 1990,
      fee: 12,
      payer: middle.payer,
    });
    expect(problems).toEqual([
      { line: 3, column: 'body', code: 'uncertain_text', kept: true, outTradeNo: 'order-2' },
    ]);
    expect(verdict).toMatchObject({ kind: 'verified', rows: 3 });
  });

  test('separators inside the device number', async () => {
    const deviceInfo = '1号店,`收银台';
    const { rows, problems } = await readAll([withMiddle((row) => row, { deviceInfo })]);
    expect(rows[1]).toMatchObject({ texts: { deviceInfo }, outTradeNo: 'order-2', total: 1990 });
    expect(problems).toEqual([]);
  });

  test.each([
    ['a number in scientific notation', middle.transactionId, '4.2E+27', 'scientific_notation'],
    ['a state that is new', '`SUCCESS', '`PAID_LATER', null],
  ])('separators inside the product name, and %s: one row, not the bill', async (_, from, to, code) => {
    const body = '茶,`咖啡';
    const { rows, problems, verdict } = await readAll([withMiddle((row) => row.replace(from, to), { body })]);
    expect(verdict).toMatchObject({ kind: 'verified', rows: 3 });
    expect(rows.filter(({ kind }) => kind === 'payment')).toHaveLength(2);
    if (code !== null) expect(problems).toMatchObject([{ line: 3, code, outTradeNo: 'order-2' }]);
  });

  test('separators where no one way to read the row is left: reported, and the totals decide', async () => {
    const bytes = withMiddle((row) => row, { deviceInfo: '1号店,`收银台', body: '茶,`咖啡' });
    const { rows, problems, verdict } = await readAll([bytes]);
    expect(rows.map(({ outTradeNo }) => outTradeNo)).toEqual(['order-1', 'order-3']);
    expect(problems).toEqual([
      { line: 3, column: null, code: 'too_many_fields', kept: false, outTradeNo: null },
    ]);
    expect(verdict).toMatchObject({ kind: 'refused', code: 'totals_mismatch' });
  });

  test('a line of nothing but separators is counted from both ends like any other', async () => {
    const { verdict } = await readAll([withMiddle(() => ',`'.repeat(30_000))]);
    expect(verdict).toMatchObject({ kind: 'refused', code: 'totals_mismatch' });
  });
});

describe('a bad row does not hold up the others', () => {
  test.each([
    [
      'a spreadsheet’s number',
      'transactionId',
      'scientific_notation',
      (row: string) => row.replace(middle.transactionId, '4.20000E+27'),
    ],
    [
      'a number of which a spreadsheet kept 15 digits',
      'transactionId',
      'digits_lost',
      (row: string) => row.replace(middle.transactionId, '4200002123456780000000000000'),
    ],
    [
      'a number with blanks',
      'transactionId',
      'bad_id',
      (row: string) => row.replace(middle.transactionId, '42 00'),
    ],
    ['no date', 'tradedAt', 'bad_time', (row: string) => row.replace('2026-11-23 ', '')],
    [
      'a day that does not exist',
      'tradedAt',
      'bad_time',
      (row: string) => row.replace('2026-11-23', '2026-02-30'),
    ],
    [
      'an hour that does not exist',
      'tradedAt',
      'bad_time',
      (row: string) => row.replace('10:20:30', '25:20:30'),
    ],
  ] as const)('%s: the row is reported with its order', async (_, column, code, change) => {
    const { rows, problems, verdict } = await readAll([withMiddle(change)]);
    expect(verdict).toMatchObject({ kind: 'verified', rows: 3 });
    expect(rows.map(({ line }) => line)).toEqual([2, 4]);
    expect(problems).toEqual([{ line: 3, column, code, kept: false, outTradeNo: 'order-2', amount: 1990 }]);
  });

  test('an order number nobody can read', async () => {
    const { problems } = await readAll([withMiddle((row) => row.replace('order-2', '1.5E+18'))]);
    expect(problems).toEqual([
      {
        line: 3,
        column: 'outTradeNo',
        code: 'scientific_notation',
        kept: false,
        outTradeNo: null,
        amount: 1990,
      },
    ]);
  });

  test.each([
    ['two blanks', '2026-11-23  10:20:30'],
    ['no blank', '2026-11-2310:20:30'],
    ['full-width colons', '2026-11-23 10：20：30'],
  ])('a time with %s can only mean one time: kept and reported', async (_, time) => {
    const { rows, problems } = await readAll([withMiddle((row) => row, { time })]);
    expect(rows[1]?.tradedAt).toBe(Date.UTC(2026, 10, 23, 2, 20, 30));
    expect(problems).toMatchObject([{ line: 3, code: 'irregular_time', kept: true }]);
  });

  test('a payer that is none leaves the row without one', async () => {
    const { rows, problems } = await readAll([withMiddle((row) => row.replace(middle.payer, 'o P'))]);
    expect(rows[1]).toMatchObject({ outTradeNo: 'order-2', payer: null });
    expect(problems).toMatchObject([{ column: 'payer', code: 'bad_id', kept: true }]);
  });

  test('a fee finer than a fen is counted exactly and left out of the row', async () => {
    const bill = writeBill([trade({ fee: 12 }), trade({ number: 2, fee: 0 })]);
    const rows = bill.rows.map((row) => row.replace('`0.12000', '`0.12345'));
    const summary = bill.summary.replace('`0.12000', '`0.12345');
    const reading = await readAll([bytesOf({ ...bill, rows, summary })]);
    expect(reading.verdict.kind).toBe('verified');
    expect(reading.rows[0]?.fee).toBeNull();
    expect(reading.problems).toMatchObject([{ column: 'fee', code: 'fraction_of_a_fen', kept: true }]);
    const less = bill.summary.replace('`0.12000', '`0.12344');
    expect(await verifyStatement([bytesOf({ ...bill, rows, summary: less })])).toMatchObject({
      code: 'totals_mismatch',
    });
  });

  test('an unreadable amount: the totals decide whether the file stands, the row is lost', async () => {
    const nothing = withMiddle((row) => row.replace('`CNY,`0.00', '`CNY,`-'), { amount: 0 });
    const { rows, problems, verdict } = await readAll([nothing]);
    expect(verdict).toMatchObject({ kind: 'verified' });
    expect(rows).toHaveLength(2);
    expect(problems).toMatchObject([{ line: 3, column: 'settled', code: 'bad_amount', kept: false }]);
    expect(
      await verifyStatement([withMiddle((row) => row.replace('`CNY,`19.90', '`CNY,`19,90'))]),
    ).toMatchObject({
      code: 'totals_mismatch',
      problems: { count: 1, first: [{ line: 3, code: 'bad_amount', outTradeNo: 'order-2' }] },
    });
  });

  test('a row cut short is counted as a row and proves nothing', async () => {
    const { problems, verdict } = await readAll([withMiddle((row) => row.slice(0, 120))]);
    expect(problems).toEqual([
      { line: 3, column: null, code: 'too_few_fields', kept: false, outTradeNo: null },
    ]);
    expect(verdict).toMatchObject({
      code: 'totals_mismatch',
      differences: [{ total: 'settled' }, { total: 'fee' }, { total: 'orderTotal' }],
    });
  });

  test('a state nobody has documented is its own kind, with its word', async () => {
    const bytes = withMiddle((row) => row.replace('`SUCCESS', '`FROZEN'), { amount: 0, fee: 0 });
    const { rows, verdict } = await readAll([bytes]);
    expect(rows[1]).toMatchObject({ kind: 'other', tradeState: 'FROZEN', total: 0 });
    expect(verdict).toMatchObject({ counts: { payment: 2, other: 1 } });
  });

  test('a refund without numbers of its own is not a refund that can be matched', async () => {
    const bytes = withMiddle((row) => row.replace('`back-2', '`0'), { kind: 'refund' });
    const { rows, problems } = await readAll([bytes]);
    expect(rows).toHaveLength(2);
    expect(problems).toMatchObject([{ column: 'outRefundNo', code: 'bad_id', outTradeNo: 'order-2' }]);
  });

  test('findings are told with their batch, and a verdict keeps only the first few', async () => {
    const bill = writeBill(Array.from({ length: 100 }, (_, number) => trade({ number })));
    const rows = bill.rows.map((row) => row.replace('10:20:30', '10：20：30'));
    const { batches, problems, verdict } = await readAll(inChunks(bytesOf({ ...bill, rows }), [1000]), {
      batchRows: 30,
    });
    expect(batches).toEqual([30, 30, 30, 10]);
    expect(problems.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
    if (verdict.kind !== 'verified') throw new Error(verdict.message);
    expect(verdict.problems.count).toBe(100);
    expect(verdict.problems.first).toHaveLength(20);
  });
});

test('columns are found by name wherever they stand', async () => {
  const bill = writeBill([trade()]);
  const turned = (line: string, glue: string) => line.split(glue).reverse().join(glue);
  const row = writeRow(trade(), 'ALL').slice(1);
  const bytes = bytesOf({ ...bill, header: turned(bill.header, ','), rows: [`\`${turned(row, ',`')}`] });
  const { rows, verdict } = await readAll([bytes]);
  expect(verdict.kind).toBe('verified');
  expect(rows).toEqual((await readAll([bytesOf(bill)])).rows);
  expect(ticked('a', 'b')).toBe('`a,`b');
});
