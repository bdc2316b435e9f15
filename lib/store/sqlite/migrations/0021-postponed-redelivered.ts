/** How often a redelivered message was postponed, because it could not be handled. */
export const postponedRedelivered: readonly string[] = [
  'ALTER TABLE inbox_told ADD COLUMN postponed INTEGER NOT NULL DEFAULT 0',
];
