import { ORDER_COLUMNS } from '../../rows/order-rows';

/** The columns that `readWholeOrder` reads. Every order has its cart in its own column here. */
export const WHOLE_ORDER_COLUMNS = `${ORDER_COLUMNS}, prepay_body, fulfilment_calls, cart`;

/** Where orders are read from with their marks, by an index that the order of the rows needs. */
export function ordersBy(
  index:
    | 'orders_created'
    | 'orders_states'
    | 'orders_paid'
    | 'orders_transaction'
    | 'orders_amount'
    | 'orders_payer'
    | 'orders_personal',
): string {
  return `orders FORCE INDEX (${index}) LEFT JOIN order_marks USING (id)`;
}
