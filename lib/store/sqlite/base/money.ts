import type { MoneyMode } from '../../../model/money-mode';
import { StoreError } from '../../errors';
import { reading } from '../../rows/columns';
import type { Connection } from './connection';

/**
 * Records whether the money in this database is simulated, the first time it is known.
 *
 * Failure policy: fail closed. Throws `StoreError` `misconfigured` when the database holds the
 * other kind: simulated payments among real books would be fulfilled, and real orders would be
 * queried at a simulator that knows none of them.
 */
export function claimForMoney(connection: Connection, mode: MoneyMode): void {
  connection.transaction(() => {
    const [row] = connection.prepare('SELECT mode FROM money_mode').all();
    if (row === undefined) {
      connection.prepare('INSERT INTO money_mode (one, mode) VALUES (1, ?)').run(mode);
      return;
    }
    const held = reading(row).text();
    if (held === mode) return;
    throw new StoreError(
      'misconfigured',
      mode === 'real'
        ? 'this data holds simulated money: set DATA_DIR to a new folder for real money, or simulator.enabled to true'
        : 'this data holds real money: set DATA_DIR to another folder for simulated money, or simulator.enabled to false',
    );
  });
}
