/**
 * A statement run adds up what our books hold of a day, and the overview what was paid since
 * midnight. With the amount in the index neither reads the orders themselves. One statement: an
 * index that is replaced is never missing, and repeating the statement does no harm.
 */
export const sumsOfADay: readonly string[] = [
  `ALTER TABLE orders DROP KEY orders_paid,
     ADD KEY orders_paid (sub_mch_id, paid_at, out_trade_no, total)`,
];
