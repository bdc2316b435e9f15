/** Documents that people write, of every kind: the kind is the start of the id. */
export const documents: readonly string[] = [
  `CREATE TABLE documents (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT`,
];
