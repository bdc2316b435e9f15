/** Small values that all processes share (`SharedState`). */
export const sharedState: readonly string[] = [
  `CREATE TABLE shared_state (key TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL,
     expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
];
