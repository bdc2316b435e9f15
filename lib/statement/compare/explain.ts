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

/** What is kept of an unresolved disagreement. */
type Known = Pick<Discrepancy, 'id' | 'class' | 'subject'>;

/** The unresolved disagreements about orders, as far as one turn needs them. */
export interface Unresolved {
  of(outTradeNo: OutTradeNo): readonly Known[];
  /** Notes what was opened meanwhile. */
  add(opened: readonly Discrepancy[]): void;
  /** Forgets what was resolved. */
  remove(ids: readonly DiscrepancyId[]): void;
}

/**
 * So many are kept in memory.
 *
 * Failure policy: fail open. Whoever has more unresolved disagreements than this has other worries
 * than their resolving themselves; the rest stays open and is looked at by the next turn when these
 * are done with.
 */
const MOST_KEPT = 10_000;

/**
 * Loads what is unresolved, latest seen first. CloudBase: 1 request per 1,000. Rejects with
 * `StoreError`.
 */
export async function loadUnresolved(store: Pick<Store, 'discrepancies'>): Promise<Unresolved> {
  const kept = unresolved();
  let after: string | null = null;
  for (let loaded = 0; loaded < MOST_KEPT;) {
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
        // Twice as many as are loaded: a turn may open as many as it explains.
        if (order === null || orders.size >= 2 * MOST_KEPT) continue;
        const { id, class: of, subject } = one;
        const known = byOrder.get(order) ?? new Map<DiscrepancyId, Known>();
        byOrder.set(order, known.set(id, { id, class: of, subject }));
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

/** What a payment on our books explains by standing in a statement at all. */
const BY_STANDING_THERE: ReadonlySet<DiscrepancyClass> = new Set<DiscrepancyClass>(['missing_payment']);

/** What it explains by agreeing. Who paid no row can tell. */
const BY_AGREEING: ReadonlySet<DiscrepancyClass> = new Set<DiscrepancyClass>([
  'missing_payment',
  'missing_order',
  'unpaid_order',
  'amount_mismatch',
  'currency_mismatch',
  'merchant_mismatch',
]);

const BY_SETTLING: ReadonlySet<DiscrepancyClass> = new Set<DiscrepancyClass>(PAYMENT_REJECTION_CLASSES);

/** Which unresolved disagreements the payments of a chunk explain. */
export function explainedByPayments(
  frame: RunContext,
  judged: readonly JudgedPayment[],
  unresolved: Unresolved,
): readonly DiscrepancyId[] {
  return judged.flatMap((one) => {
    if (one.kind !== 'payment') return [];
    const { row, order, verdict } = one;
    const known = unresolved.of(row.outTradeNo);
    if (known.length === 0 || !isBooked(order, row)) return [];
    const explains = verdict.kind === 'agrees' ? BY_AGREEING : BY_STANDING_THERE;
    // What settling a statement's message ends is never ended here: so it is the same one who ends
    // it, whoever dies in between.
    const isSettled = isRepaired(order, row);
    const feeAgrees = frame.feeRate !== null && feeDifference(row, frame.feeRate) === null;
    return known.flatMap(({ id, class: of, subject }) => {
      if (subject.kind !== 'payment' || subject.transactionId !== row.transactionId) return [];
      if (isSettled && BY_SETTLING.has(of)) return [];
      return explains.has(of) || (of === 'fee_mismatch' && feeAgrees) ? [id] : [];
    });
  });
}

/**
 * The rows that agree although a disagreement stands which settling their payment's message would
 * end: it may have been applied by somebody who died before that.
 */
export function repairedRows(
  frame: RunContext,
  judged: readonly JudgedPayment[],
  unresolved: Unresolved,
): readonly PaymentRow[] {
  return judged.flatMap((one) => {
    if (one.kind !== 'payment' || one.verdict.kind !== 'agrees') return [];
    const ids = explainedByPayments(frame, [one], unresolved);
    const known = unresolved.of(one.row.outTradeNo).filter(({ id }) => ids.includes(id));
    return known.some(({ class: of }) => BY_SETTLING.has(of)) ? [one.row] : [];
  });
}

/** Which unresolved disagreements the refunds of a chunk explain. */
export function explainedByRefunds(
  judged: readonly JudgedRefund[],
  unresolved: Unresolved,
): readonly DiscrepancyId[] {
  return judged.flatMap((one) => {
    if (one.kind !== 'refund' || one.refund === null) return [];
    const { row, refund, verdict } = one;
    const agrees = verdict.kind === 'agrees';
    // A row may agree by saying less than we know; that explains no difference of state.
    const sameState = agrees && row.state === refund.progress.state;
    return unresolved.of(row.outTradeNo).flatMap(({ id, class: of, subject }) => {
      if (subject.kind !== 'refund' || subject.outRefundNo !== row.outRefundNo) return [];
      const isExplained =
        of === 'refund_missing_there' ||
        // Who it was missing to is not put at rest by the same statement that told of it.
        (of === 'refund_missing_here' && !isTakenOver(refund)) ||
        (of === 'refund_amount_mismatch' && agrees) ||
        (of === 'refund_state_mismatch' && sameState);
      return isExplained ? [id] : [];
    });
  });
}
