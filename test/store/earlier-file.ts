import { SCHEMA_VERSION } from '../../lib/store/sqlite/base/migrate';

/** What takes back each step of the schema, by the version that the step makes. */
const UNDO: Readonly<Record<number, string>> = {
  18: `ALTER TABLE inbox_payload DROP COLUMN replayed_by; ALTER TABLE refunds DROP COLUMN refusal;
    ALTER TABLE statement_runs DROP COLUMN begun_again_at;
    ALTER TABLE statement_runs DROP COLUMN refused_downloads;`,
  19: 'DROP TABLE money_mode;',
  20: `ALTER TABLE inbox_payload DROP COLUMN envelope; DROP INDEX inbox_vouched_for;
    ALTER TABLE inbox DROP COLUMN vouched_for;`,
  21: 'ALTER TABLE inbox_told DROP COLUMN postponed;',
  22: 'DROP TABLE shared_state;',
  23: 'ALTER TABLE orders DROP COLUMN prepay_body;',
  24: 'DROP INDEX inbox_told_waiting;',
  25: 'ALTER TABLE orders DROP COLUMN fulfilment_calls;',
  26: 'DROP TABLE audit_seals; DROP TABLE approvals;',
  27: `DROP INDEX orders_fulfilment_due;
    CREATE INDEX orders_fulfilment_due ON orders (fulfilment_due_at) WHERE fulfilment_state = 'due';`,
  28: 'DROP TABLE moved;',
  29: `ALTER TABLE statement_runs DROP COLUMN cash_version; ALTER TABLE statement_runs DROP COLUMN cash;`,
  30: `DROP INDEX orders_amount; DROP INDEX orders_payer; DROP INDEX orders_stuck; DROP INDEX orders_paid;
    CREATE INDEX orders_paid ON orders (sub_mch_id, paid_at) WHERE paid_at IS NOT NULL;`,
  31: 'DROP TABLE documents;',
  32: 'DROP INDEX orders_personal; ALTER TABLE orders DROP COLUMN erased_at;',
};

/**
 * SQL that makes a file of today one of an earlier version, 17 or later. Throws for a step that
 * nothing takes back yet.
 */
export function backTo(version: number): string {
  const undone: string[] = [];
  for (let step = SCHEMA_VERSION; step > version; step -= 1) {
    const undo = UNDO[step];
    if (undo === undefined) throw new Error(`say here how migration ${step} is taken back`);
    undone.push(undo);
  }
  return `${undone.join('\n')} PRAGMA user_version = ${version}`;
}
