import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CSV_MARK, csvLine } from '../../lib/values/csv';

const FORMULA = /^[=+\-@\t\r]/;

test('quotes what needs quotes, and nothing else', () => {
  expect(csvLine(['a', 'b,c', 'say "hi"', 'two\nlines', ' blank', null, 7, ''])).toBe(
    'a,"b,c","say ""hi""","two\nlines"," blank",,7,\r\n',
  );
});

test.each([
  ['=1+1', "'=1+1"],
  ['+86', "'+86"],
  ['-order-1', "'-order-1"],
  ['@sum', "'@sum"],
  ['\tx', "'\tx"],
  ['＝1', "'＝1"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
])('%s cannot become a formula', (text, written) => {
  expect(csvLine([text])).toBe(`${written}\r\n`);
});

test('a carriage return first is guarded within its quotes', () => {
  expect(csvLine(['\r=1'])).toBe(`"'\r=1"\r\n`);
});

test.each(['-0.27', '-12', '0', '19.90'])('%s stays a number', (text) => {
  expect(csvLine([text])).toBe(`${text}\r\n`);
  expect(csvLine([Number(text)])).toBe(`${Number(text)}\r\n`);
});

test.each(['-1e5', '-', '--1', '-1-1', '-.5'])('%s is no plain number', (text) => {
  expect(csvLine([text])).toBe(`'${text}\r\n`);
});

test('whatever is written is read again, and no text cell begins as a formula does', () => {
  const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[=+\-@\t\r",\n]{1,3}[a-z,"\n]*$/));
  fc.assert(
    fc.property(fc.array(cell, { minLength: 2, maxLength: 5 }), (cells) => {
      const [read] = parse(CSV_MARK + csvLine(cells), { bom: true });
      expect(read?.map((text) => text.replace(/^'(?=[=+\-@\t\r\n＝＋－＠])/, ''))).toEqual(
        cells.map((text) => text.replace(/^'(?=[=+\-@\t\r\n＝＋－＠])/, '')),
      );
      for (const text of read ?? []) {
        if (!/^-\d+(\.\d+)?$/.test(text)) expect(text).not.toMatch(FORMULA);
      }
    }),
  );
});
