/**
 * A fulfilment may be held. An order records when fulfilment started, and that WeChat Pay answered
 * REFUND. Each transaction belongs to one order. A rule cannot be altered, so the orders are
 * recreated. When one transaction had paid two orders before, the first keeps it, and both orders
 * stay as they are.
 */
export const holdsAndTransactions: readonly string[] = [
  `CREATE TABLE orders_11 (
    id INTEGER PRIMARY KEY,
    out_trade_no TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sub_mch_id TEXT NOT NULL,
    total INTEGER NOT NULL,
    currency TEXT NOT NULL,
    payment_state TEXT NOT NULL CHECK (payment_state = 'pending' OR payment_state = 'paid'
      OR payment_state = 'closed' OR payment_state = 'failed'),
    paid_at INTEGER CHECK ((paid_at IS NOT NULL) = (payment_state = 'paid')),
    payment TEXT NOT NULL,
    other_payments TEXT,
    refunds TEXT,
    next_ask_at INTEGER NOT NULL,
    asks INTEGER NOT NULL,
    last_asked_at INTEGER,
    fulfilment_state TEXT NOT NULL CHECK (fulfilment_state = 'none' OR fulfilment_state = 'due'
      OR fulfilment_state = 'done' OR fulfilment_state = 'dead' OR fulfilment_state = 'held'),
    fulfilment_attempts INTEGER,
    fulfilment_due_at INTEGER,
    fulfilment_token TEXT,
    fulfilment_lease_until INTEGER,
    fulfilment_ended_at INTEGER,
    fulfilment_note TEXT,
    prepay TEXT,
    terms TEXT NOT NULL,
    history TEXT NOT NULL,
    last_answer TEXT,
    fulfilment_hold TEXT,
    fulfilment_begun_at INTEGER,
    refund_said_at INTEGER
  ) STRICT`,
  'INSERT INTO orders_11 SELECT *, NULL, NULL, NULL FROM orders ORDER BY id',
  'DROP TABLE orders',
  'ALTER TABLE orders_11 RENAME TO orders',
  `CREATE INDEX orders_fulfilment_due ON orders (fulfilment_due_at) WHERE fulfilment_state = 'due'`,
  'CREATE INDEX orders_created ON orders (created_at)',
  'CREATE INDEX orders_states ON orders (payment_state, fulfilment_state, created_at, out_trade_no)',
  `CREATE INDEX orders_ask_due ON orders (next_ask_at) WHERE payment_state = 'pending'`,
  'CREATE INDEX orders_paid ON orders (sub_mch_id, paid_at) WHERE paid_at IS NOT NULL',
  `CREATE INDEX orders_transaction ON orders (payment ->> '$.transactionId') WHERE payment_state = 'paid'`,

  `CREATE TABLE transactions (
    transaction_id TEXT PRIMARY KEY NOT NULL,
    out_trade_no TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `INSERT OR IGNORE INTO transactions
   SELECT payment ->> '$.transactionId', out_trade_no FROM orders WHERE payment_state = 'paid' ORDER BY id`,
  `INSERT OR IGNORE INTO transactions
   SELECT other.value ->> '$.transactionId', o.out_trade_no FROM orders o, json_each(o.other_payments) other
   WHERE o.other_payments IS NOT NULL ORDER BY o.id`,

  // Nearly always empty: a refund is applied within seconds.
  `CREATE INDEX inbox_open_refunds ON inbox (out_trade_no)
   WHERE key >= 'refund:' AND key < 'refund;' AND (state = 'pending' OR state = 'dead')`,
];
