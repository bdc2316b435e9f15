import { addCompared, addExcluded } from './money';
import type { Discrepancy } from '../../model/discrepancy';
import type { LedgerOrder, OtherPayment } from '../../model/order';
import type { PaidMoney } from '../../rules/refunds/reservation';
import { paymentsOf } from '../../rules/refunds/reservation';
import type { OutTradeNo, TransactionId } from '../../values/ids';
import { isCanary } from '../../values/canary';
import type { Instant } from '../../values/instant';
import type { FoundDiscrepancy, RunContext } from '../run/run-context';
import { count, discrepancyOf, isFromEarlierChunk, isNamedOnly } from '../run/run-context';
import type { BookedPayment, PaymentVerdict } from './match';
import { feeDifference, matchPayment } from './match';
import { asRefundNo } from '../../bill/refund-number';
import type { RowProblem } from '../../model/statement/row-problem';
import type { PaymentRow, RefundRow, RevokedRow, StatementRow } from '../../bill/row';
import type { SetAsideReason } from '../../model/statement/statement-run';
import type { SeenRows } from './set-aside';
import { setAsideReason } from './set-aside';
import type { BooksDraft, TallyDraft } from './tally';
import { add, addSetAside, addTheirs, LISTED_PER_CLASS, listedSoFar, statedAmount } from './tally';

/** The rows that the payments pass compares. */
export type PaymentSideRow = Exclude<StatementRow, RefundRow>;

/** Our books' entries for the orders that a chunk names. */
export type OrderBook = ReadonlyMap<OutTradeNo, LedgerOrder>;

/** A row and the result of comparing it. */
export type JudgedPayment =
  | {
      readonly kind: 'aside';
      readonly row: PaymentSideRow;
      readonly order: LedgerOrder | null;
      readonly reason: SetAsideReason;
    }
  | {
      readonly kind: 'payment';
      readonly row: PaymentRow;
      readonly order: LedgerOrder | null;
      readonly verdict: PaymentVerdict;
    }
  | { readonly kind: 'revoked'; readonly row: RevokedRow; readonly order: LedgerOrder | null };

/**
 * Compares the rows of a chunk that starts at line `chunk` with our books. Pure: the same rows and
 * books give the same verdicts.
 */
export function judgePayments(
  context: RunContext,
  rows: readonly PaymentSideRow[],
  books: OrderBook,
  chunk: number,
): readonly JudgedPayment[] {
  const seen: SeenRows = new Set();
  return rows.map((row) => {
    const order = books.get(row.outTradeNo) ?? null;
    const reason = setAsideReason(context, row, seen);
    if (reason !== null || row.kind === 'other') {
      return { kind: 'aside', row, order, reason: reason ?? 'undocumented' };
    }
    if (row.kind === 'revoked') return { kind: 'revoked', row, order };
    if (order !== null && isPayer(order, row) && isFromEarlierChunk(context, order.statement, chunk)) {
      return { kind: 'aside', row, order, reason: 'duplicate_row' };
    }
    return { kind: 'payment', row, order, verdict: judge(context, row, order) };
  });
}

/** Compares one payment row with one order. */
export function judge(context: RunContext, row: PaymentRow, order: LedgerOrder | null): PaymentVerdict {
  // A bill without a merchant column belongs to the merchant it was downloaded for.
  const stated = row.paidTo === null ? { ...row, paidTo: context.subMchId } : row;
  return matchPayment(stated, order === null ? null : bookedPayment(order, row));
}

/**
 * The part of an order that is compared with a row. For a transaction on our books, the received
 * amount and merchant count, not the order's.
 */
function bookedPayment(order: LedgerOrder, row: PaymentRow): BookedPayment {
  const { currency, payment, otherPayments } = order;
  const booked = bookedMoney(order, row);
  return {
    subMchId: booked?.paidTo ?? order.subMchId,
    total: booked?.total ?? order.total,
    currency,
    state: payment.state,
    transactionId: payment.state === 'paid' ? payment.transactionId : null,
    otherTransactions: otherPayments.length === 0 ? [] : otherPayments.map((one) => one.transactionId),
  };
}

function isPayer({ payment }: LedgerOrder, { transactionId }: PaymentSideRow): boolean {
  return payment.state === 'paid' && payment.transactionId === transactionId;
}

function bookedMoney(order: LedgerOrder, { transactionId }: PaymentSideRow): PaidMoney | null {
  return paymentsOf(order).find((one) => one.transactionId === transactionId) ?? null;
}

function otherPayment({ otherPayments }: LedgerOrder, { transactionId }: PaymentRow): OtherPayment | null {
  return otherPayments.find((one) => one.transactionId === transactionId) ?? null;
}

