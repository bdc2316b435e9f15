/**
 * Which store this database is a copy of. Until `finished_at` is set, the copy is unfinished, and
 * no server serves it. `run` is the copying that writes now.
 */
export const copiedFrom: readonly string[] = [
  `CREATE TABLE copied_from (
    one TINYINT NOT NULL PRIMARY KEY,
    source VARCHAR(64) NOT NULL,
    run VARCHAR(64) NOT NULL,
    begun_at BIGINT NOT NULL,
    finished_at BIGINT
  ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
];
