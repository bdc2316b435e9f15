/**
 * The answer to an order's last scheduled query. As the last column it rewrites no row, and it is
 * empty in an order that is paid before it is queried.
 */
export const lastAnswers: readonly string[] = ['ALTER TABLE orders ADD COLUMN last_answer TEXT'];
