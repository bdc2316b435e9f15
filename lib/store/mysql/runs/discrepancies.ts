import type { DiscrepancyClass } from '../../../model/discrepancy';
import type { Discrepancies } from '../../ports/discrepancies-port';
import type { Bindable, Columns } from '../../rows/columns';
import { reading } from '../../rows/columns';
import { discrepanciesByClass } from '../../rows/counts';
import { checkedLimit, readCursor } from '../../rows/cursor';
import { DISCREPANCY_COLUMNS, LAST_SEEN_AT, OPENS_AT, readDiscrepancy } from '../../rows/discrepancy-rows';
import { readEach } from '../../rows/unreadable';
import type { Database } from '../base/database';
import { listedPage, rawRows } from '../base/unreadable';
import { resolveFindings, seeFindings } from './findings';

/** The most discrepancies in one statement: some 500 KB. */
const SEEN_AT_ONCE = 1_000;

type Index = 'discrepancies_seen' | 'discrepancies_class_seen' | 'discrepancies_opens' | 'discrepancies_run';

/** The discrepancies in MySQL. */
export function mysqlDiscrepancies(database: Database): Discrepancies {
  const raw = rawRows(database, { tables: ['discrepancies'], from: 'discrepancies', name: 'id' });

  // Where each row stands is read from its columns, as no other column may be readable.
  const page = (rows: readonly Columns[], limit: number, sortedBy: number) =>
    listedPage(rows, limit, readDiscrepancy, raw, (row) => ({
      at: Number(row[sortedBy]),
      name: String(row[0]),
    }));
  const latestSeen = async (
    index: Index,
    having: string,
    { after, limit }: { readonly after: string | null; readonly limit: number },
    ...more: readonly Bindable[]
  ) => {
    const { at, name } = readCursor(after);
    const rows = await database.rows(
      `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies FORCE INDEX (${index})
       WHERE ${having} AND last_seen_at <= ?1 AND (last_seen_at, id) < (?1, ?2)
       ORDER BY last_seen_at DESC, id DESC LIMIT ?3`,
      at,
      name,
      checkedLimit(limit) + 1,
      ...more,
    );
    return page(rows, limit, LAST_SEEN_AT);
  };
  const unresolved = async (
    query: { readonly after: string | null; readonly limit: number },
    opensBy: number,
    discrepancyClass: DiscrepancyClass | null,
  ) =>
    discrepancyClass === null
      ? latestSeen('discrepancies_seen', 'is_resolved = 0 AND opens_at <= ?4', query, opensBy)
      : latestSeen(
          'discrepancies_class_seen',
          'is_resolved = 0 AND class = ?5 AND opens_at <= ?4',
          query,
          opensBy,
          discrepancyClass,
        );

  const count = async (sql: string, ...values: readonly Bindable[]): Promise<number> => {
    const [row = []] = await database.rows(sql, ...values);
    return reading(row).integer();
  };

  return {
    // A step of a statement run may find thousands: no statement may outgrow a small packet.
    see: async (found) => {
      for (let from = 0; from < found.length; from += SEEN_AT_ONCE) {
        await seeFindings(database, found.slice(from, from + SEEN_AT_ONCE));
      }
    },
    listOpen: async (query) => unresolved(query, query.now, query.class ?? null),
    listUnresolved: async (query) => unresolved(query, Number.MAX_SAFE_INTEGER, null),
    // Few discrepancies are ever carried over, so those of one class are filtered from all of them.
    listCarriedOver: async ({ now, class: discrepancyClass = null, after, limit }) => {
      const { at, name } = readCursor(after, { at: now + 1, name: '' });
      const rows = await database.rows(
        `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies FORCE INDEX (discrepancies_opens)
         WHERE is_resolved = 0 AND opens_at >= ?1 AND (opens_at, id) > (?1, ?2) AND (?4 IS NULL OR class = ?4)
         ORDER BY opens_at, id LIMIT ?3`,
        at,
        name,
        checkedLimit(limit) + 1,
        discrepancyClass,
      );
      return page(rows, limit, OPENS_AT);
    },
    listResolved: async (query) => {
      const discrepancyClass = query.class ?? null;
      return discrepancyClass === null
        ? latestSeen('discrepancies_seen', 'is_resolved = 1', query)
        : latestSeen('discrepancies_class_seen', 'is_resolved = 1 AND class = ?4', query, discrepancyClass);
    },
    listOfRun: async (query) => latestSeen('discrepancies_run', 'statement_run = ?4', query, query.run),
    find: async (id) => {
      const rows = await database.rows(`SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE id = ?`, id);
      return rows.map(readDiscrepancy)[0] ?? null;
    },
    ofOrder: async (outTradeNo) => {
      const rows = await database.rows(
        `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE out_trade_no = ? ORDER BY id`,
        outTradeNo,
      );
      return readEach(rows, readDiscrepancy);
    },
    resolve: async (ids, resolution) => resolveFindings(database, ids, resolution),
    countResolvedBy: async (who) =>
      count('SELECT COUNT(*) FROM discrepancies WHERE resolved_by = ? AND is_resolved = 1', who),
    countOpen: async (now) =>
      count(
        `SELECT COUNT(*) FROM discrepancies FORCE INDEX (discrepancies_opens)
         WHERE is_resolved = 0 AND opens_at <= ?`,
        now,
      ),
    countOpenByClass: async (now) => {
      const rows = await database.rows(
        `SELECT class, COUNT(*) FROM discrepancies FORCE INDEX (discrepancies_opens)
         WHERE is_resolved = 0 AND opens_at <= ? GROUP BY class`,
        now,
      );
      return discrepanciesByClass(rows);
    },
  };
}
