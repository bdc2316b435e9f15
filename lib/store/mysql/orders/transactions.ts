import type { OutTradeNo, TransactionId } from '../../../values/ids';
import { reading } from '../../rows/columns';
import type { Session } from '../base/database';
import { conflict } from '../base/errors';

/** Which order has which transaction, during one database transaction. */
export interface Transactions {
  /** True for a transaction of another order. */
  isOthers(transactionId: TransactionId, outTradeNo: OutTradeNo): boolean;
  take(transactionId: TransactionId, outTradeNo: OutTradeNo): void;
  /** Writes what was taken. When another order took one meanwhile, everything is done again. */
  write(): Promise<void>;
}

/** Reads who has these transactions. */
export async function openTransactions(
  session: Session,
  ids: readonly TransactionId[],
): Promise<Transactions> {
  // An assignment never changes, so no lock is needed: only new ones can come in between.
  const rows =
    ids.length === 0
      ? []
      : await session.rows(
          'SELECT transaction_id, out_trade_no FROM transactions WHERE transaction_id IN (?)',
          ids,
        );
  const owners = new Map<string, string>(
    rows.map((columns) => {
      const row = reading(columns);
      return [row.text(), row.text()];
    }),
  );
  const taken: (readonly [TransactionId, OutTradeNo])[] = [];
  return {
    isOthers: (transactionId, outTradeNo) => (owners.get(transactionId) ?? outTradeNo) !== outTradeNo,
    take: (transactionId, outTradeNo) => {
      if (owners.has(transactionId)) return;
      owners.set(transactionId, outTradeNo);
      taken.push([transactionId, outTradeNo]);
    },
    write: async () => {
      if (taken.length === 0) return;
      const sorted = [...taken].sort(([a], [b]) => (a < b ? -1 : 1));
      const isWritten = await session.insert(
        'INSERT INTO transactions (transaction_id, out_trade_no) VALUES ?',
        sorted,
      );
      if (!isWritten) throw conflict();
    },
  };
}
