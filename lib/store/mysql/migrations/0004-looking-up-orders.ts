/**
 * Orders by amount, and by the end of their payer's id. The database computes that end itself, so
 * servers of both versions write the same rows during an upgrade.
 */
export const lookingUpOrders: readonly string[] = [
  'ALTER TABLE orders ADD KEY orders_amount (total, created_at, out_trade_no)',
  `ALTER TABLE orders ADD COLUMN payer_tail VARCHAR(3) GENERATED ALWAYS AS
     (CASE WHEN JSON_VALID(terms) THEN RIGHT(JSON_UNQUOTE(JSON_EXTRACT(terms, '$.payer')), 3) END) VIRTUAL`,
  'ALTER TABLE orders ADD KEY orders_payer (payer_tail, created_at, out_trade_no)',
];
