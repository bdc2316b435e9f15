/** Finds orders whose personal data is stored. */
export const personalData: readonly string[] = [
  'ALTER TABLE orders ADD COLUMN erased_at BIGINT',
  'ALTER TABLE orders ADD KEY orders_personal (erased_at, created_at, out_trade_no)',
];
