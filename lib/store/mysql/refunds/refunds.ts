import type { Refunds } from '../../refunds-port';
import type { Database } from '../base/database';
import { unbuilt } from '../base/unbuilt';

/** The refunds in MySQL. */
export function mysqlRefunds(_database: Database): Refunds {
  return {
    create: unbuilt,
    find: unbuilt,
    ofOrder: unbuilt,
    note: unbuilt,
    claimAsks: unbuilt,
    markStatement: unbuilt,
    absent: unbuilt,
    list: unbuilt,
    raw: unbuilt,
    counts: unbuilt,
  };
}
