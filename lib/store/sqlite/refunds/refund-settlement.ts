import type { Refund, RefundSettlement } from '../../../model/refund';
import { line } from '../../rows/columns';
import type { Connection } from '../base/connection';
import { NEW_REFUND_COLUMNS, newRefundValues, succeededAtValue } from '../../rows/refund-rows';

/** Prepares creating a refund. It returns false, with nothing changed, when the number is taken. */
export function prepareRefundCreate(connection: Connection): (refund: Refund) => boolean {
  const insert = connection.prepare(
    `INSERT INTO refunds (${NEW_REFUND_COLUMNS})
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (out_refund_no) DO NOTHING`,
  );
  return (refund) => insert.run(...newRefundValues(refund)) === 1;
}

/** The writes of settling a refund, inside its transaction. */
export interface RefundWrites {
  /** True when `write` will succeed: nothing else writes in between. */
  readonly stands: (change: RefundSettlement) => boolean;
  /** The conditional write. It returns false, with nothing changed, when it is refused. */
  readonly write: (change: RefundSettlement) => boolean;
}

/** Prepares the writes. */
export function prepareRefundWrites(connection: Connection): RefundWrites {
  const create = prepareRefundCreate(connection);
  const version = connection.prepare('SELECT version FROM refunds WHERE out_refund_no = ?');
  const update = connection.prepare(
    `UPDATE refunds SET version = version + 1, state = ?3, succeeded_at = ?4, progress = ?5, history = history || ?6
     WHERE out_refund_no = ?1 AND version = ?2`,
  );
  return {
    stands: (change) => {
      const number = change.kind === 'create' ? change.refund.outRefundNo : change.outRefundNo;
      const standing = version.all(number)[0]?.[0];
      return change.kind === 'create' ? standing === undefined : standing === change.expectedVersion;
    },
    write: (change) => {
      switch (change.kind) {
        case 'create':
          return create(change.refund);
        case 'change': {
          const { outRefundNo, expectedVersion, progress, entry } = change;
          const values = [progress.state, succeededAtValue(progress), JSON.stringify(progress), line(entry)];
          return update.run(outRefundNo, expectedVersion, ...values) === 1;
        }
      }
    },
  };
}
