/**
 * Rows are split by how often they change: every claim and settlement rewrites `inbox`, which stays
 * small; `inbox_payload` has what only people read. Instants are ms since 1970. `history` columns
 * hold one JSON object per line.
 *
 * `claim_token` outlives its claim: with `lease_until` NULL it names the claim that finished the
 * message, so that settling again under it is recognised as a repeat.
 */
export const inboxOrdersDiscrepancies: readonly string[] = [
  `CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    out_trade_no TEXT,
    trust TEXT NOT NULL CHECK (trust IN ('platform', 'unverified')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'dead')),
    due_at INTEGER NOT NULL,
    claim_token TEXT,
    lease_until INTEGER,
    attempts INTEGER NOT NULL,
    replays INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    confirmed_by INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    last_delivered_at INTEGER NOT NULL,
    finished_at INTEGER,
    ending TEXT
  ) STRICT`,
  `CREATE TABLE inbox_payload (
    id INTEGER PRIMARY KEY,
    content TEXT NOT NULL,
    raw TEXT NOT NULL,
    last_error TEXT,
    history TEXT NOT NULL
  ) STRICT`,
  // Only contains pending messages: a million done or dead ones do not slow down a claim.
  `CREATE INDEX inbox_pending ON inbox (due_at) WHERE state = 'pending'`,
  `CREATE INDEX inbox_dead ON inbox (received_at) WHERE state = 'dead'`,
  `CREATE INDEX inbox_received ON inbox (received_at)`,
  `CREATE INDEX inbox_order ON inbox (out_trade_no) WHERE out_trade_no IS NOT NULL`,

  `CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    out_trade_no TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    terms TEXT NOT NULL,
    prepay TEXT,
    last_asked_at INTEGER,
    payment_state TEXT NOT NULL CHECK (payment_state IN ('pending', 'paid', 'closed', 'failed')),
    payment TEXT NOT NULL,
    other_payments TEXT,
    fulfilment_state TEXT NOT NULL CHECK (fulfilment_state IN ('none', 'due', 'done', 'dead')),
    fulfilment_attempts INTEGER,
    fulfilment_due_at INTEGER,
    fulfilment_token TEXT,
    fulfilment_lease_until INTEGER,
    fulfilment_ended_at INTEGER,
    fulfilment_note TEXT,
    history TEXT NOT NULL
  ) STRICT`,
  `CREATE INDEX orders_fulfilment_due ON orders (fulfilment_due_at) WHERE fulfilment_state = 'due'`,
  `CREATE INDEX orders_created ON orders (created_at)`,
  // Counting a million orders by state only reads this index.
  `CREATE INDEX orders_states ON orders (payment_state, fulfilment_state)`,

  `CREATE TABLE discrepancies (
    id TEXT PRIMARY KEY NOT NULL,
    out_trade_no TEXT NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    last_seen_at INTEGER NOT NULL,
    finding TEXT NOT NULL,
    resolution TEXT
  ) STRICT`,
  `CREATE INDEX discrepancies_open ON discrepancies (last_seen_at) WHERE open = 1`,
  `CREATE INDEX discrepancies_order ON discrepancies (out_trade_no)`,
];
