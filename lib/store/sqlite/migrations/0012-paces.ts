/** Rates shared between runs: the end of the last assigned span. */
export const paces: readonly string[] = [
  'CREATE TABLE paces (name TEXT PRIMARY KEY, free_at INTEGER NOT NULL) STRICT, WITHOUT ROWID',
];
