import { z } from 'zod';
import type { StatementRun } from '../../../model/statement-run';
import type { StatementRunId } from '../../../model/statement-run-id';
import { isStatementRunId } from '../../../model/statement-run-id';
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
});

/** Reads a run. Throws `StoreError` `invalid`. */
export function readRun(document: Fields): StatementRun {
  const stored = readDocument(run, 'wxpay_statement_runs', document);
  const { _id: id, leaseToken, leaseUntil, ...rest } = withRunState(stored);
  return { id, ...rest, lease: leaseToken === null ? null : { token: leaseToken, until: leaseUntil } };
}

/**
 * A run as it is stored. `state` repeats `work` for an index, and `dayBegins` repeats `day`,
 * because lists are sorted by an instant.
 */
export function runDocument(of: StatementRun): Fields {
  const { id, day, subMchId, createdAt } = of;
  return { _id: id, subMchId, day, dayBegins: startOf(day), createdAt, writes: 0, ...progressOf(of) };
}

/** The fields of a run that change. */
export function progressOf(of: StatementRun): Fields {
  const { round, dueAt, attempts, begunAgainAt, refusedDownloads, lease, work, history } = of;
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
