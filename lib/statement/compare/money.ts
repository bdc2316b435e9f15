import type { StatementRow } from '../../bill/row';
import type { BillMoney, BillMovement, RateSum } from '../../model/statement/statement-run';
import { RATES_KEPT } from '../../model/statement/statement-run';
import { fen } from '../../values/fen';

interface Sum {
  count: number;
  sum: number;
}

interface RateDraft {
  readonly payments: Sum;
  readonly refunds: Sum;
  fee: number;
}

/** A mutable `BillMoney`. */
export interface MoneyDraft {
  readonly rates: Map<string, RateDraft>;
  unreadFees: number;
  readonly excluded: { settled: number; refunded: number; fee: number };
}

/** What no rows move. */
export const EMPTY_MONEY: BillMoney = {
  rates: [],
  unreadFees: 0,
  excluded: { settled: fen(0), refunded: fen(0), fee: fen(0) },
};

/** Creates a draft from what was counted so far. */
export function moneyDraft({ rates, unreadFees, excluded }: BillMoney): MoneyDraft {
  const drafts = rates.map(({ rate, payments, refunds, fee }): [string, RateDraft] => [
    rate,
    { payments: { ...payments }, refunds: { ...refunds }, fee },
  ]);
  return { rates: new Map(drafts), unreadFees, excluded: { ...excluded } };
}

/** Closes a draft; the rates in the order of their texts, so that counting twice gives the same. */
export function moneyOf({ rates, unreadFees, excluded }: MoneyDraft): BillMoney {
  const { settled, refunded, fee } = excluded;
  return {
    rates: [...rates].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(closed),
    unreadFees,
    excluded: { settled: fen(settled), refunded: fen(refunded), fee: fen(fee) },
  };
}

function closed([rate, { payments, refunds, fee }]: readonly [string, RateDraft]): RateSum {
  const sumOf = ({ count, sum }: Sum) => ({ count, sum: fen(sum) });
  return { rate, payments: sumOf(payments), refunds: sumOf(refunds), fee: fen(fee) };
}

/** Adds a row that was compared. `draft` null: nothing is kept, see `RunTally.money`. */
export function addCompared(draft: MoneyDraft | null, row: StatementRow): void {
  if (draft === null) return;
  const { settled, refunded, fee } = movementOf(row);
  const rate = rateOf(draft, row.rate);
  const sum = row.kind === 'payment' ? rate.payments : rate.refunds;
  sum.count += 1;
  sum.sum += settled + refunded;
  rate.fee += fee;
  if (row.fee === null) draft.unreadFees += 1;
}

/** Adds a row that was excluded from the comparison. */
export function addExcluded(draft: MoneyDraft | null, row: StatementRow): void {
  if (draft === null) return;
  const { settled, refunded, fee } = movementOf(row);
  draft.excluded.settled += settled;
  draft.excluded.refunded += refunded;
  draft.excluded.fee += fee;
  if (row.fee === null) draft.unreadFees += 1;
}

/** The longest rate that is one, in characters. */
const LONGEST_RATE = 16;

function rateOf({ rates }: MoneyDraft, text: string): RateDraft {
  const known = rates.get(text);
  if (known !== undefined) return known;
  // A damaged column must not fill the run.
  const name = rates.size < RATES_KEPT && text.length <= LONGEST_RATE ? text : '';
  const draft = rates.get(name) ?? { payments: { count: 0, sum: 0 }, refunds: { count: 0, sum: 0 }, fee: 0 };
  rates.set(name, draft);
  return draft;
}

/** What a row moves, in the terms of the bill's summary. */
function movementOf(row: StatementRow): Readonly<Record<keyof BillMovement, number>> {
  const fee = row.fee ?? 0;
  switch (row.kind) {
    case 'payment':
      return { settled: row.settled, refunded: 0, fee };
    case 'refund':
    case 'revoked':
    case 'other':
      return { settled: 0, refunded: row.refunded, fee };
  }
}
