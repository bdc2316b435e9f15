import { begunAgain } from '../../history';
import type { StatementRuns } from '../../ports/statement-runs-port';
import type { StatementRun } from '../../../model/statement/statement-run';
import { reading } from '../../rows/columns';
import type { Connection } from '../base/connection';
import { checkedLimit, pageOf, readCursor, type Cursor } from '../../rows/cursor';
import type { GroupCommit } from '../commits/group-commit';
import { dayNumber, storedDay } from '../../rows/marks';
import { CASH_COLUMNS, cashValues, CHANGING_RUN_COLUMNS, changingValues } from '../../rows/run-rows';
import { placeOfRun, readRun, RUN_COLUMNS } from '../../rows/run-rows';
import { listedPage, prepareRaw } from '../base/unreadable';
import { readEach } from '../../rows/unreadable';

/** The statement runs in SQLite. */
export function sqliteStatementRuns(connection: Connection, commits: GroupCommit): StatementRuns {
  const claim = prepareClaim(connection);
  const isDue = connection.prepare(`SELECT 1 FROM statement_runs WHERE ${DUE} LIMIT 1`);
  const insert = connection.prepare(
    `INSERT INTO statement_runs (id, sub_mch_id, day, created_at, ${CHANGING_RUN_COLUMNS}, ${CASH_COLUMNS})
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const save = connection.prepare(
    `UPDATE statement_runs SET (${CHANGING_RUN_COLUMNS}) = (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
     WHERE id = ?1 AND lease_token = ?2 AND lease_until > ?3`,
  );
  const saveCash = connection.prepare(
    `UPDATE statement_runs SET (${CASH_COLUMNS}) = (?3, ?4) WHERE id = ?1 AND cash_version = ?2`,
  );
  const begin = connection.prepare(
    `UPDATE statement_runs SET (${CHANGING_RUN_COLUMNS}) = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) WHERE id = ?1`,
  );
  const find = connection.prepare(`SELECT ${RUN_COLUMNS} FROM statement_runs WHERE id = ?`);
  const daysOf = connection.prepare(
    'SELECT day FROM statement_runs WHERE sub_mch_id = ? AND day >= ? ORDER BY day',
  );
  const list = connection.prepare(
    `SELECT ${RUN_COLUMNS} FROM statement_runs WHERE (day, id) < (?, ?) ORDER BY day DESC, id DESC LIMIT ?`,
  );
  const old = connection.prepare(
    `SELECT ${RUN_COLUMNS} FROM statement_runs WHERE day < ? AND (day, id) > (?, ?) AND state = 'done' ORDER BY day, id LIMIT ?`,
  );
  const raw = prepareRaw(connection, { tables: ['statement_runs'], from: 'statement_runs', name: 'id' });
  const remove = connection.prepare(
    `DELETE FROM statement_runs WHERE id = ? AND round = ? AND state = 'done'`,
  );

  return {
    open: async (run) => {
      const values = [
        run.id,
        run.subMchId,
        dayNumber(run.day),
        run.createdAt,
        ...changingValues(run),
        ...cashValues(run.cash),
      ];
      return commits.write(() => (insert.run(...values) === 1 ? 'created' : 'exists'));
    },
    isDue: async (now) => isDue.all(now).length > 0,
    claim: async (request) => commits.write(() => claim(request)),
    save: async (token, now, run) => {
      const values = changingValues(run);
      return commits.write(() => save.run(run.id, token, now, ...values) === 1);
    },
    saveCash: async (id, expected, cash) =>
      commits.write(() => saveCash.run(id, expected, ...cashValues(cash)) === 1),
    again: async (id, who, now, given) =>
      commits.write(() => {
        const [run] = find.all(id).map(readRun);
        if (run?.work.state !== 'done') return null;
        const next = begunAgain(run, who, now, given);
        return begin.run(id, ...changingValues(next)) === 1 ? next.round : null;
      }),
    find: async (id) => find.all(id).map(readRun)[0] ?? null,
    daysOf: async (subMchId, from) =>
      daysOf.all(subMchId, dayNumber(from)).map((columns) => storedDay(reading(columns).integer())),
    list: async ({ after, limit }) => {
      const { at, name } = readCursor(after);
      return listedPage(list.all(at, name, checkedLimit(limit) + 1), limit, readRun, raw, placeOfRun);
    },
    doneBefore: async ({ before, after, limit }) => {
      const { at, name } = readCursor(after, { at: 0, name: '' });
      const rows = old.all(dayNumber(before), at, name, checkedLimit(limit) + 1);
      const { items, next } = pageOf(rows, limit, placeOfRun);
      return { items: readEach(items, readRun), next };
    },
    remove: async (id, round) => commits.write(() => remove.run(id, round) === 1),
  };
}

/** What can be claimed at `?1`. */
const DUE = `state <> 'done' AND due_at <= ?1 AND (lease_until IS NULL OR lease_until <= ?1)`;

/** How many due runs a claim reads at once. It reads on only when none of them can be read. */
const CANDIDATES = 20;

/**
 * Failure policy: fail open. A run whose row cannot be read is not claimed: the other days must not
 * wait for it.
 */
function prepareClaim(
  connection: Connection,
): (request: Parameters<StatementRuns['claim']>[0]) => StatementRun | null {
  const due = connection.prepare(
    `SELECT ${RUN_COLUMNS} FROM statement_runs WHERE ${DUE} AND (day, id) > (?2, ?3)
     ORDER BY day, id LIMIT ${CANDIDATES}`,
  );
  const lease = connection.prepare(
    'UPDATE statement_runs SET attempts = attempts + 1, lease_token = ?2, lease_until = ?3 WHERE id = ?1',
  );
  return ({ token, now, leaseUntil }) => {
    let after: Cursor = { at: 0, name: '' };
    for (;;) {
      const rows = due.all(now, after.at, after.name);
      const [run] = readEach(rows, readRun);
      if (run !== undefined) {
        lease.run(run.id, token, leaseUntil);
        return { ...run, attempts: run.attempts + 1, lease: { token, until: leaseUntil } };
      }
      const last = rows.at(-1);
      if (last === undefined) return null;
      after = placeOfRun(last);
    }
  };
}
