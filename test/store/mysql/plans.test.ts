import type { Database, Session } from '../../../lib/store/mysql/base/database';
import type { OpenDatabase } from '../../../lib/store/mysql/base/connect';
import { openDatabase } from '../../../lib/store/mysql/base/connect';
import { mysqlAddress } from '../../../lib/store/mysql/base/address';
import { migrate } from '../../../lib/store/mysql/base/migrate';
import type { Bindable } from '../../../lib/store/mysql/base/sql';
import { statementText } from '../../../lib/store/mysql/base/sql';
import { storeOn } from '../../../lib/store/mysql/store';
import type { Store } from '../../../lib/store/port';
import { dayOf } from '../../../lib/values/day';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  discrepancy,
  freshToken,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  OTHER_MERCHANT,
  paidBy,
  refund,
  refundNo,
  settlement,
  START,
  statementRun,
  tradeNo,
  transactionId,
} from '../builders';
import { leaseNowOfCaller } from './harness';
import type { MysqlServer } from './server';
import { describeWithMysql, SERVER_KIND, startMysqlServer } from './server';

/** A database that notes the text of every statement that reads or changes rows. */
function noting(database: OpenDatabase, texts: Set<string>): Database {
  const noted = (session: Session): Session => {
    const note = (sql: string, values: readonly Bindable[]): void => {
      texts.add(statementText(sql, values));
    };
    return {
      rows: (sql, ...values) => {
        note(sql, values);
        return session.rows(sql, ...values);
      },
      change: (sql, ...values) => {
        note(sql, values);
        return session.change(sql, ...values);
      },
      insert: (sql, ...values) => session.insert(sql, ...values),
    };
  };
  const transacting = (on: Pick<Database, 'transaction'>): Pick<Database, 'transaction'> => ({
    transaction: (work, unknown) => on.transaction((session) => work(noted(session)), unknown),
  });
  return {
    ...database,
    ...noted(database),
    ...transacting(database),
    impatient: transacting(database.impatient),
    acks: { ...noted(database), ...transacting(database.acks) },
  };
}

/**
 * Tables that are read whole: they stay small, or are the statement's own. `columns` is the
 * server's list, which each process reads once.
 */
const SMALL = /^(<|columns$|v$|turns$|inbox_told$|t$|paces$|refund_counts$|alarms$|signals$)/;

