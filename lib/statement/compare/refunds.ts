import { addCompared, addExcluded } from './money';
import type { Discrepancy } from '../../model/discrepancy';
import type { LedgerOrder } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { OutRefundNo, OutTradeNo } from '../../values/ids';
import { isCanary } from '../../values/canary';
import type { Instant } from '../../values/instant';
import type { FoundDiscrepancy, RunContext } from '../run/run-context';
import { count, discrepancyOf, isFromEarlierChunk } from '../run/run-context';
import type { RefundVerdict } from './match';
import { matchRefund } from './match';
import type { RefundRow } from '../../bill/row';
import type { SetAsideReason } from '../../model/statement/statement-run';
import type { SeenRows } from './set-aside';
import { setAsideReason } from './set-aside';
import type { BooksDraft, TallyDraft } from './tally';
import { add, addSetAside, addTheirs, LISTED_PER_CLASS, listedSoFar, statedAmount } from './tally';

/** Our refunds with the refund numbers that a chunk names. */
export type RefundBook = ReadonlyMap<OutRefundNo, Refund>;

/**
 * A refund row and the result of comparing it. `refund` is ours with that number, if it belongs to
 * the row's order and merchant.
 */
export type JudgedRefund =
  | { readonly kind: 'aside'; readonly row: RefundRow; readonly reason: SetAsideReason }
  | {
      readonly kind: 'refund';
      readonly row: RefundRow;
      readonly refund: Refund | null;
      readonly verdict: RefundVerdict;
      /**
       * True when a refund of another order or merchant uses this number here: nothing may be
       * recorded under it.
       */
      readonly numberTaken: boolean;
    };

/** Compares the refund rows of a chunk that starts at line `chunk` with our books. Pure. */
export function judgeRefunds(
  context: RunContext,
  rows: readonly RefundRow[],
  books: RefundBook,
  chunk: number,
): readonly JudgedRefund[] {
  const seen: SeenRows = new Set();
  return rows.map((row) => {
    const reason = setAsideReason(context, row, seen);
    if (reason !== null) return { kind: 'aside', row, reason };
    const numbered = books.get(row.outRefundNo) ?? null;
    const refund = numbered !== null && isSameRefund(context, row, numbered) ? numbered : null;
    if (refund !== null && isFromEarlierChunk(context, refund.statement, chunk)) {
      return { kind: 'aside', row, reason: 'duplicate_row' };
    }
    const verdict = matchRefund(
      row,
      refund === null ? null : { amount: refund.amount, state: refund.progress.state },
    );
    return { kind: 'refund', row, refund, verdict, numberTaken: numbered !== null && refund === null };
  });
}

function isSameRefund({ subMchId }: RunContext, row: RefundRow, refund: Refund): boolean {
  return refund.outTradeNo === row.outTradeNo && refund.subMchId === subMchId;
}

/** True when a bill was our first source for how this refund ended. */
function isRepaired({ progress }: Refund): boolean {
  return 'knownBy' in progress && progress.knownBy === 'statement';
}

/**
 * True for a refund made in the merchant platform that we first learned of from a bill. A person
 * should check it.
 */
export function isTakenOver({ takenOver }: Refund): boolean {
  return takenOver?.by === 'statement';
}

/**
 * The refund rows that belong in the inbox: those that state more than we know, and those of
 * unknown refunds whose order is ours and was paid by the row's transaction.
 */
export function unrecordedRefunds(
  judged: readonly JudgedRefund[],
  orders: ReadonlyMap<OutTradeNo, LedgerOrder>,
): readonly RefundRow[] {
  return judged.flatMap((one) => {
    if (one.kind !== 'refund') return [];
    const { row, verdict, numberTaken } = one;
    if (verdict.kind === 'unrecorded') return [row];
    return verdict.kind === 'refund_missing_here' && !numberTaken && isOurMoney(orders, row) ? [row] : [];
  });
}

/** The orders of the refunds that are missing here. */
export function ordersOfMissing(judged: readonly JudgedRefund[]): readonly OutTradeNo[] {
  const orders = judged.flatMap((one) =>
    one.kind === 'refund' && one.verdict.kind === 'refund_missing_here' ? [one.row.outTradeNo] : [],
  );
  return [...new Set(orders)];
}

function isOurMoney(orders: ReadonlyMap<OutTradeNo, LedgerOrder>, row: RefundRow): boolean {
  const order = orders.get(row.outTradeNo);
  if (order === undefined) return false;
  const { payment, otherPayments } = order;
  return (
    (payment.state === 'paid' && payment.transactionId === row.transactionId) ||
    otherPayments.some((one) => one.transactionId === row.transactionId)
  );
}

