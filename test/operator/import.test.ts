import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readOrderTables } from '../../accountant/orders/order-file';
import { command } from '../../operator/command';
import { draftsOf, leftOutOf, refundDoubts } from '../../operator/import/draft';
import { systemClock } from '../../lib/runtime/system-clock';
import { isOutTradeNo } from '../../lib/values/ids';
import { inFolder, onServer } from '../server/running';
import { guarded } from '../store/builders';

const ACT = 'the-token-of-who-may-act';
const MERCHANT = '1900000109';

/** A file of orders, without a disk. */
function tableOf(lines: readonly string[]) {
  const cells = lines.map((line, at) => ({ cells: line.split(','), line: at + 1 }));
  return {
    name: 'orders.csv',
    encoding: () => 'utf-8' as const,
    isHidden: false,
    from1904: () => false,
    rows: (async function* () {
      yield cells;
    })(),
  };
}

const HEAD = '订单号,微信订单号,实付金额,支付时间,状态,退款单号,退款金额,退款状态,退款时间';

async function drafted(rows: readonly string[], head = HEAD) {
  const doubts = refundDoubts();
  const options = { columns: new Map(), states: new Map(), sawRow: doubts.sawRow };
  const files = await readOrderTables([[tableOf([head, ...rows])]], options);
  return draftsOf(files, doubts, null);
}

describe('what of a file can be imported', () => {
  it('takes an order that is plainly paid, in Beijing time, with what went back of it', async () => {
    const drafts = await drafted([
      'old-000001,4200000001,58.00,2026-02-27 12:00:00,部分退款,old-r1,8.00,退款成功,2026-02-28 09:00:00',
    ]);
    expect(drafts.at(0)).toEqual({
      kind: 'order',
      order: {
        outTradeNo: 'old-000001',
        subMchId: null,
        transactionId: '4200000001',
        total: 5800,
        paidAt: Date.parse('2026-02-27T12:00:00+08:00'),
        refunds: [
          { outRefundNo: 'old-r1', amount: 800, refundedAt: Date.parse('2026-02-28T09:00:00+08:00') },
        ],
      },
    });
  });

  it.each([
    ['old-000001,,58.00,2026-02-27 12:00:00,已支付,,,,', 'no_transaction'],
    ['old-000001,42001,58.00,,已支付,,,,', 'no_time'],
    ['old-000001,42001,58.00,3/1/2026,已支付,,,,', 'no_time'],
    ['old-000001,42001,abc,2026-02-27 12:00:00,已支付,,,,', 'bad_amount'],
    ['old-000001,42001,58.00,,待支付,,,,', 'pending'],
    ['old-000001,,58.00,,已取消,,,,', 'closed'],
    ['old-000001,42001,58.00,2026-02-27 12:00:00,某种状态,,,,', 'unknown_state'],
    // It was refunded, under no number: another refund of it could go out.
    ['old-000001,42001,58.00,2026-02-27 12:00:00,已退款,,,,', 'refund_unnamed'],
    ['old-000001,42001,58.00,2026-02-27 12:00:00,已支付,,8.00,,', 'refund_unnamed'],
    ['old-000001,42001,58.00,2026-02-27 12:00:00,已支付,,abc,,', 'refund_unnamed'],
    ['old-000001,42001,58.00,2026-02-27 12:00:00,退款中,r1,8.00,处理中,', 'refund_open'],
    ['old-000001,42001,58.00,2026-02-27 12:00:00,已退款,r1,8.00,退款成功,', 'refund_no_time'],
  ])('leaves out %s', async (row, why) => {
    const drafts = await drafted([row]);
    expect(leftOutOf(drafts)).toMatchObject([{ why, count: 1 }]);
  });

  it('leaves out what was paid by Alipay, although it has a transaction', async () => {
    const head = HEAD.replace('微信订单号', '交易号').replace('状态', '支付方式');
    const row = 'old-000001,2026022722001400001,58.00,2026-02-27 12:00:00,支付宝,,,,';
    expect(leftOutOf(await drafted([row], head))).toMatchObject([{ why: 'other_means', count: 1 }]);
  });

  it('leaves out two orders of one transaction, and rows that contradict each other', async () => {
    const drafts = await drafted([
      'old-000001,42001,58.00,2026-02-27 12:00:00,已支付,,,,',
      'old-000002,42001,58.00,2026-02-27 12:00:00,已支付,,,,',
      'old-000003,42003,58.00,2026-02-27 12:00:00,已支付,,,,',
      'old-000003,42003,59.00,2026-02-27 12:00:00,已支付,,,,',
    ]);
    expect(leftOutOf(drafts)).toMatchObject([
      { why: 'transaction_twice', count: 2 },
      { why: 'contradiction', count: 1 },
    ]);
  });

  it('takes an order whose refund was declined as not refunded', async () => {
    const drafts = await drafted(['old-000001,42001,58.00,2026-02-27 12:00:00,退款失败,r1,8.00,已关闭,']);
    expect(drafts.at(0)).toMatchObject({ order: { refunds: [] } });
  });
});

