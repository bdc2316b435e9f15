/** The cash of a run's day, and its version, which a write of it must know. */
export const cashOfDays: readonly string[] = [
  'ALTER TABLE statement_runs ADD COLUMN cash_version INT NOT NULL DEFAULT 0, ADD COLUMN cash MEDIUMTEXT',
];
