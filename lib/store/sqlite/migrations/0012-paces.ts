/** Rates shared between runs: where the last span that was handed out ends. */
export const paces: readonly string[] = [
  'CREATE TABLE paces (name TEXT PRIMARY KEY, free_at INTEGER NOT NULL) STRICT, WITHOUT ROWID',
];
