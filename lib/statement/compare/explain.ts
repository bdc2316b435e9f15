import type { Discrepancy, DiscrepancyClass, DiscrepancyId } from '../../model/discrepancy';
import { orderOfDiscrepancy, PAYMENT_REJECTION_CLASSES } from '../../model/discrepancy';
import type { Store } from '../../store/port';
import type { OutTradeNo } from '../../values/ids';
import type { RunContext } from '../run/run-context';
import { feeDifference } from './match';
import type { JudgedPayment } from './payments';
import { isBooked, isRepaired } from './payments';
import type { JudgedRefund } from './refunds';
import { isTakenOver } from './refunds';
import type { PaymentRow } from '../../bill/row';

/** The part of an unresolved discrepancy that is kept in memory. */
type Known = Pick<Discrepancy, 'id' | 'class' | 'subject' | 'path'>;

/** The unresolved discrepancies about orders, as far as one invocation needs them. */
export interface Unresolved {
  of(outTradeNo: OutTradeNo): readonly Known[];
  /** Adds discrepancies opened meanwhile. */
  add(opened: readonly Discrepancy[]): void;
  /** Removes resolved discrepancies. */
  remove(ids: readonly DiscrepancyId[]): void;
}

/**
 * The most discrepancies loaded into memory.
 *
 * Failure policy: fail open. With more than this, the rest stays open and is examined by a later
 * invocation, once these are resolved.
 */
const MAX_LOADED = 10_000;

/**
 * Loads unresolved discrepancies, latest seen first. CloudBase: 1 request per 1,000. Rejects with
 * `StoreError`.
 */
export async function loadUnresolved(store: Pick<Store, 'discrepancies'>): Promise<Unresolved> {
  const kept = unresolved();
  let after: string | null = null;
  for (let loaded = 0; loaded < MAX_LOADED;) {
    const page = await store.discrepancies.listUnresolved({ after, limit: 1_000 });
    kept.add(page.items);
    loaded += page.items.length;
    if (page.next === null) break;
    after = page.next;
  }
  return kept;
}

function unresolved(): Unresolved {
  const byOrder = new Map<OutTradeNo, Map<DiscrepancyId, Known>>();
  const orders = new Map<DiscrepancyId, OutTradeNo>();
  return {
    of: (outTradeNo) => {
      const known = byOrder.get(outTradeNo);
      return known === undefined ? NOTHING : [...known.values()];
    },
    add(opened) {
      for (const one of opened) {
        const order = orderOfDiscrepancy(one);
        // Twice the number loaded: an invocation may open as many as it resolves.
        if (order === null || orders.size >= 2 * MAX_LOADED) continue;
        const { id, class: discrepancyClass, subject, path } = one;
        const known = byOrder.get(order) ?? new Map<DiscrepancyId, Known>();
        byOrder.set(order, known.set(id, { id, class: discrepancyClass, subject, path }));
        orders.set(id, order);
      }
    },
    remove(ids) {
      for (const id of ids) {
        const order = orders.get(id);
        if (order === undefined) continue;
        orders.delete(id);
        const known = byOrder.get(order);
        known?.delete(id);
        if (known?.size === 0) byOrder.delete(order);
      }
    },
  };
}

const NOTHING: readonly Known[] = [];

/** The classes that a booked payment resolves by being in the bill at all. */
const EXPLAINED_BY_ANY_ROW: ReadonlySet<DiscrepancyClass> = new Set<DiscrepancyClass>(['missing_payment']);

/** The classes it resolves when the row matches. No row can tell who paid. */
const EXPLAINED_BY_MATCH: ReadonlySet<DiscrepancyClass> = new Set<DiscrepancyClass>([
  'missing_payment',
  'missing_order',
  'unpaid_order',
  'amount_mismatch',
  'currency_mismatch',
  'merchant_mismatch',
]);

const RESOLVED_BY_SETTLING: ReadonlySet<DiscrepancyClass> = new Set<DiscrepancyClass>(
  PAYMENT_REJECTION_CLASSES,
);

/** The unresolved discrepancies that a chunk's payments explain. */
export function explainedByPayments(
  context: RunContext,
  judged: readonly JudgedPayment[],
  unresolved: Unresolved,
): readonly DiscrepancyId[] {
  return judged.flatMap((one) => {
    if (one.kind !== 'payment') return [];
    const { row, order, verdict } = one;
    const known = unresolved.of(row.outTradeNo);
    if (known.length === 0 || !isBooked(order, row)) return [];
    const explains = verdict.kind === 'agrees' ? EXPLAINED_BY_MATCH : EXPLAINED_BY_ANY_ROW;
    // Discrepancies that settling a bill's message resolves are never resolved here. So a crash in
    // between does not change who resolves them.
    const isSettled = isRepaired(order, row);
    const feeAgrees = context.feeRate !== null && feeDifference(row, context.feeRate) === null;
    return known.flatMap(({ id, class: discrepancyClass, subject }) => {
      if (subject.kind !== 'payment' || subject.transactionId !== row.transactionId) return [];
      if (isSettled && RESOLVED_BY_SETTLING.has(discrepancyClass)) return [];
      return explains.has(discrepancyClass) || (discrepancyClass === 'fee_mismatch' && feeAgrees) ? [id] : [];
    });
  });
}

/**
 * The rows that match although a discrepancy is open that settling their payment's message
 * resolves: the worker that applied the message may have died before resolving it.
 */
export function repairedRows(
  context: RunContext,
  judged: readonly JudgedPayment[],
  unresolved: Unresolved,
): readonly PaymentRow[] {
  return judged.flatMap((one) => {
    if (one.kind !== 'payment' || one.verdict.kind !== 'agrees') return [];
    const ids = explainedByPayments(context, [one], unresolved);
    const known = unresolved.of(one.row.outTradeNo).filter(({ id }) => ids.includes(id));
    return known.some(({ class: discrepancyClass }) => RESOLVED_BY_SETTLING.has(discrepancyClass))
      ? [one.row]
      : [];
  });
}

/** The unresolved discrepancies that a chunk's refunds explain. */
export function explainedByRefunds(
  judged: readonly JudgedRefund[],
  unresolved: Unresolved,
): readonly DiscrepancyId[] {
  return judged.flatMap((one) => {
    if (one.kind !== 'refund' || one.refund === null) return [];
    const { row, refund, verdict } = one;
    const agrees = verdict.kind === 'agrees';
    // A row also matches when it states less than we know. That does not explain a different state.
    const sameState = agrees && row.state === refund.progress.state;
    return unresolved.of(row.outTradeNo).flatMap(({ id, class: discrepancyClass, subject, path }) => {
      if (subject.kind !== 'refund' || subject.outRefundNo !== row.outRefundNo) return [];
      const isExplained =
        discrepancyClass === 'refund_missing_there' ||
        // The bill that revealed the missing refund does not resolve the discrepancy itself.
        (discrepancyClass === 'refund_missing_here' && !isTakenOver(refund)) ||
        // A bill that agrees takes back what a bill said. A notification of another amount stands
        // against both: WeChat Pay said two things, and a person must look at why.
        (discrepancyClass === 'refund_amount_mismatch' && agrees && path === 'statement') ||
        (discrepancyClass === 'refund_state_mismatch' && sameState);
      return isExplained ? [id] : [];
    });
  });
}
