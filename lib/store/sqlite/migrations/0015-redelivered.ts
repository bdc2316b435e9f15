/** Redelivered contents, until a run has handled them. `id` is the message's. */
export const redeliveredMessages: readonly string[] = [
  `CREATE TABLE inbox_told (
    id INTEGER NOT NULL,
    content TEXT NOT NULL,
    raw TEXT NOT NULL,
    PRIMARY KEY (id, content)
  ) STRICT, WITHOUT ROWID`,
];
