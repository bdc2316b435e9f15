import { z } from 'zod';
import type { DayCash } from '../../../model/statement/cash';
import type { StatementRun } from '../../../model/statement/statement-run';
import type { StatementRunId } from '../../../model/statement/statement-run-id';
import { isStatementRunId } from '../../../model/statement/statement-run-id';
import { startOf } from '../../../values/day';
import type { Fields } from '../base/database';
import {
  countField,
  dayField,
  historyField,
  instantField,
  leaseTokenField,
  readDocument,
  subMchIdField,
} from '../base/documents';
import { withRunState } from '../base/earlier-documents';
import { cashField } from './day-cash';
import { workField } from './run-work';

const run = z.object({
  _id: z.custom<StatementRunId>(isStatementRunId),
  subMchId: subMchIdField,
  day: dayField,
  round: countField,
  createdAt: instantField,
  dueAt: instantField,
  attempts: countField,
  // Absent from what earlier versions wrote.
  begunAgainAt: instantField.nullish(),
  refusedDownloads: countField.exactOptional(),
  leaseToken: leaseTokenField,
  leaseUntil: instantField,
  work: workField,
  history: historyField,
  // Absent until a fund-flow bill was looked for.
  cash: cashField.exactOptional(),
});

/** Reads a run. Throws `StoreError` `invalid`. */
export function readRun(document: Fields): StatementRun {
  const stored = readDocument(run, 'wxpay_statement_runs', document);
  const { _id: id, leaseToken, leaseUntil, cash = null, ...rest } = withRunState(stored);
  return { id, ...rest, cash, lease: leaseToken === null ? null : { token: leaseToken, until: leaseUntil } };
}

/**
 * A run as it is stored. `state` repeats `work` for an index, and `dayBegins` repeats `day`,
 * because lists are sorted by an instant.
 */
export function runDocument(run: StatementRun): Fields {
  const { id, day, subMchId, createdAt, cash } = run;
  const kept = cash === null ? {} : cashFields(cash);
  return {
    _id: id,
    subMchId,
    day,
    dayBegins: startOf(day),
    createdAt,
    writes: 0,
    ...progressOf(run),
    ...kept,
  };
}

/** The fields of a run's cash. */
export function cashFields(cash: DayCash): Fields {
  return { hasCash: true, cashVersion: cash.version, cash: JSON.stringify(cash) };
}

/** The fields of a run that change, but for its cash. */
export function progressOf(run: StatementRun): Fields {
  const { round, dueAt, attempts, begunAgainAt, refusedDownloads, lease, work, history } = run;
  return {
    round,
    dueAt,
    attempts,
    begunAgainAt,
    refusedDownloads,
    leaseToken: lease?.token ?? null,
    leaseUntil: lease?.until ?? 0,
    state: work.state,
    work: JSON.stringify(work),
    history: [...history],
  };
}
