/** Documents that people write, of every kind: the kind is the start of the id. */
export const documents: readonly string[] = [
  `CREATE TABLE documents (
    id VARCHAR(255) NOT NULL PRIMARY KEY,
    version INT NOT NULL,
    document MEDIUMTEXT NOT NULL
  ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
];
