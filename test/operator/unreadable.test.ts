import { join } from 'node:path';
import type { Command } from '../../operator/arguments';
import { openClient } from '../../operator/client';
import { run } from '../../operator/run';
import { later } from '../../lib/values/instant';
import { inFolder, onServer } from '../server/running';
import {
  discrepancy,
  order,
  paidAt,
  PAYER,
  refund,
  refundNo,
  START,
  statementRun,
  tradeNo,
} from '../store/builders';
import { tamper } from '../store/sqlite/harness';

const ACT = 'the-token-of-who-may-act';
const NEVER = later(START, 100 * 365 * 86_400_000);

/** What `ops` prints, and whether it says that all is well. */
type Print = (command: Command, json?: boolean) => Promise<{ readonly output: string; readonly code: 0 | 1 }>;

/**
 * A paid order with two refunds, a statement run and a discrepancy; `sql` makes something of it
 * unreadable.
 */
function broken(sql: string, check: (print: Print) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder((folder) =>
      onServer(
        folder,
        async ({ system, url }) => {
          const refunds = [1, 2].map((n) => refund(n, { outTradeNo: tradeNo(1), nextAskAt: NEVER }));
          const reserved = refunds.map(({ outRefundNo, amount }) => ({ outRefundNo, amount }));
          await system.store.orders.create(order(1, { payment: paidAt(1, START), refunds: reserved }));
          for (const one of refunds) await system.store.refunds.create(one);
          await system.store.statementRuns.open(statementRun(0, { dueAt: NEVER }));
          await system.store.discrepancies.see([discrepancy(1, START)]);
          tamper(join(folder, 'inbox.db'), sql);
          await check((command, json = false) =>
            run(command, {
              client: openClient(url, ACT),
              language: 'en',
              json,
              readNames: async () => [],
              confirm: async () => true,
              preview: () => undefined,
              say: () => undefined,
              isAgreed: false,
              untilStopped: (work) => work(() => false),
            }),
          );
        },
        ACT,
      ),
    );
}

const show = (text: string): Command => ({ kind: 'show', text, unmask: false });

it(
  'shows an order that cannot be read as it is stored, its payer masked, and what belongs to it',
  broken(`UPDATE orders SET history = '{"path":"rumour"}'`, async (print) => {
    const { output, code } = await print(show(tradeNo(1)));
    expect(code).toBe(0);
    expect(output).toContain('cannot be read, repair in the database: 1');
    expect(output).toContain('rumour');
    expect(output).toContain('测试商品');
    expect(output).toContain(refundNo(2));
    expect(output).not.toContain(PAYER);
    expect((await print({ kind: 'show', text: tradeNo(1), unmask: true })).output).not.toContain(PAYER);
    expect(JSON.parse((await print(show(tradeNo(1)), true)).output)).toMatchObject({
      ok: true,
      unreadable: { name: tradeNo(1) },
      refunds: [{ outRefundNo: refundNo(1) }, { outRefundNo: refundNo(2) }],
    });
    const act = { kind: 'act', action: 'ask_order', names: [tradeNo(1)], more: {}, grave: false } as const;
    expect((await print(act)).output).toContain('ITEM_UNREADABLE');
    expect((await print({ ...act, names: [tradeNo(9)] })).output).toContain('NOT_FOUND');
    expect(await print(show(tradeNo(9)))).toMatchObject({ code: 1, output: 'there is no such item\n' });
  }),
);

it(
  'shows a refund that cannot be read as it is stored, by itself and with its order',
  broken(
    `UPDATE refunds SET history = '{"path":"rumour"}' WHERE out_refund_no = '${refundNo(2)}'`,
    async (print) => {
      const alone = await print(show(refundNo(2)));
      expect(alone.code).toBe(0);
      expect(alone.output).toContain('cannot be read, repair in the database: 1');
      expect(alone.output).toContain('rumour');
      const withOrder = (await print(show(tradeNo(1)))).output;
      expect(withOrder).toContain(refundNo(1));
      expect(withOrder).toContain('rumour');
      // A refund that can be read is shown with its order.
      expect((await print(show(refundNo(1)))).output).toContain(tradeNo(1));
      const act = {
        kind: 'act',
        action: 'ask_refund',
        names: [refundNo(2)],
        more: {},
        grave: false,
      } as const;
      expect((await print(act)).output).toContain('ITEM_UNREADABLE');
    },
  ),
);

it.each([
  ['runs', {}, `UPDATE statement_runs SET history = '{"path":"rumour"}'`],
  ['discrepancies', { state: 'open' }, `UPDATE discrepancies SET finding = '{"ours":"rumour"}'`],
] as const)('lists %s that cannot be read as they are stored', (list, params, sql) =>
  broken(sql, async (print) => {
    const { output, code } = await print({ kind: 'list', list, params });
    expect(code).toBe(0);
    expect(output).toContain('cannot be read, repair in the database: 1');
    expect(output).toContain('rumour');
  })(),
);
