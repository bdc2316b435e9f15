/**
 * A claim of orders and refunds to query passes over those of a paused merchant. With the merchant
 * in the index it reads no row of theirs. Each is one statement: an index that is replaced is never
 * missing, and repeating the statement does no harm.
 */
export const merchantsOfDueQueries: readonly string[] = [
  `ALTER TABLE orders DROP KEY orders_ask_due,
     ADD KEY orders_ask_due (payment_state, next_ask_at, id, sub_mch_id)`,
  `ALTER TABLE refunds DROP KEY refunds_ask_due,
     ADD KEY refunds_ask_due (state, next_ask_at, id, sub_mch_id)`,
];
