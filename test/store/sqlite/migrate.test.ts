import { join } from 'node:path';
import { orderOfDiscrepancy } from '../../../lib/model/discrepancy';
import type { StatementRun } from '../../../lib/model/statement/statement-run';
import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { connect } from '../../../lib/store/sqlite/base/connection';
import { SCHEMA_VERSION } from '../../../lib/store/sqlite/base/migrate';
import { inboxOrdersDiscrepancies } from '../../../lib/store/sqlite/migrations/0001-inbox-orders-discrepancies';
import type { SqliteStore } from '../../../lib/store/sqlite/open';
import { openSqliteStore } from '../../../lib/store/sqlite/open';
import { fen } from '../../../lib/values/fen';
import { isOutRefundNo, isSubMchId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import type { RefundDetails } from '../../../lib/model/facts';
import {
  claimAt,
  day,
  discrepancy,
  guarded,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  paidAt,
  paidBy,
  paymentOf,
  refundNo,
  settlement,
  START,
  statementRun,
  tradeNo,
  transactionId,
  withoutCart,
} from '../builders';
import { tamper, temporaryDirectory } from './harness';

/** A cart with what a rewriting of JSON might spoil. */
const CART = { $set: { 'a.b': 1 }, 规格: '🎨', e: 1e21, half: -0.5, text: 'line\u2028 \u0001 "quoted" \\' };
const MINUTE = 60_000;

/** A value as version 1 bound it into a statement. */
function text(value: unknown): string {
  return `'${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll("'", "''")}'`;
}

/**
 * An order as version 1 stored it: its terms in `terms`, nothing about refunds, queries or bills.
 */
function orderRow(
  id: number,
  of: ReturnType<typeof order>,
  fulfilment = `'none', NULL, NULL, NULL, NULL, NULL, NULL`,
) {
  const { requestId, subMchId, payer, total, currency, body, attach, cart, expiresAt } = of;
  const terms = text({ requestId, subMchId, payer, total, currency, body, attach, cart, expiresAt });
  const others = of.otherPayments.length === 0 ? 'NULL' : text(of.otherPayments);
  const history = text(of.history.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  const prepay = of.prepay === null ? 'NULL' : text(of.prepay);
  return `INSERT INTO orders (id, out_trade_no, version, created_at, terms, prepay, last_asked_at, payment_state, payment,
      other_payments, history, fulfilment_state, fulfilment_attempts, fulfilment_due_at, fulfilment_token,
      fulfilment_lease_until, fulfilment_ended_at, fulfilment_note)
    VALUES (${id}, ${text(of.outTradeNo)}, ${of.version}, ${of.createdAt}, ${terms}, ${prepay},
      ${of.lastAskedAt ?? 'NULL'}, ${text(of.payment.state)}, ${text(of.payment)}, ${others}, ${history}, ${fulfilment})`;
}

function messageRows(
  id: number,
  key: string,
  content: unknown,
  over: { readonly bits: number; readonly dead?: boolean },
) {
  const dead = over.dead === true;
  return [
    `INSERT INTO inbox (id, key, out_trade_no, trust, state, due_at, attempts, replays, deliveries, confirmed_by,
       received_at, last_delivered_at, finished_at, ending)
     VALUES (${id}, ${text(key)}, ${text(tradeNo(id))}, 'platform', '${dead ? 'dead' : 'pending'}', ${START}, 1, 0, 2,
       ${over.bits}, ${START}, ${START}, ${dead ? START : 'NULL'}, ${dead ? `'mismatch'` : 'NULL'})`,
    `INSERT INTO inbox_payload (id, content, raw, history) VALUES (${id}, ${text(content)}, '"{}"', '')`,
  ];
}

const PENDING = order(1, {
  cart: CART,
  body: '测试“商品”',
  createdAt: later(START, -7_000),
  nextAskAt: later(START, -7_000 + MINUTE),
  lastAskedAt: START,
  prepay: {
    payment: { timeStamp: '1', nonceStr: 'n', package: 'prepay_id=1', signType: 'MD5', paySign: 's' },
    at: START,
  },
});
const PAID = order(2, {
  version: 3,
  payment: paidAt(2, START),
  fulfilment: { state: 'done', attempts: 1, doneAt: START, receipt: 'SF1' },
  otherPayments: [
    {
      transactionId: transactionId(9),
      total: fen(102),
      paidAt: START,
      as: 'duplicate_payment',
      evidence: message(9).key,
    },
  ],
  total: fen(Number.MAX_SAFE_INTEGER),
});
const CLOSED = order(3, { payment: { state: 'closed', at: START, evidence: message(3).key } });

/** Refunds as version 1 stored them, and what they say now. */
const REFUND_WORDS: readonly [string, RefundDetails['state']][] = [
  ['SUCCESS', 'succeeded'],
  ['PROCESSING', 'processing'],
  ['REFUNDCLOSE', 'closed'],
  ['CHANGE', 'abnormal'],
  ['UNKNOWN', 'unknown'],
];

/** Both sides of a discrepancy, as awkward as a cart. */
const SEEN = discrepancy(2, START, { ours: { state: 'paid', list: [null, 1.5, '“”'] }, theirs: null });

function version1Rows(): readonly string[] {
  const { id, class: of, ours, theirs, path, firstSeenAt, opensAt, lastSeenAt } = SEEN;
  const finding = {
    class: of,
    outTradeNo: tradeNo(2),
    transactionId: transactionId(2),
    ours,
    theirs,
    path,
    firstSeenAt,
  };
  expect(opensAt).toBe(firstSeenAt);
  const resolution = { by: 'operator', who: 'ops:lin', reason: '已线下退款', at: START };
  const other = discrepancy(3, START, { class: 'missing_order' });
  const columns = 'id, out_trade_no, open, last_seen_at, finding, resolution';
  const found = {
    ...finding,
    class: 'missing_order',
    outTradeNo: tradeNo(3),
    transactionId: transactionId(3),
  };
  return [
    orderRow(10, PENDING),
    orderRow(20, PAID, `'done', 1, NULL, NULL, NULL, ${START}, ${text('"SF1"')}`),
    orderRow(30, CLOSED),
    ...messageRows(1, message(1).key, { kind: 'payment', payment: paymentOf(1) }, { bits: 1 | 2 | (2 << 4) }),
    ...REFUND_WORDS.flatMap(([word], n) => {
      const content = {
        kind: 'refund',
        outRefundNo: refundNo(n),
        refundStatus: word,
        outTradeNo: n === 0 ? null : tradeNo(n),
      };
      const trust = n === 1 ? 'unverified:' : '';
      return messageRows(100 + n, `${trust}refund:${refundNo(n)}:${word}`, content, {
        bits: 1 | (1 << 4),
        dead: true,
      });
    }),
    `INSERT INTO discrepancies (${columns})
     VALUES (${text(id)}, ${text(tradeNo(2))}, 1, ${later(lastSeenAt, 5)}, ${text(finding)}, NULL)`,
    `INSERT INTO discrepancies (${columns})
     VALUES (${text(other.id)}, ${text(tradeNo(3))}, 0, ${lastSeenAt}, ${text(found)}, ${text(resolution)})`,
  ];
}

/** Makes a database of version 1 with rows in it. */
function makeVersion1(file: string): void {
  const connection = connect(file);
  try {
    for (const statement of inboxOrdersDiscrepancies) connection.execute(statement);
    connection.execute('PRAGMA user_version = 1');
    for (const row of version1Rows()) connection.execute(row);
  } finally {
    connection.close();
  }
}

describe('a database of version 1', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let store: SqliteStore;

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'store.db');
    makeVersion1(file);
    store = openSqliteStore({ file });
  });

  afterEach(() => {
    store.close();
    directory.remove();
  });

  it('keeps its orders, which are asked about a minute after they were made', async () => {
    const found = await store.orders.list({ after: null, limit: 10 });
    expect(found.items).toEqual([CLOSED, PAID, PENDING].map(withoutCart));
    expect(await store.orders.find([tradeNo(1)])).toEqual([PENDING]);
    expect(await store.orders.ledger([tradeNo(2)])).toMatchObject([
      { total: PAID.total, payment: PAID.payment },
    ]);
    expect(await store.orders.counts()).toMatchObject({ payment: { pending: 1, paid: 1, closed: 1 } });
    const due = await store.orders.claimAsks({ now: NEXT_DAY, limit: 10, again: [NEXT_DAY] });
    expect(due).toEqual([withoutCart(PENDING)]);
    const lastAnswer = { at: START, said: 'not_paid' };
    await store.orders.askAgainAt([tradeNo(1)], NEXT_DAY, lastAnswer);
    expect(await store.orders.find([tradeNo(1)])).toEqual([
      { ...PENDING, asks: 1, nextAskAt: NEXT_DAY, lastAnswer },
    ]);
  });

  it('lets its orders be paid, refunded and found in statements', async () => {
    expect(
      (await store.orders.absent({ subMchId: MERCHANT, day: day(), round: 1, after: null, limit: 9 })).items,
    ).toMatchObject([{ outTradeNo: tradeNo(2) }]);
    await store.orders.markStatement([tradeNo(2)], { day: day(), round: 1, chunk: 2 });
    const request = claimAt(START);
    const [claimed] = await store.inbox.claim(request);
    expect(claimed).toMatchObject({ key: message(1).key, confirmedBy: ['query', 'callback'] });
    const change = {
      ...paidBy(PENDING, message(1), START),
      refunds: [{ outRefundNo: refundNo(1), amount: fen(1) }],
    };
    expect(
      await store.inbox.settle(request.token, START, [settlement(message(1), undefined, { change })]),
    ).toEqual(['settled']);
    expect(await store.orders.find([tradeNo(1)])).toEqual([
      {
        ...PENDING,
        version: 2,
        payment: change.payment,
        fulfilment: change.fulfilment,
        refunds: change.refunds,
        history: [...PENDING.history, change.entry],
      },
    ]);
    expect(
      await store.orders.absent({ subMchId: MERCHANT, day: day(), round: 1, after: null, limit: 9 }),
    ).toMatchObject({
      items: [{ outTradeNo: tradeNo(1) }],
    });
    expect(await store.orders.create(order(4))).toBe('created');
    expect(await store.orders.create(order(1))).toBe('exists');
  });

  it('tells its refund messages as refunds of which little is known', async () => {
    for (const [n, [word, state]] of REFUND_WORDS.entries()) {
      const { items } = await store.inbox.list({ state: 'dead', after: null, limit: 10 });
      const key = items.map((one) => one.key).find((one) => one.endsWith(`:${word}`));
      if (key === undefined) throw new Error(`the message that says ${word} is gone`);
      const refund: RefundDetails = {
        outRefundNo: guarded(isOutRefundNo, refundNo(n)),
        outTradeNo: n === 0 ? null : tradeNo(n),
        transactionId: null,
        subMchId: null,
        refundId: null,
        state,
        total: null,
        refund: null,
        settled: null,
        succeededAt: null,
      };
      expect((await store.inbox.find(key))?.content).toEqual({ kind: 'refund', refund });
      expect(await store.inbox.replay([key], 'ops:lin', START)).toEqual([true]);
      const [claimed] = await store.inbox.claim({ ...claimAt(START), keys: [key] });
      expect(claimed?.content).toEqual({ kind: 'refund', refund });
    }
    expect(await store.inbox.paymentsHeard(START, NEXT_DAY)).toEqual({ all: 1, withoutCallback: 0 });
  });

  it('keeps its discrepancies, open from when they were first seen', async () => {
    const seen = { ...SEEN, lastSeenAt: later(START, 5) };
    expect(await store.discrepancies.ofOrder(tradeNo(2))).toEqual([seen]);
    expect(await store.discrepancies.ofOrder(tradeNo(3))).toMatchObject([
      {
        class: 'missing_order',
        subject: { kind: 'payment', outTradeNo: tradeNo(3), transactionId: transactionId(3) },
        resolution: { by: 'operator', reason: '已线下退款' },
      },
    ]);
    expect(await store.discrepancies.countOpen(later(START, -1))).toBe(0);
    expect(await store.discrepancies.countOpen(START)).toBe(1);
    expect((await store.discrepancies.listOpen({ now: START, after: null, limit: 9 })).items).toEqual([seen]);
    const resolution = { by: 'auto', who: 'x', reason: 'y', at: START } as const;
    expect(await store.discrepancies.resolve([SEEN.id], resolution)).toBe(1);
  });

  it('opens a second time as it is, and is refused once it is of a newer version', async () => {
    const second = openSqliteStore({ file });
    expect(await second.orders.find([tradeNo(1)])).toEqual([PENDING]);
    second.close();
    tamper(file, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    expect(() => openSqliteStore({ file })).toThrow('start the newer program');
  });
});

