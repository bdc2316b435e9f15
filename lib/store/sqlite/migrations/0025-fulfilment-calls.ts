/** The latest calls of the merchant's system about an order. Null: none. */
export const fulfilmentCalls: readonly string[] = ['ALTER TABLE orders ADD COLUMN fulfilment_calls TEXT'];
