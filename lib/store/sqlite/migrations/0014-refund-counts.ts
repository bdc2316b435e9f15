/** What operators refunded in recent days, for the refund limits. */
export const refundCounts: readonly string[] = [
  `CREATE TABLE refund_counts (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, counted TEXT NOT NULL) STRICT`,
];
