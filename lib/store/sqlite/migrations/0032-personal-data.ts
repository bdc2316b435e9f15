/** Finds orders whose personal data is stored. Settling changes nothing that the index contains. */
export const personalData: readonly string[] = [
  'ALTER TABLE orders ADD COLUMN erased_at INTEGER',
  'CREATE INDEX orders_personal ON orders (created_at, out_trade_no) WHERE erased_at IS NULL',
];