/** True once our books agree with the row, or cannot be brought to agree. */
export function isSettled(context: RunContext, row: RefundRow, books: RefundBook): boolean {
  const [judged] = judgeRefunds(context, [row], books, 0);
  return judged?.kind !== 'refund' || judged.verdict.kind === 'agrees' || judged.verdict.kind === 'differs';
}

/**
 * The discrepancies to open before unknown refunds enter the inbox; none beyond the limit per
 * class.
 */
export function missingRefunds(
  draft: TallyDraft,
  context: RunContext,
  judged: readonly JudgedRefund[],
  now: Instant,
): readonly Discrepancy[] {
  let listed = listedSoFar(draft, 'refund_missing_here');
  return judged.flatMap((one) => {
    if (one.kind !== 'refund' || one.verdict.kind !== 'refund_missing_here') return [];
    listed += 1;
    return listed > LISTED_PER_CLASS
      ? []
      : [discrepancyOf(context, missingHere(one.row, one.row.asked), now)];
  });
}

/**
 * Adds a chunk to the tally, using the books after the repair. Returns the discrepancies to store.
 */
export function tallyRefunds(
  draft: TallyDraft,
  context: RunContext,
  judged: readonly JudgedRefund[],
  now: Instant,
): readonly Discrepancy[] {
  const found: Discrepancy[] = [];
  for (const one of judged) {
    if (one.kind === 'aside') {
      addSetAside(draft, one.reason, one.row.line, statedAmount(one.row));
      addExcluded(draft.money, one.row);
      continue;
    }
    const { row, refund, verdict } = one;
    addTheirs(draft, 'refunds', refund !== null && isCanary(refund), row.asked);
    draft.theirs.fees += row.fee ?? 0;
    addCompared(draft.money, row);
    if (refund !== null) {
      add(draft.ours.refunds, refund.amount);
      if (draft.books !== null) addBooked(draft.books, context, refund, verdict);
    }
    if (verdict.kind === 'agrees') {
      add(draft.matched.refunds, row.asked);
      if (refund !== null && isRepaired(refund)) add(draft.repaired.refunds, row.asked);
    }
    for (const each of discrepancies(row, refund, verdict)) found.push(...count(draft, context, each, now));
  }
  return found;
}

/** Counts where our refund of a row ends, and what of it did not succeed on this day. */
function addBooked(
  { differing, beyond }: BooksDraft,
  { span }: RunContext,
  { amount, progress }: Refund,
  verdict: RefundVerdict,
): void {
  if (verdict.kind !== 'agrees') add(differing.refunds, amount);
  const at = progress.state === 'succeeded' ? (progress.succeededAt ?? progress.knownAt) : null;
  if (at === null || at < span.from || at >= span.to) add(beyond.refunds, amount);
}

function discrepancies(
  row: RefundRow,
  refund: Refund | null,
  verdict: RefundVerdict,
): readonly FoundDiscrepancy[] {
  const amount = row.asked;
  const difference = amount - (refund?.amount ?? 0);
  const subject = subjectOf(row);
  switch (verdict.kind) {
    case 'agrees':
      // It agrees because this bill brought it in. That it was missing here still needs a person.
      return refund !== null && isTakenOver(refund) ? [missingHere(row, difference)] : [];
    case 'unrecorded': {
      const ours = refund?.progress.state ?? null;
      return [{ class: 'refund_state_mismatch', subject, ours, theirs: row.state, amount, difference }];
    }
    case 'differs':
      return verdict.differences.map((each) => ({ ...each, subject, amount, difference }));
    case 'refund_missing_here':
      return [missingHere(row, difference)];
  }
}

function subjectOf({ outTradeNo, outRefundNo }: RefundRow) {
  return { kind: 'refund', outTradeNo, outRefundNo } as const;
}

function missingHere(row: RefundRow, difference: number): FoundDiscrepancy {
  const amount = row.asked;
  const money = { theirs: amount, amount, difference };
  return { class: 'refund_missing_here', subject: subjectOf(row), ours: null, ...money };
}

/**
 * The refunds that a chunk marks as found in the bill: ours that its rows name, whether they agree
 * or not.
 */
export function refundsToMark(judged: readonly JudgedRefund[]): readonly OutRefundNo[] {
  return judged.flatMap((one) =>
    one.kind === 'refund' && one.refund !== null ? [one.refund.outRefundNo] : [],
  );
}
