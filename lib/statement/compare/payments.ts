import type { Discrepancy } from '../../model/discrepancy';
import type { LedgerOrder, OtherPayment } from '../../model/order';
import type { OutTradeNo, TransactionId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { Disagreement, RunContext } from '../run/run-context';
import { count, discrepancyOf, isFromEarlierChunk, isNamedOnly } from '../run/run-context';
import type { BookedPayment, PaymentVerdict } from './match';
import { feeDifference, matchPayment } from './match';
import { asRefundNo } from '../../bill/refund-number';
import type { RowProblem } from '../../model/row-problem';
import type { PaymentRow, RefundRow, RevokedRow, StatementRow } from '../../bill/row';
import type { SetAsideReason } from '../../model/statement-run';
import type { SeenRows } from './set-aside';
import { setAsideReason } from './set-aside';
import type { TallyDraft } from './tally';
import { add, addSetAside, LISTED_PER_CLASS, listedSoFar } from './tally';

/** The rows that are gone over for payments. */
export type PaymentSideRow = Exclude<StatementRow, RefundRow>;

/** What our books hold of the orders a chunk names. */
export type OrderBook = ReadonlyMap<OutTradeNo, LedgerOrder>;

/** A row and what it comes to. */
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
 * Judges the rows of a chunk that begins with line `chunk` against our books. Pure: same rows, same
 * books, same verdicts.
 */
export function judgePayments(
  frame: RunContext,
  rows: readonly PaymentSideRow[],
  books: OrderBook,
  chunk: number,
): readonly JudgedPayment[] {
  const seen: SeenRows = new Set();
  return rows.map((row) => {
    const order = books.get(row.outTradeNo) ?? null;
    const reason = setAsideReason(frame, row, seen);
    if (reason !== null || row.kind === 'other') {
      return { kind: 'aside', row, order, reason: reason ?? 'undocumented' };
    }
    if (row.kind === 'revoked') return { kind: 'revoked', row, order };
    if (order !== null && isPayer(order, row) && isFromEarlierChunk(frame, order.statement, chunk)) {
      return { kind: 'aside', row, order, reason: 'duplicate_row' };
    }
    return { kind: 'payment', row, order, verdict: judge(frame, row, order) };
  });
}

/** What a payment row means for an order, alone. */
export function judge(frame: RunContext, row: PaymentRow, order: LedgerOrder | null): PaymentVerdict {
  // A statement without a column for it is the merchant's it was asked for.
  const stated = row.paidTo === null ? { ...row, paidTo: frame.subMchId } : row;
  return matchPayment(stated, order === null ? null : bookedPayment(order));
}

/** What of an order is compared with a row. */
function bookedPayment(order: LedgerOrder): BookedPayment {
  const { subMchId, total, currency, payment, otherPayments } = order;
  return {
    subMchId,
    total,
    currency,
    state: payment.state,
    transactionId: payment.state === 'paid' ? payment.transactionId : null,
    otherTransactions: otherPayments.length === 0 ? [] : otherPayments.map((one) => one.transactionId),
  };
}

function isPayer({ payment }: LedgerOrder, { transactionId }: PaymentSideRow): boolean {
  return payment.state === 'paid' && payment.transactionId === transactionId;
}

function otherPayment({ otherPayments }: LedgerOrder, { transactionId }: PaymentRow): OtherPayment | null {
  return otherPayments.find((one) => one.transactionId === transactionId) ?? null;
}

/** True when the row's money is on our books, agreeing or not. */
export function isBooked(order: LedgerOrder | null, row: PaymentRow): order is LedgerOrder {
  return order !== null && (isPayer(order, row) || otherPayment(order, row) !== null);
}

/** True when the row's payment paid the order, and we heard of it from a statement first. */
export function isRepaired({ payment }: LedgerOrder, { transactionId }: PaymentRow): boolean {
  return (
    payment.state === 'paid' && payment.transactionId === transactionId && payment.knownBy === 'statement'
  );
}

/**
 * The disagreement to be opened before the orders that a chunk finds unpaid are repaired; nothing
 * once there are too many.
 */
export function unpaidOrders(
  draft: TallyDraft,
  frame: RunContext,
  judged: readonly JudgedPayment[],
  now: Instant,
): readonly Discrepancy[] {
  let listed = listedSoFar(draft, 'unpaid_order');
  return judged.flatMap((one) => {
    if (one.kind !== 'payment' || one.order === null) return [];
    const { row, order, verdict } = one;
    if (verdict.kind === 'agrees' && isRepaired(order, row)) listed += 1;
    if (verdict.kind !== 'news' || verdict.as !== 'unpaid_order') return [];
    listed += 1;
    return listed > LISTED_PER_CLASS ? [] : [discrepancyOf(frame, unpaidOrder(row), now)];
  });
}

/**
 * Adds a chunk to the tally, as its books are after the repair, and answers what is to be written
 * down of it.
 */
export function tallyPayments(
  draft: TallyDraft,
  frame: RunContext,
  judged: readonly JudgedPayment[],
  now: Instant,
): readonly Discrepancy[] {
  const found: Discrepancy[] = [];
  for (const one of judged) {
    switch (one.kind) {
      case 'aside':
        addSetAside(draft, one.reason, one.row.line);
        break;
      case 'revoked':
        add(draft.theirs.revoked, one.row.refunded);
        draft.theirs.fees += one.row.fee ?? 0;
        if (one.order !== null && isPayer(one.order, one.row)) {
          found.push(...count(draft, frame, revocation(one.row), now));
        }
        break;
      case 'payment':
        addPayment(draft, one.row, one.order, one.verdict);
        for (const each of disagreements(frame, one.row, one.order, one.verdict)) {
          const written = count(draft, frame, each, now);
          // Money beside a payment that is on the order's books was named by the inbox, which put
          // it there. Where an operator buried its message it is not, and nobody else would name
          // it.
          const byInbox =
            one.verdict.kind === 'agrees' &&
            (each.class === 'duplicate_payment' || each.class === 'paid_after_close');
          if (!byInbox) found.push(...written);
        }
        break;
    }
  }
  return found;
}

function addPayment(
  { theirs, ours, matched, repaired }: TallyDraft,
  row: PaymentRow,
  order: LedgerOrder | null,
  verdict: PaymentVerdict,
): void {
  add(theirs.payments, row.total);
  theirs.fees += row.fee ?? 0;
  if (order === null) return;
  const payer = isPayer(order, row);
  if (payer) add(ours.payments, order.total);
  const other = payer ? null : otherPayment(order, row);
  if (other !== null) add(ours.payments, other.total);
  if (verdict.kind !== 'agrees') return;
  add(matched.payments, row.total);
  if (isRepaired(order, row)) add(repaired.payments, row.total);
}

const NONE: readonly Disagreement[] = [];

function disagreements(
  frame: RunContext,
  row: PaymentRow,
  order: LedgerOrder | null,
  verdict: PaymentVerdict,
): readonly Disagreement[] {
  const aboutMoney = moneyDisagreements(row, order, verdict);
  const fee = frame.feeRate === null ? null : feeDifference(row, frame.feeRate);
  if (fee === null) return aboutMoney;
  const amount = Number(fee.theirs) - Number(fee.ours);
  return [...aboutMoney, { ...fee, subject: subjectOf(row), amount }];
}

function moneyDisagreements(
  row: PaymentRow,
  order: LedgerOrder | null,
  verdict: PaymentVerdict,
): readonly Disagreement[] {
  const amount = row.total;
  switch (verdict.kind) {
    case 'agrees': {
      if (order === null || order.otherPayments.length === 0) return NONE;
      const other = otherPayment(order, row);
      if (other === null) return NONE;
      return [
        { class: other.as, subject: subjectOf(row), ours: order.payment.state, theirs: amount, amount },
      ];
    }
    case 'news':
      return verdict.as === 'unpaid_order'
        ? [unpaidOrder(row)]
        : [{ class: verdict.as, subject: subjectOf(row), ours: null, theirs: amount, amount }];
    case 'differs':
      return verdict.differences.map((each) => ({ ...each, subject: subjectOf(row), amount }));
    case 'missing_order':
      return [{ class: 'missing_order', subject: subjectOf(row), ours: null, theirs: amount, amount }];
  }
}

function subjectOf({ outTradeNo, transactionId }: PaymentRow) {
  return { kind: 'payment', outTradeNo, transactionId } as const;
}

function unpaidOrder(row: PaymentRow): Disagreement {
  const amount = row.total;
  return { class: 'unpaid_order', subject: subjectOf(row), ours: 'pending', theirs: amount, amount };
}

/** Money that went back without a refund number of ours: the payment's own number stands for it. */
function revocation({ outTradeNo, transactionId, refunded: amount }: RevokedRow): Disagreement {
  const subject = { kind: 'refund', outTradeNo, outRefundNo: asRefundNo(transactionId) } as const;
  return { class: 'refund_missing_here', subject, ours: null, theirs: { revoked: amount }, amount };
}

/** Which orders a chunk marks as found in the statement, and which only as named by it. */
export interface OrdersToMark {
  readonly found: readonly OutTradeNo[];
  readonly named: readonly OutTradeNo[];
}

/**
 * The marks of a chunk. Found: the row is about the transaction on our books, agreeing or not.
 * Named: an order of ours stands in a row that could not be read, or that must not be matched but
 * is about the order's own payment of this day; nobody may call it absent.
 */
export function ordersToMark(
  frame: RunContext,
  judged: readonly JudgedPayment[],
  problems: readonly RowProblem[],
  books: OrderBook,
): OrdersToMark {
  const named = new Set<OutTradeNo>(namedByProblems(problems, books));
  for (const one of judged) {
    if (one.kind === 'aside' && one.order !== null && isNamedHere(frame, one.reason, one.order, one.row)) {
      named.add(one.row.outTradeNo);
    }
  }
  const found = judged.flatMap((one) => {
    if (one.kind !== 'payment' || one.order === null || !isPayer(one.order, one.row)) return [];
    const { outTradeNo, statement } = one.order;
    return isNamedOnly(frame, statement) || named.has(outTradeNo) ? [] : [outTradeNo];
  });
  return { found, named: [...named] };
}

/** The orders of ours that rows name which could not be read. */
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

/** The first row of each order among these, and the rows that must wait until it is dealt with. */
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
