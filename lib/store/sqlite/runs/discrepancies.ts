import type { Discrepancy, DiscrepancyId, Resolution } from '../../../model/discrepancy';
import { orderOfDiscrepancy } from '../../../model/discrepancy';
import type { Discrepancies } from '../../ports/discrepancies-port';
import { reading } from '../../rows/columns';
import type { Connection, Statement } from '../base/connection';
import type { Bindable, Columns } from '../../rows/columns';
import { discrepanciesByClass } from '../../rows/counts';
import { checkedLimit, readCursor } from '../../rows/cursor';
import type { GroupCommit } from '../commits/group-commit';
import { DISCREPANCY_COLUMNS, LAST_SEEN_AT, OPENS_AT, readDiscrepancy } from '../../rows/discrepancy-rows';
import { listedPage, prepareRaw } from '../base/unreadable';
import { readEach } from '../../rows/unreadable';

/** The writes of settling discrepancies, inside its transaction. */
export interface Findings {
  /** As `Discrepancies.see`. */
  see(all: readonly Discrepancy[]): void;
  /** Resolves the unresolved ones among these, and returns how many. */
  resolve(ids: readonly DiscrepancyId[], resolution: Resolution): number;
}

/** Prepares the writes. */
export function prepareFindings(connection: Connection): Findings {
  const insert = connection.prepare(
    `INSERT INTO discrepancies (${DISCREPANCY_COLUMNS}, out_trade_no) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET last_seen_at = max(last_seen_at, excluded.last_seen_at),
       finding = CASE WHEN excluded.finding ->> '$.statementRun' IS NULL THEN finding
         ELSE json_set(finding, '$.statementRun', excluded.finding ->> '$.statementRun') END`,
  );
  const end = connection.prepare(
    'UPDATE discrepancies SET resolution = ?2 WHERE id = ?1 AND resolution IS NULL',
  );
  return {
    see: (all) => {
      for (const { id, class: discrepancyClass, opensAt, lastSeenAt, resolution, ...finding } of all) {
        const ended = resolution === null ? null : JSON.stringify(resolution);
        const order = orderOfDiscrepancy(finding);
        insert.run(id, discrepancyClass, opensAt, lastSeenAt, JSON.stringify(finding), ended, order);
      }
    },
    resolve: (ids, resolution) =>
      ids.reduce((count, id) => count + end.run(id, JSON.stringify(resolution)), 0),
  };
}

/** The discrepancies in SQLite. */
export function sqliteDiscrepancies(connection: Connection, commits: GroupCommit): Discrepancies {
  const findings = prepareFindings(connection);
  const unresolvedOf = (index: string, having: string) =>
    connection.prepare(
      `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies INDEXED BY ${index}
       WHERE resolution IS NULL AND opens_at <= ?1 AND ${having}
         AND last_seen_at <= ?2 AND (last_seen_at, id) < (?2, ?3)
       ORDER BY last_seen_at DESC, id DESC LIMIT ?4`,
    );
  const unresolved = {
    all: unresolvedOf('discrepancies_seen', '?5 IS NULL'),
    ofClass: unresolvedOf('discrepancies_class_seen', 'class = ?5'),
  };
  // Few discrepancies are ever carried over, so those of one class are filtered from all of them.
  const carriedOver = connection.prepare(
    `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies INDEXED BY discrepancies_carried
     WHERE resolution IS NULL AND opens_at >= ?1 AND (opens_at, id) > (?1, ?2) AND (?4 IS NULL OR class = ?4)
     ORDER BY opens_at, id LIMIT ?3`,
  );
  const ofOrder = connection.prepare(
    `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE out_trade_no = ? ORDER BY id`,
  );
  const countByClass = connection.prepare(
    `SELECT class, count(*) FROM discrepancies INDEXED BY discrepancies_opens
     WHERE resolution IS NULL AND opens_at <= ? GROUP BY class`,
  );
  const countEndedBy = connection.prepare(
    `SELECT count(*) FROM discrepancies WHERE resolution IS NOT NULL AND resolution ->> '$.who' = ?`,
  );
  const count = connection.prepare(
    'SELECT count(*) FROM discrepancies INDEXED BY discrepancies_opens WHERE resolution IS NULL AND opens_at <= ?',
  );

  const resolvedOf = (index: string, having: string) =>
    connection.prepare(
      `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies INDEXED BY ${index}
       WHERE resolution IS NOT NULL AND ${having} AND last_seen_at <= ?2 AND (last_seen_at, id) < (?2, ?3)
       ORDER BY last_seen_at DESC, id DESC LIMIT ?4`,
    );
  const resolved = {
    all: resolvedOf('discrepancies_resolved', '?1 IS NULL'),
    ofClass: resolvedOf('discrepancies_class_resolved', 'class = ?1'),
  };
  const ofRun = connection.prepare(
    `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies INDEXED BY discrepancies_run
     WHERE finding ->> '$.statementRun' = ?1 AND last_seen_at <= ?2 AND (last_seen_at, id) < (?2, ?3)
     ORDER BY last_seen_at DESC, id DESC LIMIT ?4`,
  );
  const find = connection.prepare(`SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE id = ?`);

  const raw = prepareRaw(connection, { tables: ['discrepancies'], from: 'discrepancies', name: 'id' });

  // Where each row stands is read from its columns, as no other column may be readable.
  const page = (rows: readonly Columns[], limit: number, sortedBy: number) =>
    listedPage(rows, limit, readDiscrepancy, raw, (row) => ({
      at: Number(row[sortedBy]),
      name: String(row[0]),
    }));
  const pageFrom = (
    statement: Statement,
    first: Bindable,
    { after, limit }: { readonly after: string | null; readonly limit: number },
    ...more: readonly Bindable[]
  ) => {
    const { at, name } = readCursor(after);
    return page(statement.all(first, at, name, checkedLimit(limit) + 1, ...more), limit, LAST_SEEN_AT);
  };

  return {
    see: async (found) => {
      if (found.length > 0) await commits.write(() => findings.see(found));
    },
    listOpen: async (query) => {
      const discrepancyClass = query.class ?? null;
      return pageFrom(
        discrepancyClass === null ? unresolved.all : unresolved.ofClass,
        query.now,
        query,
        discrepancyClass,
      );
    },
    listUnresolved: async (query) => pageFrom(unresolved.all, Number.MAX_SAFE_INTEGER, query, null),
    listCarriedOver: async ({ now, class: discrepancyClass = null, after, limit }) => {
      const { at, name } = readCursor(after, { at: now + 1, name: '' });
      return page(carriedOver.all(at, name, checkedLimit(limit) + 1, discrepancyClass), limit, OPENS_AT);
    },
    listResolved: async (query) => {
      const discrepancyClass = query.class ?? null;
      return pageFrom(discrepancyClass === null ? resolved.all : resolved.ofClass, discrepancyClass, query);
    },
    listOfRun: async (query) => pageFrom(ofRun, query.run, query),
    find: async (id) => find.all(id).map(readDiscrepancy)[0] ?? null,
    ofOrder: async (outTradeNo) => readEach(ofOrder.all(outTradeNo), readDiscrepancy),
    resolve: async (ids, resolution) => commits.write(() => findings.resolve(ids, resolution)),
    countResolvedBy: async (who) => reading(countEndedBy.all(who)[0] ?? []).integer(),
    countOpen: async (now) => reading(count.all(now)[0] ?? []).integer(),
    countOpenByClass: async (now) => discrepanciesByClass(countByClass.all(now)),
  };
}