describe('what of a file went back', () => {
  const paid = (n: number, rest: string) =>
    `old-00000${String(n)},420000000${String(n)},58.00,2026-02-27 12:00:00,${rest}`;
  const back = (numbers: string, refundNo: string, amount: string) =>
    `${numbers},,,,${refundNo},${amount},退款成功,2026-02-28 09:00:00`;

  it('is all of it, where an order row has the sum and others name the refunds', async () => {
    const drafts = await drafted([
      paid(1, '部分退款,,8.00,,'),
      back('old-000001,', 'old-r1', '5.00'),
      back('old-000001,', 'old-r2', '3.00'),
      paid(2, '退款取消,,,,'),
    ]);
    expect(leftOutOf(drafts)).toEqual([]);
    expect(drafts.at(0)).toMatchObject({ order: { refunds: [{ amount: 500 }, { amount: 300 }] } });
  });

  it.each([
    ['the sum of its row is more', [paid(1, '部分退款,,9.00,,'), back('old-000001,', 'old-r1', '5.00')]],
    [
      'one refund of two has no number',
      [paid(1, '已支付,old-r1,5.00,退款成功,2026-02-28'), back('old-000001,', '', '3.00')],
    ],
    [
      'its refund has no number but names the transaction',
      [paid(1, '已支付,,,,'), back(',4200000001', '', '3.00')],
    ],
  ])('leaves an order out when %s', async (_, rows) => {
    expect((await drafted(rows)).at(0)).toMatchObject({ kind: 'left', why: 'refund_unnamed' });
  });

  it('leaves both orders out that claim one refund', async () => {
    const drafts = await drafted([
      paid(1, '已支付,old-r1,5.00,退款成功,2026-02-28'),
      paid(2, '已支付,old-r1,5.00,退款成功,2026-02-28'),
    ]);
    expect(leftOutOf(drafts)).toMatchObject([{ why: 'contradiction', count: 2 }]);
  });
});

