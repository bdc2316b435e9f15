/**
 * What the schedule last heard of an order. It stands last, so that no row is written anew, and is empty in an order that is paid before
 * it is asked about.
 */
export const lastAnswers: readonly string[] = ['ALTER TABLE orders ADD COLUMN last_answer TEXT'];
