/**
 * Whether the money in this file is simulated. One row at most. Every file made before this could
 * only hold simulated money.
 */
export const moneyMode: readonly string[] = [
  `CREATE TABLE money_mode (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    mode TEXT NOT NULL
  ) STRICT`,
  `INSERT INTO money_mode (one, mode)
    SELECT 1, 'simulated'
    WHERE EXISTS (SELECT 1 FROM inbox) OR EXISTS (SELECT 1 FROM orders)`,
];