it('says what was imported before the server stopped answering', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'orders.csv');
    const row = (n: number) =>
      `old-${String(1_000_000 + n)},${String(4_200_000_000 + n)},1.00,2026-02-27,已支付,,,,`;
    writeFileSync(file, [HEAD, ...Array.from({ length: 501 }, (_, n) => row(n))].join('\n'));
    const sent: string[] = [];
    const server = createServer((request, response) => {
      sent.push(request.url ?? '');
      if (sent.length > 1) return response.destroy();
      const sums = { count: 500, sum: 50_000 };
      const none = { count: 0, sum: 0 };
      return response.end(
        JSON.stringify({
          ok: true,
          handled: sums.count,
          taken: sums,
          refunds: none,
          known: none,
          notTaken: [],
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const output = new PassThrough();
    const code = await command(['import-orders', file, '--why', 'we move', '--yes', '--json'], {
      environment: { OPS_URL: `http://127.0.0.1:${String(port)}` },
      input: Readable.from(['']),
      output,
      errors: new PassThrough(),
    });
    await new Promise((resolve) => server.close(resolve));
    output.end();
    expect(code).toBe(1);
    expect(JSON.parse(await text(output))).toMatchObject({
      ok: false,
      taken: { count: 500 },
      refusal: `NO_ANSWER: http://127.0.0.1:${String(port)} did not answer: is it running, and is --url right?`,
    });
    // With --yes nobody reads a preview, so none is asked for.
    expect(sent).toEqual(['/ops/api/import_orders', '/ops/api/import_orders']);
  });
});

describe('importing orders at a server', () => {
  it('shows what would be imported, imports it once, and names what it leaves', async () => {
    await inFolder(async (folder) => {
      await onServer(
        folder,
        async (server) => {
          const file = join(folder, 'orders.csv');
          const row = (n: number, rest = '58.00,2026-02-27 12:00:00,已发货,,,,') =>
            `old-00000${String(n)},420000000${String(n)},${rest}`;
          writeFileSync(
            file,
            [
              HEAD,
              row(1),
              row(2, '58.00,2026-02-27 13:00:00,部分退款,old-r2,8.00,退款成功,2026-02-28 09:00:00'),
              row(3, '58.00,,待支付,,,,'),
            ].join('\n'),
          );
          const ops = async (args: readonly string[]) => {
            const [output, errors] = [new PassThrough(), new PassThrough()];
            const environment = { OPS_TOKEN: ACT, OPS_URL: server.url };
            const code = await command(args, { environment, input: Readable.from(['']), output, errors });
            output.end();
            errors.end();
            return { code, out: await text(output), err: await text(errors) };
          };
          const call = ['import-orders', file, '--why', 'we move', '--merchant', MERCHANT];

          const preview = await ops(call);
          expect(preview.code).toBe(2);
          expect(preview.err).toMatch(/to import +2 +116\.00/);
          expect(preview.err).toMatch(/refunds of these +1 +8\.00/);
          expect(preview.err).toMatch(/awaiting payment.* +1 +58\.00 +.*orders\.csv line 4/);
          expect(preview.err).toContain('nothing of them is ever fulfilled here');
          expect(preview.err).toContain('add --yes');
          const { store } = server.system;
          const number = (n: number) => guarded(isOutTradeNo, `old-00000${String(n)}`);
          expect(await store.orders.find([number(1), number(2)])).toEqual([]);

          const imported = await ops([...call, '--yes']);
          expect(imported).toMatchObject({ code: 0 });
          expect(imported.out).toMatch(/imported +2 +116\.00/);
          const [second] = await store.orders.find([number(2)]);
          expect(second).toMatchObject({
            payment: { state: 'paid', knownBy: 'import' },
            fulfilment: { state: 'done', attempts: 0 },
            refunds: [{ outRefundNo: 'old-r2', amount: 800 }],
          });
          expect(await store.orders.hasFulfilmentWork(systemClock.now())).toBe(false);

          // Again, with one order that says something else by now: nothing is overwritten.
          writeFileSync(file, [HEAD, row(1, '60.00,2026-02-27 12:00:00,已发货,,,,'), row(2)].join('\n'));
          const again = await ops([...call, '--yes']);
          expect(again).toMatchObject({ code: 1 });
          expect(again.out).toMatch(/imported +0/);
          expect(again.out).toMatch(/here already, the same +1 +58\.00/);
          expect(again.out).toMatch(/differs .*: amount +1 .*old-000001/);
          expect(await store.orders.find([number(1)])).toMatchObject([{ total: 5800 }]);

          const { items } = await store.audit.list({ subject: null, after: null, limit: 10 });
          const imports = items.filter(({ action }) => action === 'import_orders');
          expect(imports.slice(-2)).toMatchObject([
            { outcome: 'done', reason: 'we move', after: { taken: { count: 2, sum: 11_600 } } },
            { outcome: 'begun' },
          ]);
          expect(await ops(['record'])).toMatchObject({ code: 0 });
        },
        ACT,
      );
    });
  }, 60_000);
});
