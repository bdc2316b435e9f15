import { gzipSync } from 'node:zlib';
import { readBankFiles } from '../../accountant/cash/bank-file';
import { cleaned } from '../../accountant/orders/order-cells';
import {
  billBytes,
  billOf,
  buckets,
  FIRST,
  match,
  ONE,
  OTHER,
  OTHER_PAID_BY,
  PAID_BY,
  refusal,
  SECOND,
  TWO,
  write,
} from './matching';
import { zipOf } from './zip';

const HEADER = '商户订单号,微信订单号,金额(元),支付时间,状态';
const rowOf = (n: 1 | 2) =>
  n === 1
    ? `${ONE},${PAID_BY},58.00,2026-03-01 09:05:06,已支付`
    : `${OTHER},${OTHER_PAID_BY},1234.50,2026-03-01 10:15:16,已支付`;

/** A workbook of sheets with inline texts, as programs write them. */
function sheetsOf(
  sheets: readonly { readonly state?: string; readonly rows: readonly string[] }[],
  textOf = (cell: string) => `<is><t>${cell}</t></is>`,
): Buffer {
  const list = sheets.map(
    ({ state }, n) => `<sheet name="表${n}" ${state === undefined ? '' : `state="${state}"`} r:id="r${n}"/>`,
  );
  const cellsOf = (row: string) =>
    row
      .split(',')
      .map((cell) => `<c t="inlineStr">${textOf(cell)}</c>`)
      .join('');
  return zipOf({
    'xl/workbook.xml': `<workbook xmlns:r="r"><sheets>${list.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${sheets
      .map((_, n) => `<Relationship Id="r${n}" Target="worksheets/s${n}.xml"/>`)
      .join('')}</Relationships>`,
    ...Object.fromEntries(
      sheets.map(({ rows }, n) => [
        `xl/worksheets/s${n}.xml`,
        `<worksheet><sheetData>${rows.map((row) => `<row>${cellsOf(row)}</row>`).join('')}</sheetData></worksheet>`,
      ]),
    ),
  });
}

describe('a file of another kind is refused by its true kind', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  const tar = Buffer.alloc(1024);
  tar.write('orders.csv');
  tar.write('ustar', 257);

  test.each<readonly [string, string | Buffer, string]>([
    ['a picture', png, '是图片'],
    ['a photo', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), '是图片'],
    ['a picture in an archive', zipOf({ 'a.png': png }), '是图片'],
    ['tar', tar, 'ZIP 以外的压缩包'],
    ['tar.gz', gzipSync(tar), 'ZIP 以外的压缩包'],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'ZIP 以外的压缩包'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 'ZIP 以外的压缩包'],
    ['gzip twice', gzipSync(gzipSync('a,b\n')), '压缩包中的压缩包'],
    ['a zip in gzip', gzipSync(zipOf({ 'a.csv': 'a,b\n' })), '压缩包中的压缩包'],
    ['xls that is HTML', `<html><table><tr><td>订单号</td><td>金额</td></tr></table></html>`, '是网页或 XML'],
    ['xls that is XML', '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', '是网页或 XML'],
    ['JSON', `[{"out_trade_no":"${ONE}","total_fee":5800}]`, '是 JSON'],
    ['lines of JSON', `\uFEFF{"out_trade_no":"${ONE}"}\n`, '是 JSON'],
    ['SQL', `-- MySQL dump 10.13\nINSERT INTO orders VALUES (1);\n`, '数据库转储'],
    ['ods', zipOf({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet' }), 'LibreOffice'],
    ['Numbers', zipOf({ 'Index/Document.iwa': 'x' }), 'Numbers'],
    [
      'Alipay',
      `#支付宝业务明细查询\n支付宝交易号,商户订单号,业务类型,订单金额（元）\n2026030122,${ONE},交易,58.00\n`,
      '是支付宝账单',
    ],
    [
      'a personal bill',
      `微信支付账单明细\n交易时间,收/支,金额(元),当前状态,交易单号,商户单号\n2026-03-01 10:00:00,支出,¥58.00,支付成功,42,${ONE}\n`,
      '个人微信账单',
    ],
    ['refunds without a number', `商户订单号,退款金额\n${ONE},1.00\n`, '没有商户退款单号列'],
    [
      'a shop with orders hidden',
      sheetsOf([{ rows: ['目录'] }, { state: 'hidden', rows: [HEADER] }]),
      '被隐藏',
    ],
  ])('%s', async (_, content, sentence) => {
    expect(await refusal('--bill', billOf(FIRST), '--orders', write(content))).toContain(sentence);
  });

  test.each<readonly [string, string | Buffer, string]>([
    ['a picture', png, '是图片'],
    ['a personal bill', `微信支付账单明细\n交易时间,收/支,金额(元),交易单号,商户单号\n`, '个人微信账单'],
    ['Alipay', `支付宝交易号,商户订单号,业务类型,订单金额（元）\n`, '是支付宝账单'],
    ['joined bills', Buffer.concat([billBytes([FIRST]), billBytes([SECOND])]), '多份账单合并'],
  ])('%s given as the bill', async (_, content, sentence) => {
    const orders = write(`${HEADER}\n${rowOf(1)}\n`);
    expect(await refusal('--bill', write(content), '--orders', orders)).toContain(sentence);
  });

  it('reads a shop that names the number of Alipay beside other means', async () => {
    const orders = write(`订单号,支付宝交易号,支付方式,金额,支付状态\n${ONE},,微信支付,58.00,已支付\n`);
    expect((await match('--bill', billOf(FIRST), '--orders', orders)).agree).toBe(true);
  });
});

