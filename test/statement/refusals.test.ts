import { gzipSync } from 'node:zlib';
import { readStatementRows, verifyStatement, type StatementVerdict } from '../../lib/bill/read';
import { bytesOf, inChunks, PLAIN, readAll, ticked, trade, writeBill, type Bill } from './bill';

const trades = [
  trade({ number: 1, amount: 1990, fee: 12 }),
  trade({ number: 2, amount: 500, fee: 3 }),
  trade({ number: 1, kind: 'refund', amount: 990, fee: 6 }),
];
const bill = writeBill(trades);
const GOOD = bytesOf(bill);

async function verify(changes: Partial<Bill>): Promise<StatementVerdict> {
  return verifyStatement([bytesOf({ ...bill, ...changes })]);
}

test('the bill the others are made from is verified', async () => {
  expect(await verify({})).toMatchObject({ kind: 'verified', rows: 3 });
});

describe('files that are something else', () => {
  test.each([
    ['empty', ''],
    ['empty', '\uFEFF\r\n\r\n'],
    ['xml_answer', '<xml><return_code><![CDATA[FAIL]]></return_code></xml>'],
    ['json_answer', '{"return_code":"FAIL","return_msg":"No Bill Exist"}'],
    ['html_page', '<!DOCTYPE html>\n<html><body>502</body></html>'],
    ['unknown_header', 'name,price\n1,2\n'],
    ['unknown_header', `${bill.summaryHeader}\n${bill.summary}\n`],
    ['missing_columns', `${bill.header.replace('微信订单号', '别的')}\n`],
    ['duplicate_columns', `${bill.header},子商户号\n`],
    ['no_summary', `${bill.header}\n${bill.rows.join('\n')}\n`],
    ['no_summary', `${bill.header}\n${bill.rows.join('\n')}\n${bill.summaryHeader}\n`],
    ['line_too_long', `${bill.header}\n\`${'x'.repeat(64 * 1024)}\n`],
    ['line_too_long', `${bill.header}\n\`${'x'.repeat(64 * 1024)}`],
  ])('%s', async (code, text) => {
    const verdict = await verifyStatement([Buffer.from(text)]);
    expect(verdict).toMatchObject({ kind: 'refused', code });
    // Byte by byte; a long line in pieces that end anywhere in it.
    const size = text.length < 10_000 ? 1 : 997;
    expect((await readAll(inChunks(Buffer.from(text), [size]))).verdict).toEqual(verdict);
  });

  test.each([
    ['as written', PLAIN],
    ['in which nothing ends the last line', { ...PLAIN, finalEol: false }],
    ['without a mark, with line feeds alone', { ...PLAIN, mark: '', eol: '\n' }],
  ] as const)('a bill cut at any byte, %s, ends early: it is no other document', async (_, form) => {
    const whole = bytesOf(bill, form);
    for (let at = 1; at < whole.length; at += 1) {
      const verdict = await verifyStatement([whole.subarray(0, at)]);
      // Only zeros after the point, or the last line's end, are missing: the rows are proved.
      if (verdict.kind === 'verified') expect(whole.subarray(at).toString()).toMatch(/^[.0]*\s*$/);
      else expect([at, verdict.code]).toEqual([at, expect.stringMatching(/^(?:no_summary|empty)$/)]);
    }
  });

  test('a header cut where a new name begins the whole one', async () => {
    const cut = bill.header.slice(0, bill.header.lastIndexOf('备注'));
    expect(cut.endsWith('费率')).toBe(true);
    expect(await verifyStatement([Buffer.from(cut)])).toMatchObject({ code: 'no_summary' });
    expect(await verifyStatement([Buffer.from(`${cut}\r\n`)])).toMatchObject({ code: 'duplicate_columns' });
  });

  test('a line of another file is no cut header', async () => {
    for (const text of ['交易流水,商户订单号', '交易单', 'Transfer', '\uFEFFname'])
      expect(await verifyStatement([Buffer.from(text)])).toMatchObject({ code: 'unknown_header' });
  });

  test('a gzip file cut at any byte', async () => {
    const gzipped = gzipSync(GOOD);
    for (let at = 1; at < gzipped.length; at += 1) {
      const verdict = await verifyStatement([gzipped.subarray(0, at)]);
      expect([at, verdict]).toEqual([at, expect.objectContaining({ code: 'gzip_truncated' })]);
    }
  });

  test('a gzip file that ends early', async () => {
    const gzipped = gzipSync(GOOD);
    const verdict = await verifyStatement([gzipped.subarray(0, gzipped.length - 9)]);
    expect(verdict).toMatchObject({ kind: 'refused', code: 'gzip_truncated' });
  });

  test('a gzip file whose checksum is wrong', async () => {
    const gzipped = Buffer.from(gzipSync(GOOD));
    gzipped.writeUInt8(gzipped.readUInt8(gzipped.length - 8) ^ 1, gzipped.length - 8);
    expect(await verifyStatement([gzipped])).toMatchObject({ kind: 'refused', code: 'gzip_corrupt' });
  });

  test('no advice repeats what stands in the file', async () => {
    const verdict = await verifyStatement([Buffer.from('secret-payer,other\n')]);
    expect(JSON.stringify(verdict)).not.toContain('secret-payer');
  });
});

