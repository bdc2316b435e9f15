/**
 * A claim of orders to fulfil passes over those of a paused merchant. With the merchant in the
 * index it reads no row of theirs.
 */
export const pausedMerchants: readonly string[] = [
  'DROP INDEX orders_fulfilment_due',
  `CREATE INDEX orders_fulfilment_due ON orders (fulfilment_due_at, id, sub_mch_id)
   WHERE fulfilment_state = 'due'`,
];
