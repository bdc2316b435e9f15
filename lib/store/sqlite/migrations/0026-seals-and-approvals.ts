/** The chain over the audit log, and requests that a second person must approve. */
export const sealsAndApprovals: readonly string[] = [
  'CREATE TABLE audit_seals (n INTEGER PRIMARY KEY, seal TEXT NOT NULL) STRICT',
  `CREATE TABLE approvals (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    is_decided INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    approval TEXT NOT NULL
  ) STRICT`,
  'CREATE INDEX approvals_asked ON approvals (is_decided, asked_at, id)',
];
