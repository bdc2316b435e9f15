import type { StatementRun } from '../../../model/statement/statement-run';
import { RUN_STATES } from '../../../model/statement/statement-run';
import { begunAgain } from '../../history';
import { reading } from '../../rows/columns';
import type { Cursor } from '../../rows/cursor';
import { checkedLimit, pageOf, readCursor } from '../../rows/cursor';
import { dayNumber, storedDay } from '../../rows/marks';
import { CASH_COLUMNS, cashValues, CHANGING_RUN_COLUMNS, changingValues } from '../../rows/run-rows';
import { placeOfRun, readRun, RUN_COLUMNS } from '../../rows/run-rows';
import { readEach } from '../../rows/unreadable';
import type { StatementRuns } from '../../ports/statement-runs-port';
import type { Database } from '../base/database';
import { isFree, leaseEnd } from '../base/database';
import { listedPage, rawRows } from '../base/unreadable';

const FIND = `SELECT ${RUN_COLUMNS} FROM statement_runs WHERE id = ?`;

/** Assigns `changingValues`, which are `?2` to `?11`; a lease ends by the database's clock. */
function assignments(leaseUntil: string): string {
  return CHANGING_RUN_COLUMNS.split(/,\s*/)
    .map((column, n) => (column === 'lease_until' ? `lease_until = ${leaseUntil}` : `${column} = ?${n + 2}`))
    .join(', ');
}

/** The states of a run that is not done. */
const OPEN = RUN_STATES.filter((state) => state !== 'done');

/** The statement runs in MySQL. */
export function mysqlStatementRuns(database: Database): StatementRuns {
  const raw = rawRows(database, { tables: ['statement_runs'], from: 'statement_runs', name: 'id' });
  const find: StatementRuns['find'] = async (id) => (await database.rows(FIND, id)).map(readRun)[0] ?? null;
  return {
    open: async (run) => {
      const inserted = await database.insert(
        `INSERT INTO statement_runs (id, sub_mch_id, day, created_at, ${CHANGING_RUN_COLUMNS}, ${CASH_COLUMNS}) VALUES ?`,
        [
          [
            run.id,
            run.subMchId,
            dayNumber(run.day),
            run.createdAt,
            ...changingValues(run),
            ...cashValues(run.cash),
          ],
        ],
      );
      return inserted ? 'created' : 'exists';
    },
    isDue: async (now) => {
      const [due] = await database.rows(
        `SELECT 1 FROM statement_runs FORCE INDEX (statement_runs_open)
         WHERE state IN (?2) AND due_at <= ?1 AND ${isFree(database, now)} LIMIT 1`,
        now,
        OPEN,
      );
      return due !== undefined;
    },
    claim: async (request) => claim(database, request),
    save: async (token, now, run) => {
      const until = run.lease === null ? 'NULL' : leaseEnd(database, now, run.lease.until);
      const changed = await database.change(
        `UPDATE statement_runs SET ${assignments(until)}
         WHERE id = ?1 AND lease_token = ?12 AND lease_until > ${database.leaseNow(now)}`,
        run.id,
        ...changingValues(run),
        token,
      );
      return changed === 1;
    },
    saveCash: async (id, expected, cash) => {
      const [version, text] = cashValues(cash);
      const changed = await database.change(
        'UPDATE statement_runs SET cash_version = ?, cash = ? WHERE id = ? AND cash_version = ?',
        version ?? 0,
        text ?? null,
        id,
        expected,
      );
      return changed === 1;
    },
    again: async (id, who, now, given) =>
      database.transaction(async (session) => {
        const [run] = (await session.rows(`${FIND} FOR UPDATE`, id)).map(readRun);
        if (run?.work.state !== 'done') return null;
        const next = begunAgain(run, who, now, given);
        const changed = await session.change(
          `UPDATE statement_runs SET ${assignments('NULL')} WHERE id = ?1`,
          id,
          ...changingValues(next),
        );
        return changed === 1 ? next.round : null;
      }),
    find,
    daysOf: async (subMchId, from) => {
      const rows = await database.rows(
        'SELECT day FROM statement_runs WHERE sub_mch_id = ? AND day >= ? ORDER BY day',
        subMchId,
        dayNumber(from),
      );
      return rows.map((columns) => storedDay(reading(columns).integer()));
    },
    list: async ({ after, limit }) => {
      const { at, name } = readCursor(after);
      const rows = await database.rows(
        `SELECT ${RUN_COLUMNS} FROM statement_runs FORCE INDEX (statement_runs_days)
         WHERE day <= ?1 AND (day, id) < (?1, ?2) ORDER BY day DESC, id DESC LIMIT ?3`,
        at,
        name,
        checkedLimit(limit) + 1,
      );
      return listedPage(rows, limit, readRun, raw, placeOfRun);
    },
    doneBefore: async ({ before, after, limit }) => {
      const { at, name } = readCursor(after, { at: 0, name: '' });
      const rows = await database.rows(
        `SELECT ${RUN_COLUMNS} FROM statement_runs FORCE INDEX (statement_runs_open)
         WHERE state = 'done' AND day < ?1 AND day >= ?2 AND (day, id) > (?2, ?3) ORDER BY day, id LIMIT ?4`,
        dayNumber(before),
        at,
        name,
        checkedLimit(limit) + 1,
      );
      const { items, next } = pageOf(rows, limit, placeOfRun);
      return { items: readEach(items, readRun), next };
    },
    remove: async (id, round) =>
      (await database.change(
        `DELETE FROM statement_runs WHERE id = ? AND round = ? AND state = 'done'`,
        id,
        round,
      )) === 1,
  };
}

/** How many due runs a claim reads at once. It reads on only when none of them can be claimed. */
const CANDIDATES = 20;

/**
 * Leases by a conditional update, and reads the run once it is leased. Runs are few, so waiting for
 * no lock matters less than working on every server.
 *
 * Failure policy: fail open. A run whose row cannot be read is not claimed: the other days must not
 * wait for it.
 */
async function claim(
  database: Database,
  { token, now, leaseUntil }: Parameters<StatementRuns['claim']>[0],
): Promise<StatementRun | null> {
  const free = `due_at <= ?1 AND ${isFree(database, now)}`;
  let after: Cursor = { at: 0, name: '' };
  for (;;) {
    const rows = await database.rows(
      `SELECT ${RUN_COLUMNS} FROM statement_runs FORCE INDEX (statement_runs_open)
       WHERE state IN (?4) AND ${free} AND (day, id) > (?2, ?3) ORDER BY day, id LIMIT ${CANDIDATES}`,
      now,
      after.at,
      after.name,
      OPEN,
    );
    for (const { id } of readEach(rows, readRun)) {
      const leased = await database.change(
        `UPDATE statement_runs SET attempts = attempts + 1, lease_token = ?2,
           lease_until = ${leaseEnd(database, now, leaseUntil)}
         WHERE id = ?3 AND state IN (?4) AND ${free}`,
        now,
        token,
        id,
        OPEN,
      );
      if (leased === 0) continue;
      const [run] = readEach(await database.rows(FIND, id), readRun);
      if (run !== undefined) return { ...run, lease: { token, until: leaseUntil } };
    }
    const last = rows.at(-1);
    if (last === undefined) return null;
    after = placeOfRun(last);
  }
}
