import { isDiscrepancyId } from '../../lib/model/discrepancy';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { nextSeal } from '../../lib/rules/audit-chain';
import type { Store } from '../../lib/store/port';
import { fen } from '../../lib/values/fen';
import { isOutTradeNo } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import { openData } from '../../server/data/data';
import { alarm, auditEntry, figuresAt } from '../store/operations-builders';
import { tamper } from '../store/sqlite/harness';
import {
  claimAt,
  day,
  discrepancy,
  guarded,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  OTHER_MERCHANT,
  paidAt,
  paymentOf,
  refund,
  refundNo,
  settlement,
  START,
  statementRun,
  tradeNo,
  transactionId,
} from '../store/builders';

/* A shop with something in every table, for the tests that copy it. */

/** A message that a worker holds when the shop is copied. */
export const EMOJI = message(1, {
  content: { kind: 'payment', payment: paymentOf(1, { attach: '🍵 龙井' }) },
});
/** Numbers that differ by case only. */
export const CASES = ['Order-a0000001', 'order-A0000001'].map((no) => guarded(isOutTradeNo, no));
/** A bill of the shop. */
export const BILL = Buffer.from('the bill of a day');

/** Reads columns of a file as text, behind every store's back. */
export function rowsIn(file: string, sql: string): readonly unknown[][] {
  const database = new Libsql(file);
  try {
    return database
      .prepare(sql)
      .raw()
      .all()
      .map((row): unknown[] => (Array.isArray(row) ? row : []));
  } finally {
    database.close();
  }
}

/** The columns of each table of a file. */
export function tablesIn(file: string): ReadonlyMap<string, readonly string[]> {
  const names = rowsIn(file, `SELECT name FROM sqlite_master WHERE type = 'table'`).map(([n]) => String(n));
  return new Map(
    names.map((n) => [n, rowsIn(file, `PRAGMA table_info(${n})`).map((column) => String(column[1]))]),
  );
}

