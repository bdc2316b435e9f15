import type { Connection } from '../base/connection';

/**
 * Every kind of lease, as the statement that ends it. Fencing stays intact: the token goes with the
 * lease, and every write under a claim names its token.
 */
const ENDINGS: readonly string[] = [
  `UPDATE inbox SET claim_token = NULL, lease_until = NULL WHERE state = 'pending' AND lease_until IS NOT NULL`,
  `UPDATE orders SET version = version + 1, fulfilment_token = NULL, fulfilment_lease_until = NULL
   WHERE fulfilment_state = 'due' AND fulfilment_lease_until IS NOT NULL`,
  `UPDATE statement_runs SET lease_token = NULL, lease_until = NULL
   WHERE state <> 'done' AND lease_until IS NOT NULL`,
];

/**
 * Ends all leases at once and returns how many there were. Only correct for the owner of the data
 * folder, before its first claim: all lease holders are then proved dead, so a crash delays nothing
 * by a lease. Attempts stay counted.
 */
export function endDeadLeases(connection: Connection): number {
  return connection.transaction(() =>
    ENDINGS.reduce((ended, sql) => ended + connection.prepare(sql).run(), 0),
  );
}
