/**
 * The cart gets its own, last column, so that reading the other columns does not read it. Older
 * orders keep it in their terms.
 */
export const carts: readonly string[] = ['ALTER TABLE orders ADD COLUMN cart TEXT'];
