import type { Discrepancies } from '../../discrepancies-port';
import type { Database } from '../base/database';
import { unbuilt } from '../base/unbuilt';

/** The discrepancies in MySQL. */
export function mysqlDiscrepancies(_database: Database): Discrepancies {
  return {
    see: unbuilt,
    listOpen: unbuilt,
    listUnresolved: unbuilt,
    listCarriedOver: unbuilt,
    listResolved: unbuilt,
    listOfRun: unbuilt,
    find: unbuilt,
    ofOrder: unbuilt,
    resolve: unbuilt,
    countResolvedBy: unbuilt,
    countOpen: unbuilt,
    countOpenByClass: unbuilt,
  };
}
