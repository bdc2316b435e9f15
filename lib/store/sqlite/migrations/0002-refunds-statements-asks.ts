/**
 * Tables for refunds, statement runs and the query schedule. Days are numbers, `yyyyMMdd`.
 *
 * `orders` and `discrepancies` are recreated: rows get columns that must not be NULL. In an order,
 * the columns that statement runs compare come before the long texts, so that reading them does not
 * scan those.
 */
export const refundsStatementsAsks: readonly string[] = [
  // The agreed terms are also in `terms` of older orders; the columns are what is read.
  `CREATE TABLE orders_2 (
    id INTEGER PRIMARY KEY,
    out_trade_no TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sub_mch_id TEXT NOT NULL,
    total INTEGER NOT NULL,
    currency TEXT NOT NULL,
    payment_state TEXT NOT NULL CHECK (payment_state IN ('pending', 'paid', 'closed', 'failed')),
    paid_at INTEGER CHECK ((paid_at IS NOT NULL) = (payment_state = 'paid')),
    payment TEXT NOT NULL,
    other_payments TEXT,
    refunds TEXT,
    next_ask_at INTEGER NOT NULL,
    asks INTEGER NOT NULL,
    last_asked_at INTEGER,
    fulfilment_state TEXT NOT NULL CHECK (fulfilment_state IN ('none', 'due', 'done', 'dead')),
    fulfilment_attempts INTEGER,
    fulfilment_due_at INTEGER,
    fulfilment_token TEXT,
    fulfilment_lease_until INTEGER,
    fulfilment_ended_at INTEGER,
    fulfilment_note TEXT,
    prepay TEXT,
    terms TEXT NOT NULL,
    history TEXT NOT NULL
  ) STRICT`,
  // An order of version 1 is first queried a minute after its creation, like a new one.
  `INSERT INTO orders_2 (id, out_trade_no, version, created_at, sub_mch_id, total, currency, payment_state, paid_at,
     payment, other_payments, next_ask_at, asks, last_asked_at, fulfilment_state, fulfilment_attempts,
     fulfilment_due_at, fulfilment_token, fulfilment_lease_until, fulfilment_ended_at, fulfilment_note, prepay, terms,
     history)
   SELECT id, out_trade_no, version, created_at, terms ->> '$.subMchId', terms ->> '$.total', terms ->> '$.currency',
     payment_state, CASE payment_state WHEN 'paid' THEN payment ->> '$.paidAt' END, payment, other_payments,
     created_at + 60000, 0, last_asked_at, fulfilment_state, fulfilment_attempts, fulfilment_due_at, fulfilment_token,
     fulfilment_lease_until, fulfilment_ended_at, fulfilment_note, prepay, terms, history
   FROM orders ORDER BY id`,
  'DROP TABLE orders',
  'ALTER TABLE orders_2 RENAME TO orders',
  `CREATE INDEX orders_fulfilment_due ON orders (fulfilment_due_at) WHERE fulfilment_state = 'due'`,
  `CREATE INDEX orders_created ON orders (created_at)`,
  // Counting a million orders by state only reads this index.
  `CREATE INDEX orders_states ON orders (payment_state, fulfilment_state)`,
  `CREATE INDEX orders_ask_due ON orders (next_ask_at) WHERE payment_state = 'pending'`,
  `CREATE INDEX orders_paid ON orders (sub_mch_id, paid_at) WHERE paid_at IS NOT NULL`,

  // Separate from the orders: a mark in an order's own row would rewrite that row, a page for every
  // three orders.
  `CREATE TABLE order_marks (
    id INTEGER PRIMARY KEY,
    day INTEGER NOT NULL,
    round INTEGER NOT NULL,
    chunk INTEGER NOT NULL
  ) STRICT`,

  `CREATE TABLE refunds (
    id INTEGER PRIMARY KEY,
    out_refund_no TEXT NOT NULL UNIQUE,
    out_trade_no TEXT NOT NULL,
    sub_mch_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'processing', 'succeeded', 'closed', 'abnormal')),
    succeeded_at INTEGER CHECK ((succeeded_at IS NOT NULL) = (state = 'succeeded')),
    progress TEXT NOT NULL,
    next_ask_at INTEGER NOT NULL,
    asks INTEGER NOT NULL,
    last_error TEXT,
    day INTEGER,
    round INTEGER,
    chunk INTEGER,
    terms TEXT NOT NULL,
    history TEXT NOT NULL
  ) STRICT`,
  `CREATE INDEX refunds_order ON refunds (out_trade_no)`,
  `CREATE INDEX refunds_ask_due ON refunds (next_ask_at) WHERE state IN ('requested', 'processing')`,
  `CREATE INDEX refunds_succeeded ON refunds (sub_mch_id, succeeded_at) WHERE succeeded_at IS NOT NULL`,
  `CREATE INDEX refunds_created ON refunds (created_at)`,
  `CREATE INDEX refunds_states ON refunds (state, created_at)`,

  `CREATE TABLE discrepancies_2 (
    id TEXT PRIMARY KEY NOT NULL,
    class TEXT NOT NULL,
    out_trade_no TEXT,
    opens_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    finding TEXT NOT NULL,
    resolution TEXT
  ) STRICT`,
  `INSERT INTO discrepancies_2 (id, class, out_trade_no, opens_at, last_seen_at, finding, resolution)
   SELECT id, finding ->> '$.class', out_trade_no, finding ->> '$.firstSeenAt', last_seen_at,
     json_object(
       'subject', json_object('kind', 'payment', 'outTradeNo', finding -> '$.outTradeNo',
         'transactionId', finding -> '$.transactionId'),
       'ours', finding -> '$.ours', 'theirs', finding -> '$.theirs', 'path', finding -> '$.path',
       'statementDay', NULL, 'firstSeenAt', finding -> '$.firstSeenAt'),
     resolution
   FROM discrepancies`,
  'DROP TABLE discrepancies',
  'ALTER TABLE discrepancies_2 RENAME TO discrepancies',
  // Both only contain unresolved ones, and suffice for counting and for skipping carried over ones.
  // Without `resolution`, which is NULL, SQLite would look it up in the rows.
  `CREATE INDEX discrepancies_seen ON discrepancies (last_seen_at, id, opens_at, resolution) WHERE resolution IS NULL`,
  `CREATE INDEX discrepancies_opens ON discrepancies (opens_at, class, resolution) WHERE resolution IS NULL`,
  `CREATE INDEX discrepancies_ended_by ON discrepancies (resolution ->> '$.who') WHERE resolution IS NOT NULL`,
  `CREATE INDEX discrepancies_order ON discrepancies (out_trade_no) WHERE out_trade_no IS NOT NULL`,

  `CREATE TABLE statement_runs (
    id TEXT PRIMARY KEY NOT NULL,
    sub_mch_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    round INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    lease_token TEXT,
    lease_until INTEGER,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'matching', 'done')),
    work TEXT NOT NULL,
    history TEXT NOT NULL,
    UNIQUE (sub_mch_id, day)
  ) STRICT`,
  `CREATE INDEX statement_runs_open ON statement_runs (day, id) WHERE state <> 'done'`,
  `CREATE INDEX statement_runs_days ON statement_runs (day, id)`,

  // A refund of version 1 only had its numbers and WeChat Pay's word for its state.
  `UPDATE inbox_payload SET content = json_object('kind', 'refund', 'refund', json_object(
       'outRefundNo', content -> '$.outRefundNo', 'outTradeNo', content -> '$.outTradeNo',
       'transactionId', NULL, 'subMchId', NULL, 'refundId', NULL,
       'state', CASE content ->> '$.refundStatus' WHEN 'SUCCESS' THEN 'succeeded' WHEN 'PROCESSING' THEN 'processing'
         WHEN 'REFUNDCLOSE' THEN 'closed' WHEN 'FAIL' THEN 'closed' WHEN 'CHANGE' THEN 'abnormal' ELSE 'unknown' END,
       'total', NULL, 'refund', NULL, 'settled', NULL, 'succeededAt', NULL))
   WHERE id IN (SELECT id FROM inbox WHERE key GLOB 'refund:*' OR key GLOB 'unverified:refund:*')`,

  // Counting the payments of a day, and those without a callback, only reads this index.
  `ALTER TABLE inbox ADD COLUMN believed_payment INTEGER NOT NULL DEFAULT 0`,
  `UPDATE inbox SET believed_payment = 1 WHERE key GLOB 'payment:*'`,
  'DROP INDEX inbox_received',
  `CREATE INDEX inbox_received ON inbox (received_at, believed_payment, confirmed_by)`,
];
