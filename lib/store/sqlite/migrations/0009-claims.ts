/**
 * Claims without an outcome are counted apart from attempts, and messages suspected of crashing
 * their workers are claimed alone. The index of waiting messages has the order of claims, so
 * believed ones are found without reading unverified ones.
 */
export const claims: readonly string[] = [
  'ALTER TABLE inbox ADD COLUMN claims INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE inbox ADD COLUMN alone INTEGER NOT NULL DEFAULT 0',
  'DROP INDEX inbox_pending',
  `CREATE INDEX inbox_pending ON inbox (alone, trust, due_at) WHERE state = 'pending'`,
  // Only the number of leased unverified messages is limited; believed ones do not need this index.
  `CREATE INDEX inbox_held ON inbox (lease_until)
   WHERE state = 'pending' AND trust = 'unverified' AND lease_until IS NOT NULL`,
];
