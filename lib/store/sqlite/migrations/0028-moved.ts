/** Where this data was moved. A row here ends its use: it is never served again. */
export const moved: readonly string[] = [
  `CREATE TABLE moved (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    place TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT`,
];
