/**
 * The envelope a notification came in, for people; and which unverified messages no stranger can
 * have written, which are claimed before the others.
 */
export const envelopes: readonly string[] = [
  'ALTER TABLE inbox_payload ADD COLUMN envelope TEXT',
  'ALTER TABLE inbox ADD COLUMN vouched_for INTEGER NOT NULL DEFAULT 0',
  `CREATE INDEX inbox_vouched_for ON inbox (due_at) WHERE vouched_for = 1 AND state = 'pending'`,
];
