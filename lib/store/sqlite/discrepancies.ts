import type { Discrepancy, DiscrepancyId, Resolution } from '../../discrepancies/discrepancy';
import { isDiscrepancyId } from '../../discrepancies/discrepancy';
import type { Discrepancies } from '../port';
import { hasKind, reading } from './columns';
import type { Columns, Connection } from './connection';
import { checkedLimit, pageOf, readCursor } from './cursor';
import type { GroupCommit } from './group-commit';

/** What stays as it was when the discrepancy was first seen. */
type Finding = Omit<Discrepancy, 'id' | 'lastSeenAt' | 'resolution'>;

const CLASSES: ReadonlySet<string> = new Set<Discrepancy['class']>([
  'missing_order',
  'amount_mismatch',
  'currency_mismatch',
  'merchant_mismatch',
  'payer_mismatch',
  'duplicate_payment',
  'paid_after_close',
]);
const RESOLVERS: ReadonlySet<string> = new Set<Resolution['by']>(['auto', 'operator']);

function isFinding(value: unknown): value is Finding {
  return hasKind(value, 'class', CLASSES);
}

function isResolution(value: unknown): value is Resolution {
  return hasKind(value, 'by', RESOLVERS);
}

const COLUMNS = 'id, last_seen_at, finding, resolution';

function readDiscrepancy(columns: Columns): Discrepancy {
  const row = reading(columns);
  const [id, lastSeenAt] = [row.as(isDiscrepancyId), row.instant()];
  return { ...row.json(isFinding), id, lastSeenAt, resolution: row.jsonOrNull(isResolution) };
}

/** What settling does to discrepancies, inside its transaction. */
export interface Findings {
  /** Opens those that are not known yet; the others are only seen again, open or not. */
  see(all: readonly Discrepancy[]): void;
  /** Ends the open ones among these, and answers how many there were. */
  resolve(ids: readonly DiscrepancyId[], resolution: Resolution): number;
}

/** Prepares the writes. */
export function prepareFindings(connection: Connection): Findings {
  const insert = connection.prepare(
    `INSERT INTO discrepancies (id, out_trade_no, open, last_seen_at, finding, resolution) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET last_seen_at = max(last_seen_at, excluded.last_seen_at)`,
  );
  const end = connection.prepare(
    'UPDATE discrepancies SET open = 0, resolution = ?2 WHERE id = ?1 AND open = 1',
  );
  return {
    see: (all) => {
      for (const { id, lastSeenAt, resolution, ...finding } of all) {
        const ended = resolution === null ? null : JSON.stringify(resolution);
        const open = resolution === null ? 1 : 0;
        insert.run(id, finding.outTradeNo, open, lastSeenAt, JSON.stringify(finding), ended);
      }
    },
    resolve: (ids, resolution) =>
      ids.reduce((count, id) => count + end.run(id, JSON.stringify(resolution)), 0),
  };
}

/** The discrepancies in SQLite. */
export function sqliteDiscrepancies(connection: Connection, commits: GroupCommit): Discrepancies {
  const findings = prepareFindings(connection);
  const open = connection.prepare(
    `SELECT ${COLUMNS} FROM discrepancies WHERE open = 1 AND last_seen_at <= ? AND (last_seen_at, id) < (?, ?)
     ORDER BY last_seen_at DESC, id DESC LIMIT ?`,
  );
  const ofOrder = connection.prepare(
    `SELECT ${COLUMNS} FROM discrepancies WHERE out_trade_no = ? ORDER BY id`,
  );
  const count = connection.prepare('SELECT count(*) FROM discrepancies WHERE open = 1');
  return {
    listOpen: async ({ after, limit }) => {
      const { at, name } = readCursor(after);
      const rows = open.all(at, at, name, checkedLimit(limit) + 1).map(readDiscrepancy);
      return pageOf(rows, limit, (one) => ({ at: one.lastSeenAt, name: one.id }));
    },
    ofOrder: async (outTradeNo) => ofOrder.all(outTradeNo).map(readDiscrepancy),
    resolve: async (ids, resolution) => commits.write(() => findings.resolve(ids, resolution)),
    countOpen: async () => reading(count.all()[0] ?? []).integer(),
  };
}
