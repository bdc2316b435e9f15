import type { Refund, RefundSettlement } from '../../../model/refund';
import { line, reading } from '../../rows/columns';
import { NEW_REFUND_COLUMNS, newRefundValues, succeededAtValue } from '../../rows/refund-rows';
import type { Session } from '../base/database';
import { conflict } from '../base/errors';

/** Creates a refund. False, with nothing changed, when the number is taken. */
export function createRefund(session: Session, refund: Refund): Promise<boolean> {
  return session.insert(`INSERT INTO refunds (${NEW_REFUND_COLUMNS}) VALUES (?)`, newRefundValues(refund));
}

/** The conditional writes by which settlements change refunds, during one database transaction. */
export interface RefundChanges {
  /** True when the change may be made. */
  stands(change: RefundSettlement): boolean;
  /** Takes in a change that stands. */
  change(change: RefundSettlement): void;
  /** Writes what was taken in. When a refund was created meanwhile, everything is done again. */
  write(): Promise<void>;
}

/** Locks these refunds and reads their versions. */
export async function openRefundChanges(
  session: Session,
  changes: readonly RefundSettlement[],
): Promise<RefundChanges> {
  const rows =
    changes.length === 0
      ? []
      : await session.rows(
          'SELECT out_refund_no, version FROM refunds WHERE out_refund_no IN (?) ORDER BY out_refund_no FOR UPDATE',
          [...new Set(changes.map(numberOf))],
        );
  const versions = new Map<string, number>(
    rows.map((columns) => {
      const row = reading(columns);
      return [row.text(), row.integer()];
    }),
  );
  const taken: RefundSettlement[] = [];
  return {
    stands: (change) => {
      const version = versions.get(numberOf(change));
      return change.kind === 'create' ? version === undefined : version === change.expectedVersion;
    },
    change: (change) => {
      const version = change.kind === 'create' ? change.refund.version : change.expectedVersion + 1;
      versions.set(numberOf(change), version);
      taken.push(change);
    },
    write: async () => {
      for (const change of taken) await write(session, change);
    },
  };
}

async function write(session: Session, change: RefundSettlement): Promise<void> {
  switch (change.kind) {
    case 'create':
      if (!(await createRefund(session, change.refund))) throw conflict();
      return;
    case 'change': {
      const { outRefundNo, progress, entry } = change;
      await session.change(
        `UPDATE refunds SET version = version + 1, state = ?, succeeded_at = ?, progress = ?, history = CONCAT(history, ?)
         WHERE out_refund_no = ?`,
        progress.state,
        succeededAtValue(progress),
        JSON.stringify(progress),
        line(entry),
        outRefundNo,
      );
    }
  }
}

function numberOf(change: RefundSettlement): string {
  return change.kind === 'create' ? change.refund.outRefundNo : change.outRefundNo;
}
