/**
 * A discrepancy names the run that showed it and not just the day, so that each of several
 * merchants has its own list. Discrepancies of a day with one run get its id; for the others the
 * run is unknown.
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
