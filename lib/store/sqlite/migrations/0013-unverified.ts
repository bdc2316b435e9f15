/** Unverified messages are counted, and removed sooner than believed ones. Believed ones pay nothing for this index. */
export const unverifiedMessages: readonly string[] = [
  `CREATE INDEX inbox_unverified ON inbox (state, received_at, key) WHERE trust = 'unverified'`,
];
