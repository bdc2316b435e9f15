import { gzipSync } from 'node:zlib';
import { billBytes, billOf, FIRST, match, ONE, OTHER, refusal, TWO, write } from './matching';
import { workbookOf, zipOf, zipOfEntries } from './zip';

describe('what has to be fixed first is said with its true cause and the next step', () => {
  const orders = () => write(`订单号,金额\n${ONE},58`);
  const against = (content: string | Buffer, ...more: readonly string[]) =>
    refusal('--bill', billOf(FIRST), '--orders', write(content), '--lang', 'zh', ...more);

  test.each<readonly [string, string | Buffer, string]>([
    ['two amounts', `订单号,订单金额,实付金额\n${ONE},60,58`, '多列可能是订单金额：订单金额 | 实付金额'],
    ['no amount', `订单号,商品\n${ONE},茶`, '没有金额列'],
    ['a bill', billBytes([FIRST]), '是微信支付账单，不是订单表'],
    ['xls', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]), '旧版 Excel'],
    ['a workbook with a password, or some other archive', zipOf({ 'a.zip': 'x' }), '中包含 a.zip'],
    ['a damaged archive', zipOf({ 'a.csv': 'x' }).subarray(0, 40), '已损坏'],
    [
      'an archive with two files of one name',
      zipOfEntries([ONE, OTHER].map((number) => ['a.csv', `订单号,金额\n${number},58`])),
      '已损坏',
    ],
    [
      'an archive with more files than a month has',
      zipOfEntries(Array.from({ length: 201 }, (_, n) => [`${n}.csv`, `订单号,金额\n${ONE},58`])),
      '文件超过 200 个',
    ],
    ['a workbook whose sheets are hidden', workbookOf([['订单号', '金额']], { hidden: true }), '被隐藏'],
    ['a cell without end', `${'a'.repeat(900_000)},b`, `${'a'.repeat(40)}… | b`],
    ['no header', `${ONE},58\n${OTHER},60`, '没有包含订单号和金额的表头'],
    ['a bomb', gzipSync(Buffer.alloc(80 * 2 ** 20, 'a,')), '超过'],
  ])('%s', async (_, content, sentence) => {
    expect(await against(content)).toContain(sentence);
  });

  test('--columns names headers of one file that the others need not have', async () => {
    const orders = write(`我的单号,金额(元),状态\n${ONE},58.00,已支付\n`);
    const refunds = write(`商户退款单号,商户订单号,退款金额\nR-1,${ONE},1.00\n`);
    const args = ['--bill', billOf(FIRST), '--orders', orders, '--orders', refunds, '--columns'];
    const report = await match(...args, 'order=我的单号');
    expect(report.orders.files.map(({ columns }) => columns[0]?.header)).toEqual([
      '我的单号',
      expect.stringContaining('商户'),
    ]);
    expect(await refusal(...args, 'order=我的单号,paid-at=别的时间')).toContain('别的时间');
  });

  test('--columns decides between columns, and names one that is not known', async () => {
    const file = write(`我的号,订单金额,实付金额\n${ONE},60,58`);
    const report = await match(
      '--bill',
      billOf(FIRST),
      '--orders',
      file,
      '--columns',
      '订单号=我的号,amount=实付金额',
    );
    expect(report.agree).toBe(true);
    expect(report.orders.files[0]?.columns).toEqual([
      { as: 'outTradeNo', header: '我的号' },
      { as: 'yuan', header: '实付金额' },
    ]);
  });

  test.each([
    ['amount=金额', 'yuan'],
    ['amount-fen=total_fee', 'fen'],
    ['amount=金额,amount-fen=', 'yuan'],
  ])('--columns %s decides between yuan and fen', async (columns, as) => {
    const args = ['--bill', billOf(FIRST), '--orders', write(`订单号,金额,total_fee\n${ONE},58.00,5800`)];
    expect(await refusal(...args)).toContain('多列可能是订单金额：金额 | total_fee');
    const report = await match(...args, '--columns', columns);
    expect(report.agree).toBe(true);
    expect(report.orders.files[0]?.columns).toMatchObject([{ as: 'outTradeNo' }, { as }]);
  });

  test('an orders file given as the bill, and the same bill given twice', async () => {
    expect(await refusal('--bill', orders(), '--orders', orders())).toContain('是订单表，不是账单');
    const bill = billOf(FIRST);
    expect(await refusal('--bill', bill, '--bill', bill, '--orders', orders())).toContain('同一份账单');
  });

  test('lines that may be why a bill does not add up are named', async () => {
    const text = billBytes(TWO).toString('utf8').replaceAll('58.00', '五十八');
    const changed = text.replace('五十八', '58.00');
    expect(await refusal('--bill', write(changed), '--orders', orders())).toMatch(/可疑的行：\d/);
  });
});
