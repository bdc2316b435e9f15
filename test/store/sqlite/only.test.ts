import { join } from 'node:path';
import type { Discrepancy } from '../../../lib/model/discrepancy';
import type { ListedPage } from '../../../lib/store/requests';
import type { Connection } from '../../../lib/store/sqlite/base/connection';
import { connect } from '../../../lib/store/sqlite/base/connection';
import { sqliteApprovals } from '../../../lib/store/sqlite/approvals';
import { sqliteDiscrepancies } from '../../../lib/store/sqlite/runs/discrepancies';
import { groupCommit } from '../../../lib/store/sqlite/commits/group-commit';
import { sqliteInbox } from '../../../lib/store/sqlite/inbox/inbox';
import { prepareLedger } from '../../../lib/store/sqlite/orders/ledger';
import { migrate } from '../../../lib/store/sqlite/base/migrate';
import { sqliteAudit, sqliteFigures } from '../../../lib/store/sqlite/operations';
import { prepareOrderCounts } from '../../../lib/store/sqlite/orders/order-counts';
import { sqliteOrders } from '../../../lib/store/sqlite/orders/orders';
import { sqliteRefunds } from '../../../lib/store/sqlite/refunds/refunds';
import { sqliteStatementRuns } from '../../../lib/store/sqlite/runs/statement-runs';
import { sqliteWaits } from '../../../lib/store/sqlite/waits';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  day,
  discrepancy,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  paidAt,
  paidBy,
  refund,
  refundedBy,
  refundMessage,
  refundNo,
  settlement,
  START,
  tradeNo,
} from '../builders';
import { withHarness } from '../harness';
import { openSqliteHarness, tamper, temporaryDirectory } from './harness';

/** Runs `work` on an empty database of the current version. */
async function onDatabase(work: (connection: Connection) => Promise<void> | void): Promise<void> {
  const directory = temporaryDirectory();
  const connection = connect(join(directory.path, 'store.db'));
  try {
    migrate(connection);
    await work(connection);
  } finally {
    connection.close();
    directory.remove();
  }
}

/** All SQL that the store prepares. */
function preparedOn(connection: Connection): readonly string[] {
  const prepared: string[] = [];
  const recording: Connection = {
    ...connection,
    prepare: (sql) => {
      prepared.push(sql);
      return connection.prepare(sql);
    },
  };
  const commits = groupCommit(recording);
  sqliteInbox(recording, commits);
  sqliteOrders(recording, commits);
  sqliteRefunds(recording, commits);
  sqliteDiscrepancies(recording, commits);
  sqliteStatementRuns(recording, commits);
  sqliteAudit(recording, commits);
  sqliteFigures(recording, commits);
  sqliteWaits(recording, commits);
  return prepared;
}

/**
 * Steps of a plan that may read a whole table or index: lists passed to the statement, indexes that
 * only contain open items, and full counts.
 */
const MAY_BE_READ_WHOLE: readonly RegExp[] = [
  /^SCAN (value|j|json_each) VIRTUAL TABLE/,
  /^SCAN CONSTANT ROW/,
  /^SCAN (inbox|i) USING COVERING INDEX inbox_(pending|dead)$/,
  // What was delivered again and nobody has looked at yet, in its order.
  /^SCAN inbox_told USING COVERING INDEX inbox_told_waiting$/,
  // The names of a table's columns.
  /^SCAN pragma_table_info VIRTUAL TABLE/,
  // The names a query is given, as a table.
  /^SCAN r VIRTUAL TABLE INDEX/,
  /^SCAN inbox USING INDEX inbox_pending$/,
  /^SCAN orders USING COVERING INDEX orders_states$/,
  /^SCAN orders USING INDEX orders_(ask|fulfilment)_due$/,
  /^SCAN refunds USING COVERING INDEX refunds_states$/,
  /^SCAN statement_runs USING INDEX statement_runs_open$/,
];

/** An index by state alone finds all pending or all done items, and is for counting. */
const BY_STATE_ALONE = /(_states|USING INDEX inbox_received) \(\w*state=\?\)/;

