/**
 * Every list of the operator API is one sorted range of an index, so its first page costs the same
 * with a million rows.
 */
export const lists: readonly string[] = [
  // By state and time: a list of done messages reads no waiting ones. Counting the payments of a
  // span reads one range per state.
  'DROP INDEX inbox_received',
  'CREATE INDEX inbox_received ON inbox (state, received_at, believed_payment, confirmed_by)',
  `CREATE INDEX inbox_dead_reason ON inbox (ending, received_at) WHERE state = 'dead'`,

  `CREATE INDEX orders_transaction ON orders (payment ->> '$.transactionId') WHERE payment_state = 'paid'`,

  `CREATE INDEX discrepancies_class_seen ON discrepancies (class, last_seen_at, id, opens_at, resolution)
   WHERE resolution IS NULL`,
  `CREATE INDEX discrepancies_class_resolved ON discrepancies (class, last_seen_at, id) WHERE resolution IS NOT NULL`,
  'CREATE INDEX discrepancies_carried ON discrepancies (opens_at, id) WHERE resolution IS NULL',
];
