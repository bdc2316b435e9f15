import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Papa from 'papaparse';
import { InputError } from '../../accountant/input-error';
import { openInput } from '../../accountant/files/input';
import { tablesOf } from '../../accountant/files/orders-source';
import { orderHeaderScore } from '../../accountant/orders/order-columns';
import { readOrderTables } from '../../accountant/orders/order-file';
import { csvLine, type CsvCell } from '../../lib/values/csv';
import { propertyOf, pure, type Target } from './target';

const cells = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '=1+1',
    '+cmd',
    '-2',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '＝1',
    '"',
    '""',
    ',',
    '\r\n',
    "'=1",
    ' =1',
    '-1.5',
    '-1e5',
    '',
  ),
  fc.integer(),
  fc.constant(null),
);

/** What is written for a spreadsheet: comes back as it was, and no cell is a formula. */
export const spreadsheetCells = pure(
  'spreadsheet cells',
  40,
  fc.array(cells, { minLength: 1, maxLength: 6 }),
  (row: CsvCell[]) => {
    // One column and nothing in it is an empty line, which has no cells.
    const line = csvLine(['begin', ...row]);
    const { data } = Papa.parse<string[]>(line, { delimiter: ',', newline: '\r\n' });
    const [read = []] = data;
    if (read.length !== row.length + 1) throw new Error('a cell was split or lost');
    for (const [n, cell] of row.entries()) {
      const shown = read[n + 1] ?? '';
      const text = cell === null ? '' : String(cell);
      const number = /^-?\d+(\.\d+)?$/.test(text);
      if (/^[=+\-@\t\r\n＝＋－＠]/.test(shown) && !number)
        throw new Error(`a formula: ${JSON.stringify(shown)}`);
      if (shown !== text && shown !== `'${text}`)
        throw new Error(`${JSON.stringify(text)} came back as ${JSON.stringify(shown)}`);
    }
  },
);

const HEADER =
  'outTradeNo,total,state,transactionId,paidAt,outRefundNo,refund,refundState,refundedAt,subMchId';
const ROW = 'order-1,58.00,paid,4200000883202603011151153100,2026-03-01 12:00:00,,,,,1900000109';
const files = fc
  .tuple(
    fc.constantFrom(HEADER, '商户订单号,订单金额,状态', 'outTradeNo,total', ''),
    fc.array(
      fc.oneof(
        fc.constant(ROW),
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc
          .tuple(
            fc.nat({ max: ROW.length }),
            fc.constantFrom('"', ',', '\u0000', '\n', '\ud800', 'x'.repeat(3_000)),
          )
          .map(([at, piece]) => ROW.slice(0, at) + piece + ROW.slice(at)),
      ),
      { maxLength: 5 },
    ),
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.constantFrom('', '\uFEFF'),
  )
  .map(([header, rows, eol, mark]) => mark + [header, ...rows].join(eol));

/** The accountant's orders file: read, or refused in plain words. */
export const orderFiles: Target = {
  name: 'order files',
  share: 7,
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-fuzz-'));
    const path = join(folder, 'orders.csv');
    return {
      property: propertyOf(files, async (text) => {
        writeFileSync(path, text);
        try {
          const inputs = await openInput(path, () => undefined);
          const score = orderHeaderScore(new Map());
          const tables = await Promise.all(inputs.map((input) => tablesOf(input, score, () => undefined)));
          await readOrderTables(tables, { columns: new Map(), states: new Map() });
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};