describe('a summary that does not prove the rows', () => {
  test('a missing row', async () => {
    expect(await verify({ rows: bill.rows.slice(1) })).toMatchObject({
      code: 'totals_mismatch',
      line: 5,
      differences: [
        { total: 'count', stated: 3, counted: 2 },
        { total: 'settled', stated: 2490, counted: 500 },
        { total: 'fee', stated: 9, counted: -3 },
        { total: 'orderTotal', stated: 2490, counted: 500 },
      ],
    });
  });

  test('a row twice', async () => {
    expect(await verify({ rows: [...bill.rows, ...bill.rows.slice(0, 1)] })).toMatchObject({
      code: 'totals_mismatch',
    });
  });

  test('amounts of two rows changed so that all totals but the fees still agree', async () => {
    const rows = writeBill([trade({ number: 1, amount: 1990, fee: 13 }), ...trades.slice(1)]).rows;
    expect(await verify({ rows })).toMatchObject({
      code: 'totals_mismatch',
      differences: [{ total: 'fee', stated: 9, counted: 10 }],
    });
  });

  test.each([
    ['fewer values than names', ticked('3', '24.90')],
    ['more values than names', `${bill.summary},\`1`],
    ['a value that is no number', bill.summary.replace('24.90', 'many')],
    ['a fraction of a row', bill.summary.replace('`3', '`3.5')],
  ])('%s', async (_, summary) => {
    expect(await verify({ summary })).toMatchObject({ kind: 'refused', code: 'bad_summary', line: 6 });
  });

  test('a summary that states no refunds of a statement that has them', async () => {
    const verdict = await verify({
      summaryHeader: '总交易单数,应结订单总金额',
      summary: ticked('3', '24.90'),
    });
    if (verdict.kind !== 'refused') throw new Error('it was verified');
    expect(verdict.code).toBe('bad_summary');
    expect(verdict.message).toContain('refunded');
  });

  test('a summary without its first back-tick proves as much', async () => {
    expect(await verify({ summary: bill.summary.slice(1) })).toMatchObject({ kind: 'verified' });
  });

  test('anything after the summary but blank lines', async () => {
    expect(await verify({ summary: `${bill.summary}\r\n\r\n \r\n` })).toMatchObject({ kind: 'verified' });
    expect(await verify({ summary: `${bill.summary}\r\n${bill.rows[0] ?? ''}` })).toMatchObject({
      code: 'data_after_summary',
      line: 7,
    });
  });

  test('a product name that pretends to be the summary', async () => {
    const forged = trade({ number: 9, body: `x\n${bill.summaryHeader}\n\`0,\`0,\`0,\`0,\`0,\`0,\`0\n` });
    const verdict = await verify({ rows: [...writeBill([forged]).rows, ...bill.rows] });
    expect(verdict).toMatchObject({ kind: 'refused', code: 'data_after_summary' });
  });
});

