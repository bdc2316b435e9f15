import type { AgreeRequest, StatedPayment } from '../../model/agreement';
import { mayBeCanary } from '../../values/canary';
import type { OutTradeNo } from '../../values/ids';
import type { Unresolved } from '../compare/explain';
import type { RunContext } from '../run/run-context';
import { markOf } from '../run/run-context';
import { feeDifference } from '../compare/match';
import { batchesOf1000, type Matching } from '../run/matching';
import type { OrderBook, PaymentSideRow } from '../compare/payments';
import type { StatementBatch } from '../../bill/read';
import type { PaymentRow } from '../../bill/row';
import type { TallyDraft } from '../compare/tally';
import { add, addTheirs } from '../compare/tally';
import { addCompared } from '../compare/money';

/** The currency of bills of cloud payments. */
const CURRENCY = 'CNY';

/** A chunk's rows, split by whether they need a closer look. */
export interface SplitRows {
  /** Payments on which both sides agree; already marked. */
  readonly agreed: readonly PaymentRow[];
  readonly rest: readonly PaymentSideRow[];
  /** Our books' entries for the orders of the rest, as far as they were read. */
  readonly books: OrderBook;
  /** The orders that were looked up, whether they exist or not. */
  readonly asked: ReadonlySet<OutTradeNo>;
}

/**
 * Lets the store compare and mark the payments of a chunk that have nothing against them, so that a
 * chunk in full agreement costs one request instead of reading a thousand orders. The rest is
 * compared in detail.
 *
 * CloudBase: 2 requests per 1,000 rows, 0 without any.
 */
export async function splitRows(
  { invocation, context }: Matching,
  { problems }: StatementBatch,
  rows: readonly PaymentSideRow[],
  chunk: number,
  unresolved: Unresolved,
): Promise<SplitRows> {
  const doubtful = doubtfulOrders(rows, problems);
  const plain = rows.filter((row) => isPlain(context, row, doubtful, unresolved));
  const mark = markOf(context, chunk);
  const { subMchId, span: paidIn } = context;
  const answers = await Promise.all(
    batchesOf1000(plain.map(statedOf)).map((payments) => {
      const request: AgreeRequest = { subMchId, currency: CURRENCY, paidIn, payments, mark };
      return invocation.deps.store.orders.agree(request);
    }),
  );
  const isAgreed = (number: OutTradeNo) => answers.some(({ agreed }) => agreed.has(number));
  const agreed: PaymentRow[] = [];
  const rest: PaymentSideRow[] = [];
  for (const row of rows) {
    if (row.kind === 'payment' && isAgreed(row.outTradeNo)) agreed.push(row);
    else rest.push(row);
  }
  const books = new Map(
    answers.flatMap(({ others }) => others.map((order) => [order.outTradeNo, order] as const)),
  );
  return { agreed, rest, books, asked: new Set(plain.map(({ outTradeNo }) => outTradeNo)) };
}

/** Adds rows on which both sides agree. */
export function tallyAgreed(draft: TallyDraft, rows: readonly PaymentRow[]): void {
  const { theirs, ours, matched, money } = draft;
  for (const row of rows) {
    const { total, fee } = row;
    addCompared(money, row);
    addTheirs(draft, 'payments', false, total);
    add(ours.payments, total);
    add(matched.payments, total);
    theirs.fees += fee ?? 0;
  }
}

/** Orders named by several rows of the chunk, or by an unreadable one. */
function doubtfulOrders(
  rows: readonly PaymentSideRow[],
  problems: StatementBatch['problems'],
): ReadonlySet<OutTradeNo> {
  const once = new Set<OutTradeNo>();
  const doubtful = new Set<OutTradeNo>();
  for (const { outTradeNo } of rows) {
    if (once.has(outTradeNo)) doubtful.add(outTradeNo);
    once.add(outTradeNo);
  }
  for (const { kept, outTradeNo } of problems) if (!kept && outTradeNo !== null) doubtful.add(outTradeNo);
  return doubtful;
}

function isPlain(
  context: RunContext,
  row: PaymentSideRow,
  doubtful: ReadonlySet<OutTradeNo>,
  unresolved: Unresolved,
): row is PaymentRow {
  return (
    row.kind === 'payment' &&
    // The store does not say whether an order that agrees is a canary.
    !mayBeCanary(row.outTradeNo) &&
    row.currency === CURRENCY &&
    (row.paidTo === null || row.paidTo === context.subMchId) &&
    row.tradedAt >= context.span.from &&
    row.tradedAt < context.span.to &&
    !doubtful.has(row.outTradeNo) &&
    unresolved.of(row.outTradeNo).length === 0 &&
    (context.feeRate === null || feeDifference(row, context.feeRate) === null)
  );
}

function statedOf({ outTradeNo, transactionId, total }: PaymentRow): StatedPayment {
  return { outTradeNo, transactionId, total };
}
