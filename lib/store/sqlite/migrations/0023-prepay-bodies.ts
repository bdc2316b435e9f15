/** The request that made a pending order payable. Orders of earlier versions have none. */
export const prepayBodies: readonly string[] = ['ALTER TABLE orders ADD COLUMN prepay_body TEXT'];
