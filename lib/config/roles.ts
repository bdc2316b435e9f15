/**
 * What a person is to the shop: `read` looks, `accountant` keeps the books but moves no money,
 * `refund` gives money back within limits, `act` does everything.
 */
export const ROLES = ['read', 'accountant', 'refund', 'act'] as const;

/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];
