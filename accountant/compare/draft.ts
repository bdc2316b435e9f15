import type { StatementType } from '../../lib/model/statement/bill-columns';
import type { DiscrepancyClass } from '../../lib/model/discrepancy';
import type { SetAside, SetAsideReason } from '../../lib/model/statement/statement-run';
import type { Instant } from '../../lib/values/instant';
import { billDays, type BillDays } from './bill-days';
import { idTable } from '../compact';
import { ledger } from './ledger';
import type { FoundDifference } from '../report';

/**
 * The most differences listed; further ones are only counted. More means that the two sides are
 * unrelated.
 */
const MOST_LISTED = 100_000;

/** Lines listed per reason for excluding rows. */
const LINES_SHOWN = 20;

/** What a bill of each type lists. */
const LISTS: Readonly<Record<StatementType, readonly ('payments' | 'refunds')[]>> = {
  ALL: ['payments', 'refunds'],
  SUCCESS: ['payments'],
  REFUND: ['refunds'],
  RECHARGE_REFUND: ['refunds'],
};

/** What a comparison has found so far. It is discarded when a bill turns out to be invalid. */
export type Draft = ReturnType<typeof openDraft>;

/** Begins a comparison. */
export function openDraft() {
  const differences: FoundDifference[] = [];
  const byClass = new Map<DiscrepancyClass, number>();
  const aside = new Map<SetAsideReason, { count: number; lines: number[] }>();
  const paymentDays = billDays();
  const refundDays = billDays();
  let milliFees = 0;
  let listed: readonly BillDays[] = [];
  return {
    ledger: ledger(),
    /** The days of the bills that list payments, and of those that list refunds. */
    paymentDays,
    refundDays,
    beginBill(type: StatementType): void {
      listed = LISTS[type].map((kind) => (kind === 'payments' ? paymentDays : refundDays));
      for (const days of listed) days.nextBill();
    },
    /** A row of the current bill is of this instant. */
    day(at: Instant): void {
      for (const days of listed) days.add(at);
    },
    /** The transactions of no order in the files, or not of the one that they paid. */
    unknown: idTable(),
    /** The refund numbers that are not in the orders files. */
    unknownRefunds: idTable(),
    /** The orders whose canary payment, and whose canary refund, a bill had. */
    canaries: { payments: new Set<string>(), back: new Set<string>() },
    /** Where money ends that went back by the words of an order, where a bill's row says it. */
    moneyBack: new Map<number, 'agreeing' | 'otherDays' | 'otherMerchants'>(),
    differences,
    byClass,
    addFee(milli: number): void {
      if (!Number.isNaN(milli)) milliFees += milli;
    },
    /** The fees of all rows, in fen. */
    fees: () => milliFees / 1000,
    found(difference: FoundDifference): void {
      byClass.set(difference.class, (byClass.get(difference.class) ?? 0) + 1);
      if (differences.length < MOST_LISTED) differences.push(difference);
    },
    /** Lists a row of a bill that was not compared. */
    setAside(reason: SetAsideReason, line: number): void {
      const entry = aside.get(reason) ?? { count: 0, lines: [] };
      entry.count += 1;
      if (entry.lines.length < LINES_SHOWN) entry.lines.push(line);
      aside.set(reason, entry);
    },
    aside: (): Readonly<Partial<Record<SetAsideReason, SetAside>>> => Object.fromEntries(aside),
  };
}
