import type { StatementRow } from '../../bill/row';
import type { CashTrade } from '../../model/statement/cash';

/** What a row of a trade bill says the account should move; null for a state that is not known. */
export function cashTradeOf(row: StatementRow): CashTrade | null {
  const { line, tradedAt, transactionId, outTradeNo, fee } = row;
  const common = { line, tradedAt, transactionId, outTradeNo, outRefundNo: null, fee };
  switch (row.kind) {
    case 'payment':
      return {
        ...common,
        kind: 'payment',
        refundId: null,
        gross: row.total,
        settled: row.settled,
      };
    case 'refund':
      return {
        ...common,
        kind: 'refund',
        tradedAt: row.requestedAt ?? tradedAt,
        outRefundNo: row.outRefundNo,
        refundId: row.refundId,
        gross: row.asked,
        settled: row.refunded,
      };
    case 'revoked':
      return {
        ...common,
        kind: 'revoked',
        refundId: null,
        gross: row.refunded,
        settled: row.refunded,
      };
    case 'other':
      return null;
  }
}
