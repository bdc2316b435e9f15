/**
 * The cart gets a column of its own, the last one, so that whoever does not need it does not read it.
 * Orders of before keep theirs among their terms.
 */
export const carts: readonly string[] = ['ALTER TABLE orders ADD COLUMN cart TEXT'];