/** True when the row's transaction is on our books, whether it agrees or not. */
export function isBooked(order: LedgerOrder | null, row: PaymentRow): order is LedgerOrder {
  return order !== null && (isPayer(order, row) || otherPayment(order, row) !== null);
}

/** True when the row's payment paid the order and a bill was our first source for it. */
export function isRepaired({ payment }: LedgerOrder, { transactionId }: PaymentRow): boolean {
  return (
    payment.state === 'paid' && payment.transactionId === transactionId && payment.knownBy === 'statement'
  );
}

/**
 * The discrepancies to open before repairing the orders that a chunk finds unpaid; none beyond the
 * limit per class.
 */
export function unpaidOrders(
  draft: TallyDraft,
  context: RunContext,
  judged: readonly JudgedPayment[],
  now: Instant,
): readonly Discrepancy[] {
  let listed = listedSoFar(draft, 'unpaid_order');
  return judged.flatMap((one) => {
    if (one.kind !== 'payment' || one.order === null) return [];
    const { row, order, verdict } = one;
    if (verdict.kind === 'agrees' && isRepaired(order, row)) listed += 1;
    if (verdict.kind !== 'unrecorded' || verdict.as !== 'unpaid_order') return [];
    listed += 1;
    return listed > LISTED_PER_CLASS ? [] : [discrepancyOf(context, unpaidOrder(row), now)];
  });
}

/**
 * Adds a chunk to the tally, using the books after the repair. Returns the discrepancies to store.
 */
export function tallyPayments(
  draft: TallyDraft,
  context: RunContext,
  judged: readonly JudgedPayment[],
  now: Instant,
): readonly Discrepancy[] {
  const found: Discrepancy[] = [];
  for (const one of judged) {
    switch (one.kind) {
      case 'aside':
        addSetAside(draft, one.reason, one.row.line, statedAmount(one.row));
        addExcluded(draft.money, one.row);
        break;
      case 'revoked':
        add(draft.theirs.revoked, one.row.refunded);
        draft.theirs.fees += one.row.fee ?? 0;
        addCompared(draft.money, one.row);
        if (one.order !== null && isPayer(one.order, one.row)) {
          found.push(...count(draft, context, revocation(one.row), now));
        }
        break;
      case 'payment':
        addPayment(draft, context, one.row, one.order, one.verdict);
        addCompared(draft.money, one.row);
        for (const each of discrepancies(context, one.row, one.order, one.verdict)) {
          found.push(...count(draft, context, each, now));
        }
        break;
    }
  }
  return found;
}

function addPayment(
  draft: TallyDraft,
  context: RunContext,
  row: PaymentRow,
  order: LedgerOrder | null,
  verdict: PaymentVerdict,
): void {
  const { theirs, ours, matched, repaired, books } = draft;
  addTheirs(draft, 'payments', order !== null && isCanary(order), row.total);
  theirs.fees += row.fee ?? 0;
  if (order === null) return;
  const booked = bookedMoney(order, row);
  if (booked !== null) {
    add(ours.payments, booked.total);
    if (books !== null) addBooked(books, context, row, order, booked, verdict);
  }
  if (verdict.kind !== 'agrees') return;
  add(matched.payments, row.total);
  if (isRepaired(order, row)) add(repaired.payments, row.total);
}

/** Counts where our payment of a row ends, and what of it is not of this day's orders. */
function addBooked(
  { differing, beyond }: BooksDraft,
  { subMchId, span }: RunContext,
  row: PaymentRow,
  order: LedgerOrder,
  booked: PaidMoney,
  verdict: PaymentVerdict,
): void {
  if (verdict.kind !== 'agrees') add(differing.payments, booked.total);
  const { payment } = order;
  const isOfDay =
    payment.state === 'paid' &&
    payment.transactionId === row.transactionId &&
    order.subMchId === subMchId &&
    payment.paidAt >= span.from &&
    payment.paidAt < span.to;
  // The store adds up the amounts of orders, also where another amount was accepted.
  if (isOfDay) beyond.payments.sum += booked.total - order.total;
  else add(beyond.payments, booked.total);
}

const NONE: readonly FoundDiscrepancy[] = [];

function discrepancies(
  context: RunContext,
  row: PaymentRow,
  order: LedgerOrder | null,
  verdict: PaymentVerdict,
): readonly FoundDiscrepancy[] {
  const aboutMoney = moneyDiscrepancies(row, order, verdict);
  const fee = context.feeRate === null ? null : feeDifference(row, context.feeRate);
  if (fee === null) return aboutMoney;
  const amount = Number(fee.theirs);
  return [...aboutMoney, { ...fee, subject: subjectOf(row), amount, difference: amount - Number(fee.ours) }];
}

