import type { MoneyMode } from '../../../model/money-mode';
import { StoreError } from '../../errors';
import { reading } from '../../rows/columns';
import type { Database } from './database';

/**
 * Records whether the money in this database is simulated, the first time it is known.
 *
 * Failure policy: fail closed. Rejects with `StoreError` `misconfigured` when the database holds
 * the other kind: simulated payments among real books would be fulfilled, and real orders would be
 * queried at a simulator that knows none of them.
 */
export async function claimForMoney(database: Database, mode: MoneyMode): Promise<void> {
  if (await database.insert('INSERT INTO money_mode (one, mode) VALUES (1, ?)', mode)) return;
  const [row] = await database.rows('SELECT mode FROM money_mode WHERE one = 1');
  if (reading(row ?? []).text() === mode) return;
  throw new StoreError(
    'misconfigured',
    mode === 'real'
      ? 'this database holds simulated money: set DATABASE_URL to a new database for real money, or simulator.enabled to true'
      : 'this database holds real money: set DATABASE_URL to another database for simulated money, or simulator.enabled to false',
  );
}
