import type { CashItem, DayCash } from '../../model/statement/cash';
import type { DiscrepancyClass, DiscrepancySubject } from '../../model/discrepancy';
import type { StatementRun } from '../../model/statement/statement-run';
import { CASH_ACCOUNTS } from '../../values/cash-account';
import { fen } from '../../values/fen';
import { isOutRefundNo, isTransactionId } from '../../values/ids';
import type { FoundDiscrepancy } from '../run/run-context';

/**
 * The discrepancies of a day's cash. `ours` is what the trade bill says the account should move,
 * `theirs` what it did. A trade has its own; movements of no trade, whose order nobody knows, are
 * one of the day. Trades beyond the items that a proof lists have none. Pure.
 */
export function foundInCash(
  { subMchId, day }: Pick<StatementRun, 'subMchId' | 'day'>,
  { accounts, proof }: Pick<DayCash, 'accounts' | 'proof'>,
): readonly FoundDiscrepancy[] {
  const subject = { kind: 'statement', subMchId, day } as const;
  const ofDay = (
    discrepancyClass: DiscrepancyClass,
    theirs: FoundDiscrepancy['theirs'],
    amount = 0,
  ): FoundDiscrepancy => ({
    class: discrepancyClass,
    subject,
    ours: null,
    theirs,
    amount,
    difference: amount,
  });
  const files = CASH_ACCOUNTS.flatMap((account) => {
    const file = accounts[account];
    if (file?.state === 'missing') return [ofDay('fund_flow_missing', { account, detail: file.detail })];
    return file?.state === 'refused'
      ? [ofDay('fund_flow_invalid', { account, detail: file.detail, sha256: file.file.sha256 })]
      : [];
  });
  if (proof === null) return files;
  const trades = proof.items.flatMap((item) => ofTrade(item));
  const alone = proof.buckets.without_trade;
  const unexplained =
    alone.count === 0
      ? []
      : [ofDay('cash_unexplained', { rows: String(alone.count), amount: alone.sum }, alone.sum)];
  const gaps = proof.gaps.map(({ account, before, after }) => ({
    ...ofDay('balance_gap', { account, amount: after }, after - before),
    ours: before,
  }));
  return [...files, ...trades, ...unexplained, ...gaps];
}

function ofTrade(item: CashItem): readonly FoundDiscrepancy[] {
  const discrepancyClass = classOf(item);
  const subject = subjectOf(item);
  if (discrepancyClass === null || subject === null) return [];
  const { bucket, expected, booked } = item;
  return [
    {
      class: discrepancyClass,
      subject,
      ours: bucket === 'in_doubt' ? null : expected,
      theirs: booked,
      amount: booked,
      difference: fen(booked - expected),
    },
  ];
}

function classOf({ bucket }: CashItem): DiscrepancyClass | null {
  switch (bucket) {
    case 'differs':
    case 'in_doubt':
      return 'cash_mismatch';
    case 'not_booked':
      return 'cash_missing';
    case 'without_trade':
    case 'booked':
    case 'cut_off':
    case 'nothing':
    case 'named':
    case 'other_days':
      return null;
  }
}

function subjectOf({ kind, number, outTradeNo, transactionId }: CashItem): DiscrepancySubject | null {
  if (outTradeNo === null) return null;
  if (kind === 'refund') {
    return isOutRefundNo(number) ? { kind: 'refund', outTradeNo, outRefundNo: number } : null;
  }
  return isTransactionId(transactionId) ? { kind: 'payment', outTradeNo, transactionId } : null;
}