function readsMuch(step: string): boolean {
  if (BY_STATE_ALONE.test(step)) return true;
  return step.startsWith('SCAN') && !MAY_BE_READ_WHOLE.some((may) => may.test(step));
}

/** What reads the rows of one order, or of names it was given, may sort them. */
const MAY_BE_SORTED = [
  'WHERE out_trade_no = ?',
  'WHERE i.out_trade_no = ?',
  'AND i.key IN (SELECT value FROM json_each(?))',
  // The few that are suspected of ending their workers.
  'i.alone = 1 AND',
  'AND alone = 1',
  'WHERE id IN (SELECT value FROM json_each(?))',
];

describe('the SQLite store', () => {
  it('finds every row it reads or writes by an index', async () => {
    await onDatabase((connection) => {
      const prepared = preparedOn(connection);
      expect(prepared.length).toBeGreaterThan(50);
      const scans = prepared.flatMap((sql) =>
        connection
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map((columns) => String(columns[3]))
          .filter(readsMuch)
          .map((step) => ({ step, sql })),
      );
      expect(scans).toEqual([]);
    });
  });

  it('sorts only the few rows of one order or of given names: what is due is read in its order, however much waits', async () => {
    await onDatabase((connection) => {
      const sorted = preparedOn(connection).filter((sql) =>
        connection
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .some((columns) => columns[3] === 'USE TEMP B-TREE FOR ORDER BY'),
      );
      expect(sorted.filter((sql) => !MAY_BE_SORTED.some((may) => sql.includes(may)))).toEqual([]);
    });
  });

  it('lists the requests for approval beside one that cannot be read', () =>
    onDatabase(async (connection) => {
      connection.execute(`INSERT INTO approvals (id, version, is_decided, asked_at, approval)
        VALUES ('a', 1, 0, 1, '{"version":1,"action":"refund_order"}'), ('b', 1, 0, 2, '{broken')`);
      const approvals = sqliteApprovals(connection, groupCommit(connection));
      const newest = await approvals.list({ isDecided: false, after: null, limit: 1 });
      expect(newest.items).toEqual([]);
      const older = await approvals.list({ isDecided: false, after: newest.next, limit: 1 });
      expect(older).toEqual({ items: [{ version: 1, action: 'refund_order' }], next: null });
    }));

  it('releases no hold that cannot be read, and leaves it as it is', () =>
    onDatabase(async (connection) => {
      const orders = sqliteOrders(connection, groupCommit(connection));
      await orders.create(order(1));
      connection.execute(`UPDATE orders SET fulfilment_state = 'held', fulfilment_hold = '{broken'`);
      expect(await orders.releaseHold(tradeNo(1), 'ops:lin', 'asked the payer', START)).toBe(false);
      expect(connection.prepare('SELECT fulfilment_state, fulfilment_hold FROM orders').all()).toEqual([
        ['held', '{broken'],
      ]);
    }));

  it('lists a discrepancy that cannot be read as it is stored, and its neighbours', async () => {
    const harness = await openSqliteHarness();
    const { store, file } = harness;
    try {
      const found = [1, 2, 3].map((n) => discrepancy(n, START));
      await store.discrepancies.see(found);
      const others = [found[0]?.id, found[2]?.id].sort();
      tamper(file, `UPDATE discrepancies SET finding = '{}' WHERE id = '${found[1]?.id ?? ''}'`);
      const listed: Discrepancy[] = [];
      const raw: string[] = [];
      let after: string | null = null;
      for (let page = 0; page < 3; page += 1) {
        const read: ListedPage<Discrepancy> = await store.discrepancies.listUnresolved({ after, limit: 1 });
        listed.push(...read.items);
        raw.push(...read.unreadable.map(({ name }) => name));
        after = read.next;
      }
      expect(after).toBeNull();
      expect(listed.map(({ id }) => id).sort()).toEqual(others);
      expect(raw).toEqual([found[1]?.id]);
      expect(await store.discrepancies.ofOrder(tradeNo(2))).toEqual([]);
    } finally {
      await harness.close();
    }
  });

  it(
    'leaves the order alone when the refund of the same settlement refuses',
    withHarness(
      () => openSqliteHarness(),
      async ({ store, now }) => {
        const before = order(1);
        await store.orders.create(before);
        await store.refunds.create(refund(1, { version: 2 }));
        const told = refundMessage(1);
        await store.inbox.record(told);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const refused = settlement(told, undefined, {
          change: paidBy(before, told, now()),
          refund: refundedBy(refund(1), told, now()),
          discrepancies: [discrepancy(1, now())],
        });
        expect(await store.inbox.settle(request.token, now(), [refused])).toEqual(['stale']);
        expect(await store.orders.find([tradeNo(1)])).toEqual([before]);
        expect(await store.refunds.find([refundNo(1)])).toEqual([refund(1, { version: 2 })]);
        expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(0);
      },
    ),
  );

  it('finds all that is absent from a statement, however few orders a page looks at', async () => {
    await onDatabase(async (connection) => {
      const commits = groupCommit(connection);
      const orders = sqliteOrders(connection, commits);
      // Twelve at the same instant, more than a page looks at, and one each second around them.
      const at = (n: number) => later(START, n < 10 ? n * 1_000 : n < 22 ? 10_000 : n * 1_000);
      for (let n = 0; n < 40; n += 1) await orders.create(order(n, { payment: paidAt(n, at(n)) }));
      const mark = { day: day(), round: 1, chunk: 2 };
      const marked = Array.from({ length: 40 }, (_, n) => n).filter((n) => n % 4 !== 0);
      await orders.markStatement(marked.map(tradeNo), mark);
      const ledger = prepareLedger(connection, 5);
      const seen: string[] = [];
      let after: string | null = null;
      for (let page = 0; page < 40; page += 1) {
        const read: ReturnType<typeof ledger.absent> = ledger.absent({
          subMchId: MERCHANT,
          day: day(),
          round: 1,
          after,
          limit: 2,
        });
        expect(read.items.length).toBeLessThanOrEqual(2);
        seen.push(...read.items.map((one) => one.outTradeNo));
        after = read.next;
        if (after === null) break;
      }
      expect(after).toBeNull();
      expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => tradeNo(4 * n)));
    });
  });

  it('counts in steps, and answers others in between', async () => {
    await onDatabase(async (connection) => {
      const commits = groupCommit(connection);
      const orders = sqliteOrders(connection, commits);
      // Several are of the same instant: a step may end among them.
      for (let n = 0; n < 23; n += 1) {
        const made = order(n, { createdAt: later(START, Math.floor(n / 5)) });
        await orders.create(n % 3 === 0 ? { ...made, payment: paidAt(n, START) } : made);
      }
      const counts = prepareOrderCounts(connection, 4);
      let others = 0;
      let waiting = setImmediate(function another() {
        others += 1;
        waiting = setImmediate(another);
      });
      const counted = await counts();
      clearImmediate(waiting);
      expect(counted.payment).toEqual({ pending: 15, paid: 8, closed: 0, failed: 0 });
      expect(counted.fulfilment).toMatchObject({ none: 23 });
      expect(others).toBeGreaterThan(3);
    });
  });

  it('counts the payments of a long span as those of its parts', async () => {
    await onDatabase(async (connection) => {
      const inbox = sqliteInbox(connection, groupCommit(connection));
      const HOUR = 3_600_000;
      for (let n = 0; n < 30; n += 1) await inbox.record(message(n, { receivedAt: later(START, n * HOUR) }));
      const heard = (from: number, to: number) => inbox.paymentsHeard(later(START, from), later(START, to));
      expect(await heard(0, 30 * HOUR)).toEqual({ all: 30, withoutCallback: 0 });
      expect(await heard(1, 30 * HOUR)).toMatchObject({ all: 29 });
      expect(await heard(HOUR, 2 * HOUR)).toMatchObject({ all: 1 });
      expect(await heard(HOUR, 2 * HOUR + 1)).toMatchObject({ all: 2 });
      expect(await heard(-50_000 * HOUR, 50_000 * HOUR)).toMatchObject({ all: 30 });
      expect(await heard(HOUR, HOUR)).toEqual({ all: 0, withoutCallback: 0 });
    });
  });
});
