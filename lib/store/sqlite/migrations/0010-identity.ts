/**
 * The identity of this database, and how far it has come. `epoch` is raised before the low-water
 * mark beside the file is written, so an older copy has a lower one. `backup_at` is set in backups,
 * and cleared when an operator accepts what they lack.
 */
export const identity: readonly string[] = [
  `CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    backup_at INTEGER
  ) STRICT`,
  `INSERT INTO identity (one, id, epoch) VALUES (1, lower(hex(randomblob(16))), 0)`,
];
