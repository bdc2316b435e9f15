/** The end of a payer's id; null where the terms cannot be read. Queries repeat this text. */
export const PAYER_TAIL_OF_TERMS = `CASE WHEN json_valid(terms) THEN substr(terms ->> '$.payer', -3) END`;

/**
 * The orders whose fulfilment is stuck. Queries must repeat this text, or SQLite does not use the
 * index.
 */
export const IS_STUCK = `fulfilment_state IN ('held', 'dead')`;

/**
 * Orders by amount, by the end of their payer's id, and the stuck ones by amount. What was paid in
 * a span is summed within the index that already sorts payments by time. No index here changes when
 * an order is paid or fulfilled, except while its fulfilment is stuck.
 */
export const lookingUpOrders: readonly string[] = [
  'CREATE INDEX orders_amount ON orders (total, created_at, out_trade_no)',
  `CREATE INDEX orders_payer ON orders (${PAYER_TAIL_OF_TERMS}, created_at, out_trade_no)`,
  `CREATE INDEX orders_stuck ON orders (fulfilment_state, total, created_at, out_trade_no, paid_at)
   WHERE ${IS_STUCK}`,
  'DROP INDEX orders_paid',
  'CREATE INDEX orders_paid ON orders (sub_mch_id, paid_at, total) WHERE paid_at IS NOT NULL',
];