function moneyDiscrepancies(
  row: PaymentRow,
  order: LedgerOrder | null,
  verdict: PaymentVerdict,
): readonly FoundDiscrepancy[] {
  const amount = row.total;
  const booked = order === null ? null : bookedMoney(order, row);
  const difference = amount - (booked?.total ?? 0);
  switch (verdict.kind) {
    case 'agrees': {
      if (order === null || order.otherPayments.length === 0) return NONE;
      const other = otherPayment(order, row);
      // Money that does not match its order already has a discrepancy of the mismatch's class, from
      // when it was booked.
      if (other === null || other.as === 'mismatch') return NONE;
      return [
        {
          class: other.as,
          subject: subjectOf(row),
          // As the inbox names it: either may be first after a crash.
          ours: { ...order.payment },
          theirs: amount,
          amount,
          difference,
        },
      ];
    }
    case 'unrecorded':
      return verdict.as === 'unpaid_order'
        ? [unpaidOrder(row)]
        : [{ class: verdict.as, subject: subjectOf(row), ours: null, theirs: amount, amount, difference }];
    case 'differs':
      return verdict.differences.map((each, n, all) => ({
        ...each,
        subject: subjectOf(row),
        amount,
        difference: n === all.length - 1 ? difference : 0,
      }));
    case 'missing_order':
      return [
        { class: 'missing_order', subject: subjectOf(row), ours: null, theirs: amount, amount, difference },
      ];
  }
}

function subjectOf({ outTradeNo, transactionId }: PaymentRow) {
  return { kind: 'payment', outTradeNo, transactionId } as const;
}

function unpaidOrder(row: PaymentRow): FoundDiscrepancy {
  const amount = row.total;
  const money = { theirs: amount, amount, difference: amount };
  return { class: 'unpaid_order', subject: subjectOf(row), ours: 'pending', ...money };
}

/** Money that went back without one of our refund numbers: the transaction ID takes its place. */
function revocation({ outTradeNo, transactionId, refunded: amount }: RevokedRow): FoundDiscrepancy {
  const subject = { kind: 'refund', outTradeNo, outRefundNo: asRefundNo(transactionId) } as const;
  const theirs = { revoked: amount };
  return { class: 'refund_missing_here', subject, ours: null, theirs, amount, difference: amount };
}

/** The orders that a chunk marks as found in the bill, and those it marks only as named. */
export interface OrdersToMark {
  readonly found: readonly OutTradeNo[];
  readonly named: readonly OutTradeNo[];
}

/**
 * The marks of a chunk. Found: the row has the transaction on our books, whether it agrees or not.
 * Named: the order appears in an unreadable row, or in a row that must not be compared but has the
 * order's own payment of this day. A named order must not be reported as absent.
 */
export function ordersToMark(
  context: RunContext,
  judged: readonly JudgedPayment[],
  problems: readonly RowProblem[],
  books: OrderBook,
): OrdersToMark {
  const named = new Set<OutTradeNo>(namedByProblems(problems, books));
  for (const one of judged) {
    if (one.kind === 'aside' && one.order !== null && isNamedHere(context, one.reason, one.order, one.row)) {
      named.add(one.row.outTradeNo);
    }
  }
  const found = judged.flatMap((one) => {
    if (one.kind !== 'payment' || one.order === null || !isPayer(one.order, one.row)) return [];
    const { outTradeNo, statement } = one.order;
    return isNamedOnly(context, statement) || named.has(outTradeNo) ? [] : [outTradeNo];
  });
  return { found, named: [...named] };
}

/** Our orders that unreadable rows name. */
export function namedByProblems(problems: readonly RowProblem[], books: OrderBook): readonly OutTradeNo[] {
  return problems.flatMap(({ kept, outTradeNo }) =>
    !kept && outTradeNo !== null && books.has(outTradeNo) ? [outTradeNo] : [],
  );
}

function isNamedHere(
  { span }: RunContext,
  reason: SetAsideReason,
  { payment }: LedgerOrder,
  { transactionId }: PaymentSideRow,
): boolean {
  if (reason !== 'other_day' && reason !== 'undocumented') return false;
  if (payment.state !== 'paid' || payment.transactionId !== transactionId) return false;
  return payment.paidAt >= span.from && payment.paidAt < span.to;
}

/** The first row of each order, and the rows that must wait until the first is handled. */
export function firstOfEachOrder(
  rows: readonly PaymentRow[],
): readonly [first: readonly PaymentRow[], rest: readonly PaymentRow[]] {
  const orders = new Map<OutTradeNo, TransactionId>();
  for (const { outTradeNo, transactionId } of rows) {
    if (!orders.has(outTradeNo)) orders.set(outTradeNo, transactionId);
  }
  const isFirst = (row: PaymentRow) => orders.get(row.outTradeNo) === row.transactionId;
  return [rows.filter(isFirst), rows.filter((row) => !isFirst(row))];
}
