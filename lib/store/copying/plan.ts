import { digestOf } from '../mysql/inbox/record';
import { subjectValue } from '../mysql/operations';

/** A column of the target. */
export interface CopiedColumn {
  readonly to: string;
  /** Its value, as SQL on the source. */
  readonly from: string;
  /** Makes the value of what `from` gives, where SQLite cannot. */
  readonly made?: (text: string) => string;
}

/** What identifies a row of the source and sorts them. */
interface KeyColumn {
  readonly sql: string;
  readonly type: 'INTEGER' | 'TEXT';
}

/** How one table of MySQL is filled from SQLite. */
export interface TableCopy {
  readonly table: string;
  /** The tables of the source, as in `FROM`. */
  readonly source: string;
  readonly key: readonly KeyColumn[];
  readonly columns: readonly CopiedColumn[];
}

const ID: readonly KeyColumn[] = [{ sql: 't.id', type: 'INTEGER' }];

const textKey = (name: string): readonly KeyColumn[] => [{ sql: `t.${name}`, type: 'TEXT' }];

/** Columns that have the same name and value on both sides. */
function same(names: string, table = 't'): readonly CopiedColumn[] {
  return names.split(/\s+/).map((name) => ({ to: name, from: `${table}.${name}` }));
}

/** Columns of a row that may be missing: an empty text is unreadable, like the missing row. */
function orEmpty(names: string, table: string): readonly CopiedColumn[] {
  return names.split(/\s+/).map((name) => ({ to: name, from: `COALESCE(${table}.${name}, '')` }));
}

/** A field of stored JSON; null where it is not JSON. */
const field = (column: string, path: string): string =>
  `CASE WHEN json_valid(t.${column}) THEN t.${column} ->> '${path}' END`;

/**
 * Every table, in the order they are copied. Rows are copied as they are stored: both adapters
 * write them with `rows/`. A test compares this with both schemas.
 */
export const COPIED_TABLES: readonly TableCopy[] = [
  {
    table: 'inbox',
    source: 'inbox t LEFT JOIN inbox_payload p ON p.id = t.id',
    key: ID,
    columns: [
      { to: 'message_key', from: 't.key' },
      ...same('id out_trade_no trust state due_at claim_token lease_until attempts replays claims alone'),
      ...same('deliveries confirmed_by received_at last_delivered_at finished_at ending believed_payment'),
      ...same('named_merchant vouched_for'),
      ...orEmpty('content raw history', 'p'),
      ...same('envelope last_error replayed_by', 'p'),
    ],
  },
  {
    table: 'inbox_told',
    source: 'inbox_told t',
    key: [...ID, ...textKey('content')],
    columns: [
      ...same('id content raw postponed'),
      {
        to: 'digest',
        from: 't.content',
        made: digestOf,
      },
    ],
  },
  {
    table: 'orders',
    source: 'orders t',
    key: ID,
    columns: [
      ...same('id out_trade_no version created_at sub_mch_id total currency payment_state paid_at payment'),
      ...same('other_payments refunds next_ask_at asks last_asked_at last_answer refund_said_at erased_at'),
      ...same('fulfilment_state fulfilment_attempts fulfilment_due_at fulfilment_token'),
      ...same('fulfilment_lease_until fulfilment_ended_at fulfilment_note fulfilment_hold'),
      ...same('fulfilment_begun_at prepay prepay_body fulfilment_calls terms history'),
      {
        to: 'transaction_id',
        from: `CASE WHEN t.payment_state = 'paid' THEN ${field('payment', '$.transactionId')} END`,
      },
      // The first versions kept the cart among the terms.
      {
        to: 'cart',
        from: `COALESCE(t.cart, CASE WHEN json_valid(t.terms) THEN t.terms -> '$.cart' END, '')`,
      },
    ],
  },
  { table: 'order_marks', source: 'order_marks t', key: ID, columns: same('id day round chunk') },
  {
    table: 'transactions',
    source: 'transactions t',
    key: textKey('transaction_id'),
    columns: same('transaction_id out_trade_no'),
  },
  {
    table: 'refunds',
    source: 'refunds t',
    key: ID,
    columns: [
      ...same('id out_refund_no out_trade_no sub_mch_id version created_at state succeeded_at progress'),
      ...same('next_ask_at asks last_error refusal day round chunk terms history'),
    ],
  },
  {
    table: 'discrepancies',
    source: 'discrepancies t',
    key: textKey('id'),
    columns: [
      ...same('id class out_trade_no opens_at last_seen_at finding resolution'),
      { to: 'statement_run', from: field('finding', '$.statementRun') },
      { to: 'is_resolved', from: 't.resolution IS NOT NULL' },
      { to: 'resolved_by', from: field('resolution', '$.who') },
    ],
  },
  {
    table: 'statement_runs',
    source: 'statement_runs t',
    key: textKey('id'),
    columns: [
      ...same('id sub_mch_id day round created_at due_at attempts lease_token lease_until state work'),
      ...same('begun_again_at refused_downloads history cash_version cash'),
    ],
  },
  {
    table: 'audit',
    source: 'audit t',
    key: textKey('id'),
    columns: [...same('id at entry'), { to: 'subject', from: 't.subject', made: subjectValue }],
  },
  {
    table: 'audit_seals',
    source: 'audit_seals t',
    key: [{ sql: 't.n', type: 'INTEGER' }],
    columns: same('n seal'),
  },
  {
    table: 'approvals',
    source: 'approvals t',
    key: textKey('id'),
    columns: same('id version is_decided asked_at approval'),
  },
  {
    table: 'documents',
    source: 'documents t',
    key: textKey('id'),
    columns: same('id version document'),
  },
  {
    table: 'figures',
    source: 'figures t',
    key: [{ sql: 't.at', type: 'INTEGER' }],
    columns: same('at figures'),
  },
  { table: 'alarms', source: 'alarms t', key: textKey('cause'), columns: same('cause version alarm') },
  {
    table: 'signals',
    source: 'signals t',
    key: textKey('cause'),
    columns: [
      ...same('cause'),
      { to: 'detail', from: field('signal', '$.detail') },
      { to: 'told', from: 't.signal' },
    ],
  },
  { table: 'paces', source: 'paces t', key: textKey('name'), columns: same('name free_at') },
  {
    table: 'refund_counts',
    source: 'refund_counts t',
    key: ID,
    columns: [{ to: 'one', from: 't.id' }, ...same('version counted')],
  },
  {
    table: 'shared_state',
    source: 'shared_state t',
    key: textKey('key'),
    columns: [{ to: 'name', from: 't.key' }, ...same('version value expires_at')],
  },
  {
    table: 'money_mode',
    source: 'money_mode t',
    key: [{ sql: 't.one', type: 'INTEGER' }],
    columns: same('one mode'),
  },
  {
    table: 'identity',
    source: 'identity t',
    key: [{ sql: 't.one', type: 'INTEGER' }],
    columns: same('one id epoch backup_at'),
  },
];