/** A shop with something in every table and every column, and a message that is being processed. */
export async function fill(dataDir: string): Promise<void> {
  const { store, archive, names, close } = openData(dataDir, 'here', START);
  const { inbox, orders } = store;
  await inbox.record(EMOJI);
  await inbox.record(message(2));
  await inbox.record(message(5));
  await inbox.record({ ...message(2), raw: '{"again":1}', receivedAt: later(START, 1) });
  const dead = { ...claimAt(START), keys: [message(2).key] };
  await inbox.claim(dead);
  const end = { kind: 'dead', reason: 'mismatch', error: '金额不符' } as const;
  await inbox.settle(dead.token, START, [settlement(message(2), end)]);
  await inbox.claim({ ...claimAt(START), keys: [EMOJI.key] });

  await orders.create(order(1, { payment: paidAt(1, START) }));
  await orders.create(order(2));
  await orders.create(order(3));
  for (const outTradeNo of CASES) await orders.create(order(4, { outTradeNo, body: `${outTradeNo} 🧧` }));
  await orders.markStatement([tradeNo(1)], { day: day(), round: 1, chunk: 2 });
  await store.refunds.create(refund(1));
  await store.refunds.markStatement([refundNo(1)], { day: day(), round: 1, chunk: 2 });
  const found = discrepancy(1, START, { statementRun: statementRun(0).id });
  await store.discrepancies.see([found, discrepancy(2, START)]);
  const resolution = { by: 'operator', who: 'li', reason: '已核对', at: START } as const;
  await store.discrepancies.resolve([found.id], resolution);
  await store.statementRuns.open(statementRun(0));
  await store.audit.append(auditEntry(1));
  await store.audit.addSeal(nextSeal(null, [auditEntry(1)], START));
  await store.approvals.create({
    ...{ id: 'request-1', version: 1, action: 'refund_order', items: [], amount: fen(600), reason: '损坏' },
    ...{ asker: { name: 'li', role: 'refund', refundLimits: { single: null, day: null } } },
    ...{ askedAt: START, expiresAt: NEXT_DAY, decision: null, outcome: null },
  });
  await store.itemNotes.create({
    ...{ id: guarded(isDiscrepancyId, 'missing_payment:order-1:42'), version: 1, owner: '李' },
    comments: [{ who: 'li', at: START, text: '已问银行' }],
  });
  await store.figures.put(figuresAt(START));
  await store.alarms.save(alarm('dead_letters'));
  await store.alarms.raise({ cause: 'dead_letters', lastSeenAt: START, detail: '磁盘 💽' });
  await store.paces.take('refunds', { now: START, spanMs: 400, withinMs: 1_000 });
  await store.refundCounts.save({ version: 1, refunds: [] });
  await store.shared.write({ key: 'k', version: null, value: 'v', expiresAt: NEXT_DAY, now: START });
  await archive.keep(MERCHANT, day(), BILL);
  await archive.keep(OTHER_MERCHANT, day(), Buffer.from('changed later'));
  close();
  writeFileSync(join(names.statements, OTHER_MERCHANT, `${day()}-${'0'.repeat(32)}.csv`), 'changed');
  // What only certain histories fill; and numbers that a JavaScript number does not hold.
  const json = ['other_payments', 'refunds', 'last_answer', 'fulfilment_note', 'fulfilment_hold', 'prepay']
    .map((column) => `${column} = '{"🍵":1}'`)
    .join(', ');
  tamper(
    names.database,
    `UPDATE orders SET total = 9007199254740993, ${json}, prepay_body = '"b"', fulfilment_calls = '[]',
       last_asked_at = 1, refund_said_at = 2, erased_at = 8, fulfilment_attempts = 3, fulfilment_due_at = 4,
       fulfilment_token = 't', fulfilment_lease_until = 5, fulfilment_ended_at = 6, fulfilment_begun_at = 7
     WHERE out_trade_no = '${tradeNo(3)}';
     UPDATE orders SET cart = NULL, terms = json_set(terms, '$.cart', json('{"old":[1]}'))
     WHERE out_trade_no = '${tradeNo(2)}';
     UPDATE refunds SET refusal = '{"code":"too_old"}', last_error = '"e"', succeeded_at = 1, state = 'succeeded';
     UPDATE statement_runs SET lease_token = 'token-0000000001', lease_until = 9, begun_again_at = 8, state = 'done',
       cash_version = 1, cash = '{"version":1}';
     UPDATE inbox SET named_merchant = '${MERCHANT}', claim_token = 'c', lease_until = 9 WHERE state = 'dead';
     UPDATE inbox_payload SET replayed_by = '"li"' WHERE last_error IS NOT NULL;
     UPDATE inbox_payload SET envelope = '{}' WHERE content LIKE '%${tradeNo(5)}%'`,
  );
}

/** What both stores must say. */
export async function told({ inbox, orders, ...store }: Store): Promise<Readonly<Record<string, unknown>>> {
  return {
    messages: [await inbox.find(EMOJI.key), await inbox.find(message(2).key)],
    redelivered: await inbox.redelivered(10),
    orders: new Map(
      (await orders.find([tradeNo(1), tradeNo(2), ...CASES])).map((one) => [one.outTradeNo, one]),
    ),
    ofTransaction: await orders.ofTransaction(transactionId(1)),
    open: await store.discrepancies.listUnresolved({ after: null, limit: 9 }),
    resolvedBy: await store.discrepancies.countResolvedBy('li'),
    ofRun: await store.discrepancies.find(discrepancy(1, START).id),
    run: await store.statementRuns.find(statementRun(0).id),
    audit: await store.audit.list({ subject: message(1).key, after: null, limit: 9 }),
    seals: await store.audit.seals({ before: null, limit: 9 }),
    approval: await store.approvals.find('request-1'),
    notes: await store.itemNotes.find([guarded(isDiscrepancyId, 'missing_payment:order-1:42')]),
    alarms: [await store.alarms.all(), await store.alarms.signals()],
    figures: await store.figures.range(START, NEXT_DAY),
    counted: await store.refundCounts.find(),
    shared: await store.shared.read('k', START),
  };
}
