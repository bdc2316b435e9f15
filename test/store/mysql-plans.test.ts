import type { Database, Session } from '../../lib/store/mysql/base/database';
import type { OpenDatabase } from '../../lib/store/mysql/base/connect';
import { openDatabase } from '../../lib/store/mysql/base/connect';
import { mysqlAddress } from '../../lib/store/mysql/base/address';
import { migrate } from '../../lib/store/mysql/base/migrate';
import type { Bindable } from '../../lib/store/mysql/base/sql';
import { statementText } from '../../lib/store/mysql/base/sql';
import { storeOn } from '../../lib/store/mysql/store';
import type { Store } from '../../lib/store/port';
import { later } from '../../lib/values/instant';
import {
  claimAt,
  freshToken,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  paidBy,
  settlement,
  START,
  tradeNo,
} from './builders';
import { leaseNowOfCaller } from './mysql-harness';
import type { MysqlServer } from './mysql-server';
import { describeWithMysql, startMysqlServer } from './mysql-server';

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
  return {
    ...database,
    ...noted(database),
    transaction: (work, unknown) => database.transaction((session) => work(noted(session)), unknown),
  };
}

/** Tables that are read whole: they stay small, or are the statement's own. */
const SMALL = /^(<|v$|turns$|inbox_told$|t$|paces$|refund_counts$|alarms$|signals$)/;

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
    await useHot(storeOn(noting(database, texts)));
    expect(texts.size).toBeGreaterThan(25);
    const whole: string[] = [];
    for (const text of texts) whole.push(...(await wholeReads(text)));
    expect(whole).toEqual([]);
    // What is looked for would be found.
    expect(await wholeReads('SELECT id FROM inbox WHERE deliveries = 5')).toHaveLength(1);
  });

  async function wholeReads(text: string): Promise<readonly string[]> {
    if (/^\s*(INSERT|SHOW)/.test(text)) return [];
    const plan = await database.rows(`EXPLAIN ${text}`);
    return plan.flatMap((columns) => {
      // id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra
      const [table, type, rows] = [String(columns[2]), String(columns[3]), Number(columns[8])];
      const isWhole = type === 'ALL' || (type === 'index' && rows > 1_000);
      return isWhole && !SMALL.test(table) ? [`${type} of ${table}: ${text.slice(0, 300)}`] : [];
    });
  }
});

/** 5,000 messages that are done and as many that are dead, and 5,000 orders that are over. */
async function fill(server: MysqlServer): Promise<void> {
  const numbers = 'FROM seq_1_to_5000';
  const message = (state: string, ending: string): string =>
    `INSERT INTO inbox (message_key, out_trade_no, trust, state, due_at, confirmed_by, received_at, last_delivered_at,
       finished_at, ending, believed_payment, vouched_for, content, raw, history)
     SELECT CONCAT('payment:${state}', seq, ':4200', seq), CONCAT('${state}', seq), 'platform', '${state}', 1, 17,
       ${String(START)} - seq, 1, 1, '${ending}', 1, 0, '{"kind":"payment","payment":{"paidAt":1}}', '""', '' ${numbers}`;
  await server.admin(
    'USE plans',
    message('done', 'applied'),
    message('dead', 'mismatch'),
    `INSERT INTO orders (out_trade_no, version, created_at, sub_mch_id, total, currency, payment_state, paid_at,
       payment, transaction_id, next_ask_at, asks, fulfilment_state, terms, cart, history)
     SELECT CONCAT('old', seq), 1, seq, '${MERCHANT}', 1, 'CNY', 'paid', seq, '{}', CONCAT('t', seq), seq, 1, 'done',
       '{}', '{}', '' ${numbers}`,
    'ANALYZE TABLE inbox, orders',
  );
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
  await inbox.claim({ ...claimAt(now), trust: 'unverified', naming: { oneOf: [MERCHANT] }, heldAtMost: 5 });
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
  await inbox.bury([first.key], 'an operator', 'tested', now);
  await inbox.forget({ state: 'done', before: START, after: null, limit: 100 });
  await orders.find([tradeNo(1)]);
  await orders.findWithoutCarts([tradeNo(1)]);
  await orders.claimAsks({ now, limit: 10, again: [NEXT_DAY] });
  await orders.askAgainAt([tradeNo(1)], NEXT_DAY, null);
  await orders.noteRefundSaid([tradeNo(1)], now);
  await orders.claimFulfilments(claimAt(now));
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
