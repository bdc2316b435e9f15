import type { DayCash } from '../../model/statement/cash';
import { isLeaseToken } from '../../model/lease';
import type { RunWork, StatementRun } from '../../model/statement/statement-run';
import { RUN_STATES } from '../../model/statement/statement-run';
import { isStatementRunId } from '../../model/statement/statement-run-id';
import { isSubMchId } from '../../values/ids';
import { isRecord } from '../../values/json';
import { trusted } from '../../values/trusted';
import type { Bindable, Columns } from './columns';
import { hasKind, line, reading } from './columns';
import type { Cursor } from './cursor';
import { storedDay } from './marks';
import { isHistoryLine } from './message-rows';

const STATES: ReadonlySet<string> = new Set(RUN_STATES);

const isWork = trusted<RunWork>((value) => hasKind(value, 'state', STATES));

const isDayCash = trusted<DayCash>((value) => isRecord(value) && typeof value['version'] === 'number');

/** The columns of a run that change, but for its cash, which `saveCash` alone writes. */
export const CHANGING_RUN_COLUMNS = `round, due_at, attempts, lease_token, lease_until, state, work, history, begun_again_at,
  refused_downloads`;

/** The values of `CHANGING_RUN_COLUMNS`. */
export function changingValues(run: StatementRun): readonly Bindable[] {
  return [
    run.round,
    run.dueAt,
    run.attempts,
    run.lease?.token ?? null,
    run.lease?.until ?? null,
    run.work.state,
    JSON.stringify(run.work),
    run.history.map(line).join(''),
    run.begunAgainAt,
    run.refusedDownloads,
  ];
}

/** The columns of a run's cash. */
export const CASH_COLUMNS = 'cash_version, cash';

/** The values of `CASH_COLUMNS`. */
export function cashValues(cash: DayCash | null): readonly Bindable[] {
  return cash === null ? [0, null] : [cash.version, JSON.stringify(cash)];
}

/** The columns `readRun` reads, in order. */
export const RUN_COLUMNS = `id, sub_mch_id, day, created_at, round, due_at, attempts, begun_again_at, refused_downloads,
  lease_token, lease_until, work, history, cash`;

/** A run from `RUN_COLUMNS`. */
export function readRun(columns: Columns): StatementRun {
  const row = reading(columns);
  const base = {
    id: row.as(isStatementRunId),
    subMchId: row.as(isSubMchId),
    day: storedDay(row.integer()),
    createdAt: row.instant(),
    round: row.integer(),
    dueAt: row.instant(),
    attempts: row.integer(),
    begunAgainAt: row.instantOrNull(),
    refusedDownloads: row.integer(),
  };
  const [token, until] = [row.asOrNull(isLeaseToken), row.instantOrNull()];
  return {
    ...base,
    lease: token === null || until === null ? null : { token, until },
    work: row.json(isWork),
    history: row.lines(isHistoryLine),
    cash: row.jsonOrNull(isDayCash),
  };
}

/** Where a row stands, from its columns, as no other column may be readable. */
export function placeOfRun(row: Columns): Cursor {
  return { at: Number(row[2]), name: String(row[0]) };
}
