import type { StatementRuns } from '../../statement-runs-port';
import type { Database } from '../base/database';
import { unbuilt } from '../base/unbuilt';

/** The statement runs in MySQL. */
export function mysqlStatementRuns(_database: Database): StatementRuns {
  return {
    open: unbuilt,
    claim: unbuilt,
    save: unbuilt,
    again: unbuilt,
    find: unbuilt,
    daysOf: unbuilt,
    list: unbuilt,
    doneBefore: unbuilt,
    remove: unbuilt,
  };
}
