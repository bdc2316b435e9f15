import type { Orders } from '../../orders-port';
import type { Database } from '../base/database';
import { unbuilt } from '../base/unbuilt';

/** What statement runs read and mark. */
export type Ledger = Pick<Orders, 'ledger' | 'agree' | 'markStatement' | 'absent' | 'firstCreatedAt'>;

/** The ledger of the orders in MySQL. */
export function mysqlLedger(_database: Database): Ledger {
  return {
    ledger: unbuilt,
    agree: unbuilt,
    markStatement: unbuilt,
    absent: unbuilt,
    firstCreatedAt: unbuilt,
  };
}