describe('tables with several parts', () => {
  it('reads the columns of a further header by its own names', async () => {
    const further = '微信订单号,商户订单号,状态,支付时间,金额(元)';
    const [number, paidBy, amount, time, state] = rowOf(2).split(',');
    const text = [HEADER, rowOf(1), '', further, [paidBy, number, state, time, amount].join(',')].join('\n');
    const report = await match('--bill', billOf(...TWO), '--orders', write(text));
    expect(report).toMatchObject({ agree: true, orders: { orders: 2, files: [{ rows: 1 }, { rows: 1 }] } });
    const english = text
      .replace(HEADER, 'out_trade_no,transaction_id,total,paid_at,state')
      .replace(further, 'transaction_id,out_trade_no,state,paid_at,total');
    expect((await match('--bill', billOf(...TWO), '--orders', write(english))).agree).toBe(true);
  });

  it('names the sheets that it does not read, and the lines of those that it does', async () => {
    const book = sheetsOf([
      { rows: ['说明'] },
      { rows: [HEADER, rowOf(1), rowOf(2).replace('1234.50', '1234.00')] },
      { state: 'veryHidden', rows: [HEADER, rowOf(1)] },
    ]);
    const report = await match('--bill', billOf(...TWO), '--orders', write(book));
    expect(report.orders.notRead.map(({ name, because }) => [name.slice(-2), because])).toEqual([
      ['表0', 'no_orders'],
      ['表2', 'hidden'],
    ]);
    expect(report.differences).toMatchObject([{ class: 'amount_mismatch', ordersFile: 0, ordersLine: 3 }]);
  });

  it('leaves the reading of a word out of its cell', async () => {
    const spoken = (cell: string) => `<is><r><t>${cell}</t></r><rPh sb="0" eb="1"><t>dìng</t></rPh></is>`;
    const book = sheetsOf([{ rows: [HEADER, rowOf(1)] }], spoken);
    const report = await match('--bill', billOf(FIRST), '--orders', write(book));
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 1 });
  });
});

test('marks that turn the direction of a text are no part of an amount', () => {
  expect(cleaned('\u202d58.00\u202c')).toBe('58.00');
});

describe('bank statements', () => {
  test.each([
    ['交易日期,摘要,记账金额(支出),记账金额(收入)', '2026-03-02,提现,0.00,50.00', '2026-03-02,货款,50.00,'],
    ['交易时间,借方发生额/元(支取),贷方发生额/元(收入)', '2026-03-02,0.00,50.00', '2026-03-02,50.00,0.00'],
    [
      '交易类型[ Transaction Type ],交易日期[ Transaction Date ],交易金额[ Trade Amount ]',
      '来账,20260302,50.00',
      '往账,20260302,50.00',
    ],
    ['交易日期,借贷标志,金额', '2026-03-02,贷,50.00', '2026-03-02,借,50.00'],
    ['记账日期,收/支,交易金额', '2026-03-02,收入,50.00', '2026-03-02,支出,50.00'],
    ['交易日,借方金额,贷方金额,余额', '20260302,,50.00,1.00', '20260302,50.00,,1.00'],
    ['入账时间,交易日期,收入金额', '10:00:00,2026-03-02,50.00', '10:00:00,2026-03-02,'],
    ['交易日期,币种,收入金额', '2026-03-02,人民币,50.00', '2026-03-02,USD,50.00'],
  ])('%s: only what came in is read', async (header, arrived, paid) => {
    const { lines, unread } = await readBankFiles([write([header, arrived, paid].join('\n'))]);
    expect({ amounts: lines.map(({ line, amount }) => ({ line, amount })), unread }).toEqual({
      amounts: [{ line: 2, amount: 5000 }],
      unread: 0,
    });
  });

  it('does not take amounts of another unit for yuan', async () => {
    const file = write('交易日期,收入金额(万元)\n2026-03-02,50.00\n');
    await expect(readBankFiles([file])).rejects.toMatchObject({ problem: 'no_bank_header' });
  });

  it('counts a direction that it does not know as unread', async () => {
    const file = write('交易日期,借贷标志,金额\n2026-03-02,X,50.00\n');
    expect(await readBankFiles([file])).toEqual({ lines: [], unread: 1 });
  });
});
