/**
 * A discrepancy names the run that showed it, and no longer only the day: of several merchants each has its own list. Those of a day
 * that had one run get its name; of others nobody knows any more.
 */
export const discrepanciesOfRuns: readonly string[] = [
  'DROP INDEX discrepancies_day',
  `UPDATE discrepancies SET finding = json_set(
     json_remove(finding, '$.statementDay'), '$.statementRun',
     (SELECT min(id) FROM statement_runs
      WHERE substr(id, instr(id, ':') + 1) = discrepancies.finding ->> '$.statementDay' HAVING count(*) = 1))`,
  `CREATE INDEX discrepancies_run ON discrepancies (finding ->> '$.statementRun', last_seen_at, id)
   WHERE finding ->> '$.statementRun' IS NOT NULL`,
];