it('names the runs of discrepancies that knew only the day of their statement, where one run was of that day', async () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'store.db');
  const before = openSqliteStore({ file });
  const ofOneRun = statementRun(1);
  const ofTwoRuns = [statementRun(2), otherMerchants(statementRun(2))];
  for (const run of [ofOneRun, ...ofTwoRuns]) await before.statementRuns.open(run);
  await before.discrepancies.see([1, 2, 3].map((n) => discrepancy(n, START)));
  before.close();
  tamper(
    file,
    `DROP INDEX orders_personal;
     ALTER TABLE orders DROP COLUMN erased_at;
     DROP INDEX discrepancies_run;
     CREATE INDEX discrepancies_day ON discrepancies (finding ->> '$.statementDay', last_seen_at, id)
     WHERE finding ->> '$.statementDay' IS NOT NULL;
     UPDATE discrepancies SET finding = json_set(json_remove(finding, '$.statementRun'), '$.statementDay', CASE out_trade_no
       WHEN '${tradeNo(1)}' THEN '${ofOneRun.day}' WHEN '${tradeNo(2)}' THEN '${statementRun(2).day}' END);
     ALTER TABLE orders DROP COLUMN last_answer;
     DROP INDEX inbox_pending;
     DROP INDEX inbox_held;
     ALTER TABLE inbox DROP COLUMN claims;
     ALTER TABLE inbox DROP COLUMN alone;
     ALTER TABLE inbox DROP COLUMN named_merchant;
     ALTER TABLE orders DROP COLUMN cart;
     CREATE INDEX inbox_pending ON inbox (due_at) WHERE state = 'pending';
     DROP TABLE identity;
     ALTER TABLE orders DROP COLUMN fulfilment_hold;
     ALTER TABLE orders DROP COLUMN fulfilment_begun_at;
     ALTER TABLE orders DROP COLUMN refund_said_at;
     DROP TABLE transactions;
     DROP INDEX inbox_open_refunds;
     DROP TABLE paces;
     DROP INDEX inbox_unverified;
     DROP TABLE refund_counts;
     DROP TABLE shared_state;
     DROP TABLE inbox_told;
     ALTER TABLE inbox_payload DROP COLUMN replayed_by;
     ALTER TABLE refunds DROP COLUMN refusal;
     ALTER TABLE statement_runs DROP COLUMN begun_again_at;
     ALTER TABLE statement_runs DROP COLUMN refused_downloads;
     DROP TABLE money_mode;
     ALTER TABLE inbox_payload DROP COLUMN envelope;
     DROP INDEX inbox_vouched_for;
     ALTER TABLE inbox DROP COLUMN vouched_for;
     ALTER TABLE orders DROP COLUMN prepay_body;
     ALTER TABLE orders DROP COLUMN fulfilment_calls;
     DROP TABLE audit_seals;
     DROP TABLE approvals;
     DROP TABLE moved;
     ALTER TABLE statement_runs DROP COLUMN cash_version;
     ALTER TABLE statement_runs DROP COLUMN cash;
     DROP INDEX orders_amount;
     DROP INDEX orders_payer;
     DROP INDEX orders_stuck;
     DROP TABLE documents;
     PRAGMA user_version = 6`,
  );
  const after = openSqliteStore({ file });
  const { items } = await after.discrepancies.listUnresolved({ after: null, limit: 9 });
  after.close();
  directory.remove();
  expect(new Map(items.map((one) => [orderOfDiscrepancy(one), one.statementRun]))).toEqual(
    new Map([
      [tradeNo(1), ofOneRun.id],
      [tradeNo(2), null],
      [tradeNo(3), null],
    ]),
  );
});

/** The same day of another merchant. */
function otherMerchants(run: StatementRun): StatementRun {
  const subMchId = guarded(isSubMchId, '1900000208');
  return { ...run, subMchId, id: statementRunId(subMchId, run.day) };
}
