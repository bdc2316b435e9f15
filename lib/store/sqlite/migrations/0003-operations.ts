/**
 * For operations: the audit log, figures over time and alarms, and lists that stay fast with a
 * million rows.
 */
export const operations: readonly string[] = [
  `CREATE TABLE audit (
    id TEXT PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL,
    subject TEXT NOT NULL,
    entry TEXT NOT NULL
  ) STRICT`,
  `CREATE INDEX audit_at ON audit (at, id)`,
  `CREATE INDEX audit_subject ON audit (subject, at, id)`,

  `CREATE TABLE figures (at INTEGER PRIMARY KEY, figures TEXT NOT NULL) STRICT`,

  `CREATE TABLE alarms (cause TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, alarm TEXT NOT NULL) STRICT`,
  `CREATE TABLE signals (cause TEXT PRIMARY KEY NOT NULL, signal TEXT NOT NULL) STRICT`,

  // Every list of orders by state is a few sorted ranges of this index; counting reads nothing
  // else.
  'DROP INDEX orders_states',
  'CREATE INDEX orders_states ON orders (payment_state, fulfilment_state, created_at, out_trade_no)',

  `CREATE INDEX discrepancies_resolved ON discrepancies (last_seen_at, id) WHERE resolution IS NOT NULL`,
  `CREATE INDEX discrepancies_day ON discrepancies (finding ->> '$.statementDay', last_seen_at, id)
   WHERE finding ->> '$.statementDay' IS NOT NULL`,
];
