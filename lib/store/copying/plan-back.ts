/** How one table of SQLite is filled from MySQL. Its columns are those that the file has. */
export interface TableBack {
  readonly table: string;
  /** The table of MySQL. */
  readonly from: string;
  /** What identifies a row there and sorts the rows. */
  readonly key: readonly string[];
  /** Columns that have another name there; the others have the same name and value. */
  readonly named?: Readonly<Record<string, string>>;
}

const BY_ID = ['id'];

/**
 * Every table. Rows are copied as they are stored, as in `COPIED_TABLES`: what MySQL keeps beside
 * them, such as digests, is left out. A test compares this with both schemas.
 */
export const TABLES_BACK: readonly TableBack[] = [
  { table: 'inbox', from: 'inbox', key: BY_ID, named: { key: 'message_key' } },
  { table: 'inbox_payload', from: 'inbox', key: BY_ID },
  { table: 'inbox_told', from: 'inbox_told', key: ['id', 'digest'] },
  { table: 'orders', from: 'orders', key: BY_ID },
  { table: 'order_marks', from: 'order_marks', key: BY_ID },
  { table: 'transactions', from: 'transactions', key: ['transaction_id'] },
  { table: 'refunds', from: 'refunds', key: BY_ID },
  { table: 'discrepancies', from: 'discrepancies', key: BY_ID },
  { table: 'statement_runs', from: 'statement_runs', key: BY_ID },
  { table: 'audit', from: 'audit', key: BY_ID },
  { table: 'audit_seals', from: 'audit_seals', key: ['n'] },
  { table: 'approvals', from: 'approvals', key: BY_ID },
  { table: 'documents', from: 'documents', key: BY_ID },
  { table: 'figures', from: 'figures', key: ['at'] },
  { table: 'alarms', from: 'alarms', key: ['cause'] },
  { table: 'signals', from: 'signals', key: ['cause'], named: { signal: 'told' } },
  { table: 'paces', from: 'paces', key: ['name'] },
  { table: 'refund_counts', from: 'refund_counts', key: ['one'], named: { id: 'one' } },
  { table: 'shared_state', from: 'shared_state', key: ['name'], named: { key: 'name' } },
  { table: 'money_mode', from: 'money_mode', key: ['one'] },
  { table: 'identity', from: 'identity', key: ['one'] },
];