describe('a revoked payment', () => {
  const revoked = [trade({ number: 1 }), trade({ number: 1, kind: 'revoked' })];

  test('counts as a refund', async () => {
    expect(await verifyStatement([bytesOf(writeBill(revoked))])).toMatchObject({
      kind: 'verified',
      counts: { payment: 1, revoked: 1 },
    });
  });

  test('may repeat the order’s amount, whether the total has it or not', async () => {
    const good = writeBill(revoked);
    const rows = good.rows.map((row) =>
      row.includes('REVOKED') ? row.replace('`CNY,`0.00', '`CNY,`19.90') : row,
    );
    expect(await verifyStatement([bytesOf({ ...good, rows })])).toMatchObject({ kind: 'verified' });
    const summary = good.summary.replace('`2,`19.90', '`2,`39.80');
    expect(await verifyStatement([bytesOf({ ...good, rows, summary })])).toMatchObject({ kind: 'verified' });
  });
});

describe('reading rows', () => {
  test('rows come without their texts unless told', async () => {
    const bare = await readAll([GOOD], {});
    const full = await readAll([GOOD], { texts: true });
    expect(full.rows[0]?.texts).toMatchObject({ body: '热拿铁', tradeType: 'JSAPI' });
    expect(bare.rows).toEqual(full.rows.map((row) => ({ ...row, texts: null })));
  });

  test('a file that is not the one that was verified ends in a refusal', async () => {
    const verdict = await verifyStatement([GOOD]);
    if (verdict.kind !== 'verified') throw new Error(verdict.message);
    expect((await readAll([GOOD], { sha1: verdict.sha1 })).verdict).toEqual(verdict);
    const other = bytesOf(writeBill([trade()]));
    expect((await readAll([other], { sha1: verdict.sha1 })).verdict).toMatchObject({ code: 'changed' });
  });

  test('goes on after the last line that was dealt with, and still proves the whole file', async () => {
    const many = bytesOf(writeBill(Array.from({ length: 10 }, (_, number) => trade({ number }))));
    const all = await readAll([many], { batchRows: 4 });
    expect(all.batches).toEqual([4, 4, 2]);
    const rest = await readAll([many], { batchRows: 4, afterLine: 5 });
    expect(rest.rows).toEqual(all.rows.slice(4));
    expect(rest.lastLine).toBe(all.lastLine);
    expect(rest.verdict).toEqual(all.verdict);
  });

  test('one huge chunk still comes out in small batches, before the file was read to its end', async () => {
    const many = bytesOf(writeBill(Array.from({ length: 5000 }, (_, number) => trade({ number }))));
    const events = readStatementRows([many, Buffer.from('spoilt')], { batchRows: 100 });
    const first = await events.next();
    expect(first.value).toMatchObject({ kind: 'rows', lastLine: 101 });
    const { batches, verdict } = await readAll([many], { batchRows: 100 });
    expect(batches).toEqual(new Array(50).fill(100));
    expect(verdict).toMatchObject({ kind: 'verified', rows: 5000 });
    await events.return();
  });

  test('a reader that stops early, or is refused early, lets the source go', async () => {
    const source = (text: Buffer) => {
      const state = { open: true };
      async function* chunks() {
        try {
          for (;;) yield text;
        } finally {
          state.open = false;
        }
      }
      return { state, chunks: chunks() };
    };
    const stopped = source(Buffer.from(`${bill.header}\n${bill.rows.join('\n')}\n`));
    const events = readStatementRows(stopped.chunks, { batchRows: 1 });
    await events.next();
    await events.return();
    expect(stopped.state.open).toBe(false);

    for (const wrong of [Buffer.from('<xml/>\n'), gzipSync('<xml/>\n')]) {
      const refused = source(wrong);
      expect(await verifyStatement(refused.chunks)).toMatchObject({ code: 'xml_answer' });
      expect(refused.state.open).toBe(false);
    }
  });

  test.each([
    ['plain', GOOD],
    ['gzipped', gzipSync(GOOD)],
  ])('an error of the source is passed on: %s', async (_, bytes) => {
    async function* broken() {
      yield bytes.subarray(0, 40);
      throw new Error('connection reset');
    }
    await expect(verifyStatement(broken())).rejects.toThrow('connection reset');
  });

  test('form does not matter', async () => {
    const plain = await readAll([GOOD]);
    for (const mark of ['', '?', 'ï»¿'] as const) {
      const other = await readAll([bytesOf(bill, { ...PLAIN, mark, eol: '\n', finalEol: false })]);
      expect(other.rows).toEqual(plain.rows);
      expect(other.verdict.kind).toBe('verified');
    }
  });
});