describeWithMysql('the plans of a MySQL server with many rows beside', () => {
  let server: MysqlServer;
  let database: OpenDatabase;
  beforeAll(async () => {
    server = await startMysqlServer();
    await server.admin('CREATE DATABASE plans');
    database = await openDatabase({
      address: mysqlAddress(server.url('plans')),
      leaseNow: leaseNowOfCaller,
    });
    await migrate(database);
    await fill(server);
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  test('read no table whole', async () => {
    const texts = new Set<string>();
    const store = storeOn(noting(database, texts), () => undefined);
    await useHot(store);
    expect(texts.size).toBeGreaterThan(25);
    await useLists(store);
    await useBooks(store);
    expect(texts.size).toBeGreaterThan(70);
    const whole: string[] = [];
    for (const text of texts) whole.push(...(await wholeReads(text)));
    expect(whole).toEqual([]);
    // What is looked for would be found.
    expect(await wholeReads('SELECT id FROM inbox WHERE deliveries = 5')).toHaveLength(1);
  });

  test('add up what was paid within an index, without reading the orders', async () => {
    const texts = new Set<string>();
    const { orders } = storeOn(noting(database, texts), () => undefined);
    await orders.booked({ subMchId: MERCHANT, day: dayOf(START), after: null });
    await orders.paidBetween({ merchants: [MERCHANT], from: START, to: NEXT_DAY });
    const plans = await Promise.all([...texts].map(planOf));
    const ofOrders = plans.flat().filter(({ table }) => table === 'orders');
    expect(ofOrders).toHaveLength(3);
    for (const { extra } of ofOrders) expect(extra).toContain('Using index');
    for (const { extra } of ofOrders) expect(extra).not.toContain('Using index condition');
  });

  /** MySQL's plans have two columns more than MariaDB's: partitions, and the share that is kept. */
  async function planOf(text: string) {
    const explain = SERVER_KIND === 'mysql' ? 'EXPLAIN FORMAT=TRADITIONAL' : 'EXPLAIN';
    const plan = await database.rows(`${explain} ${text}`);
    return plan.map((columns) => {
      const [table, last] = [String(columns[2]), columns.length - 1];
      return SERVER_KIND === 'mysql'
        ? { table, type: String(columns[4]), rows: Number(columns[9]), extra: String(columns[last]) }
        : { table, type: String(columns[3]), rows: Number(columns[8]), extra: String(columns[last]) };
    });
  }

  async function wholeReads(text: string): Promise<readonly string[]> {
    if (/^\s*(INSERT|SHOW)/.test(text)) return [];
    const plan = await planOf(text);
    return plan.flatMap(({ table, type, rows }) => {
      const isWhole = type === 'ALL' || (type === 'index' && rows > 1_000);
      return isWhole && !SMALL.test(table) ? [`${type} of ${table}: ${text.slice(0, 300)}`] : [];
    });
  }
});

/** 5,000 messages that are done and as many that are dead, and 5,000 orders that are over. */
async function fill(server: MysqlServer): Promise<void> {
  const numbers = 'FROM numbers';
  const all = Array.from({ length: 5_000 }, (_, n) => `(${n + 1})`).join();
  const message = (state: string, ending: string): string =>
    `INSERT INTO inbox (message_key, out_trade_no, trust, state, due_at, confirmed_by, received_at, last_delivered_at,
       finished_at, ending, believed_payment, vouched_for, content, raw, history)
     SELECT CONCAT('payment:${state}', seq, ':4200', seq), CONCAT('${state}', seq), 'platform', '${state}', 1, 17,
       ${String(START)} - seq, 1, 1, '${ending}', 1, 0, '{"kind":"payment","payment":{"paidAt":1}}', '""', '' ${numbers}`;
  await server.admin(
    'USE plans',
    'CREATE TABLE numbers (seq INT PRIMARY KEY)',
    `INSERT INTO numbers VALUES ${all}`,
    message('done', 'applied'),
    message('dead', 'mismatch'),
    `INSERT INTO orders (out_trade_no, version, created_at, sub_mch_id, total, currency, payment_state, paid_at,
       payment, transaction_id, next_ask_at, asks, fulfilment_state, terms, cart, history)
     SELECT CONCAT('old', seq), 1, seq, '${MERCHANT}', 1, 'CNY', 'paid', seq, '{}', CONCAT('t', seq), seq, 1, 'done',
       '{}', '{}', '' ${numbers}`,
    'INSERT INTO order_marks (id, day, round, chunk) SELECT id, 20200101, 1, 1 FROM orders',
    `INSERT INTO refunds (out_refund_no, out_trade_no, sub_mch_id, version, created_at, state, succeeded_at, progress,
       next_ask_at, asks, terms, history)
     SELECT CONCAT('refund', seq), CONCAT('old', seq), '${MERCHANT}', 1, seq, 'succeeded', seq, '{}', seq, 1, '{}', ''
     ${numbers}`,
    `INSERT INTO discrepancies (id, class, out_trade_no, opens_at, last_seen_at, finding, statement_run, is_resolved,
       resolved_by)
     SELECT CONCAT('d', seq), 'missing_payment', CONCAT('old', seq), seq, seq, '{}', 'a run', seq % 2,
       IF(seq % 50 = 1, 'li', 'wu') ${numbers}`,
    `INSERT INTO audit (id, at, subject, entry) SELECT CONCAT('a', seq), seq, CONCAT('old', seq), '{}' ${numbers}`,
    `INSERT INTO statement_runs (id, sub_mch_id, day, round, created_at, due_at, attempts, state, work,
       refused_downloads, history)
     SELECT CONCAT('run', seq), CONCAT('m', seq % 9), 20200000 + seq, 1, 1, 1, 0, 'done', '{}', 0, '' ${numbers}`,
    `INSERT INTO approvals (id, version, is_decided, asked_at, approval)
     SELECT CONCAT('p', seq), 1, 1, seq, '{}' ${numbers}`,
    'ANALYZE TABLE inbox, orders, order_marks, refunds, discrepancies, audit, statement_runs, approvals',
  );
}

/** The pages that people open, first and next. */
async function useLists({
  orders,
  refunds,
  discrepancies,
  statementRuns,
  audit,
  approvals,
}: Store): Promise<void> {
  const now = later(START, 1_000);
  const pages = [
    { after: null, limit: 20 },
    { after: '3 old3', limit: 20 },
  ];
  const by = {
    pendingCreatedFrom: START,
    pendingCreatedBefore: now,
    askDueBefore: now,
    unfulfilledCreatedBefore: now,
  };
  for (const page of pages) {
    await orders.list(page);
    await orders.list({ ...page, payment: 'paid' });
    await orders.list({ ...page, fulfilment: 'dead' });
    await orders.list({ ...page, payment: 'paid', fulfilment: 'held' });
    for (const kind of ['unknown', 'unfulfilled'] as const)
      await orders.list({ ...page, late: { kind, by } });
    await refunds.list({ ...page, state: null });
    await refunds.list({ ...page, state: 'abnormal' });
    for (const named of [null, 'missing_payment'] as const) {
      await discrepancies.listOpen({ ...page, now, class: named });
      await discrepancies.listCarriedOver({ ...page, now, class: named });
      await discrepancies.listResolved({ ...page, class: named });
    }
    await discrepancies.listUnresolved(page);
    await discrepancies.listOfRun({ ...page, run: statementRun(1).id });
    await statementRuns.list(page);
    await audit.list({ ...page, subject: null });
    await audit.list({ ...page, subject: 'old3' });
    await approvals.list({ ...page, isDecided: false });
  }
  await orders.countLate(by);
  await orders.ofTransaction(transactionId(1));
  await refunds.countOverdue(now);
  await refunds.ofOrder(tradeNo(1));
  await discrepancies.ofOrder(tradeNo(1));
  await discrepancies.find(discrepancy(1, START).id);
  await discrepancies.countOpen(now);
  await discrepancies.countOpenByClass(now);
  await discrepancies.countResolvedBy('li');
}

/** What a statement run asks, and what follows refunds. */
async function useBooks({ orders, refunds, discrepancies, statementRuns }: Store): Promise<void> {
  const now = later(START, 1_000);
  const of = { subMchId: MERCHANT, day: dayOf(START), round: 1 };
  const mark = { day: of.day, round: 1, chunk: 1 };
  await orders.ledger([tradeNo(1)]);
  const payments = [{ outTradeNo: tradeNo(1), transactionId: transactionId(1), total: order(1).total }];
  const paidIn = { from: START, to: NEXT_DAY };
  await orders.agree({ subMchId: MERCHANT, currency: 'CNY', paidIn, payments, mark });
  await orders.markStatement([tradeNo(1)], mark);
  await orders.absent({ ...of, after: null, limit: 100 });
  await orders.booked({ ...of, after: null });
  await orders.firstCreatedAt();
  await refunds.create(refund(1));
  await refunds.find([refundNo(1)]);
  await refunds.markStatement([refundNo(1)], mark);
  await refunds.absent({ ...of, after: null, limit: 100 });
  await refunds.booked({ ...of, after: null });
  await refunds.claimAsks({ now, limit: 10, again: [NEXT_DAY] });
  await refunds.isAskDue(now);
  await discrepancies.see([discrepancy(1, START)]);
  await discrepancies.resolve([discrepancy(1, START).id], {
    by: 'operator',
    who: 'li',
    reason: 'seen',
    at: now,
  });
  await statementRuns.open(statementRun(1));
  await statementRuns.claim(claimAt(now));
  await statementRuns.find(statementRun(1).id);
  await statementRuns.daysOf(MERCHANT, of.day);
}

/** Everything that runs for each payment, or each time a worker looks. */
async function useHot({ inbox, orders, waits, paces }: Store): Promise<void> {
  const now = later(START, 1_000);
  const first = message(1, { receivedAt: START });
  await orders.create(order(1));
  await Promise.all([inbox.record(first), inbox.record(first)]);
  await inbox.redelivered(10);
  await inbox.postponeRedelivered([first.key]);
  await inbox.settleRedelivered([{ key: first.key, deliveries: 2 }]);
  await inbox.hasWork(now);
  await inbox.isUnverifiedDue(now);
  await inbox.backlog(now);
  await inbox.countDead(START);
  await inbox.countUnverified({ oneOf: [MERCHANT] });
  await inbox.paymentsHeard(START, now);
  await inbox.knownBetween(START, now);
  await inbox.openRefunds([tradeNo(1)]);
  await inbox.ofOrder(tradeNo(1));
  for (const state of ['pending', 'done', 'dead'] as const) {
    await inbox.list({ state, after: null, limit: 20 });
  }
  await inbox.list({ state: 'dead', reason: 'mismatch', trust: 'platform', after: null, limit: 20 });
  await inbox.claim(claimAt(now, { limit: 10 }));
  await inbox.claim({ ...claimAt(now), trust: 'unverified', naming: { oneOf: [MERCHANT] }, leasedAtMost: 5 });
  await inbox.claim({ ...claimAt(now), alone: true });
  await inbox.claim({ ...claimAt(now), keys: [first.key] });
  const second = message(2, { receivedAt: START });
  await inbox.record(second);
  const request = claimAt(now);
  await inbox.claim(request);
  await inbox.settle(request.token, now, [
    settlement(second, undefined, { change: paidBy(order(1), second, now) }),
  ]);
  await inbox.replay([first.key], 'an operator', now);
  await inbox.dismiss([first.key], 'an operator', 'tested', now);
  await inbox.forget({ state: 'done', before: START, after: null, limit: 100 });
  await orders.find([tradeNo(1)]);
  await orders.findWithoutCarts([tradeNo(1)]);
  await orders.claimAsks({ now, limit: 10, again: [NEXT_DAY] });
  await orders.claimAsks({ now, limit: 10, again: [NEXT_DAY], except: [OTHER_MERCHANT] });
  await orders.askAgainAt([tradeNo(1)], NEXT_DAY, null);
  await orders.noteRefundSaid([tradeNo(1)], now);
  await orders.claimFulfilments(claimAt(now));
  await orders.claimFulfilments({ ...claimAt(now), except: [OTHER_MERCHANT] });
  await orders.hasFulfilmentWork(now);
  await orders.beginFulfilment(freshToken(), now, tradeNo(1), 1);
  const latest = { dueBy: NEXT_DAY, leaseUntil: NEXT_DAY };
  await waits.pullForward({
    now,
    messages: latest,
    fulfilments: latest,
    runs: latest,
    orderAsks: [NEXT_DAY],
    refundAsks: [NEXT_DAY],
  });
  await paces.take('refunds', { now, spanMs: 1, withinMs: 1 });
}
