/**
 * Claims without an outcome are counted beside the attempts, and what is suspected of ending its workers is claimed alone. What waits is
 * indexed in the order of its claims: believed messages are found without walking past unverified ones.
 */
export const claims: readonly string[] = [
  'ALTER TABLE inbox ADD COLUMN claims INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE inbox ADD COLUMN alone INTEGER NOT NULL DEFAULT 0',
  'DROP INDEX inbox_pending',
  `CREATE INDEX inbox_pending ON inbox (alone, trust, due_at) WHERE state = 'pending'`,
  // Only unverified messages are limited in how many may be held; believed ones pay nothing for it.
  `CREATE INDEX inbox_held ON inbox (lease_until)
   WHERE state = 'pending' AND trust = 'unverified' AND lease_until IS NOT NULL`,
];
