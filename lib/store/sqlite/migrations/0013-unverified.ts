/**
 * Unverified messages are counted, and deleted sooner than believed ones. Believed ones do not need
 * this index.
 */
export const unverifiedMessages: readonly string[] = [
  `CREATE INDEX inbox_unverified ON inbox (state, received_at, key) WHERE trust = 'unverified'`,
];
