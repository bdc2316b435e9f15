import type { AgreeRequest, StatedPayment } from '../../model/agreement';
import type { OutTradeNo } from '../../values/ids';
import type { Unresolved } from '../compare/explain';
import type { RunContext } from '../run/run-context';
import { markOf } from '../run/run-context';
import { feeDifference } from '../compare/match';
import { inThousands, type Matching } from '../run/matching';
import type { OrderBook, PaymentSideRow } from '../compare/payments';
import type { StatementBatch } from '../../bill/read';
import type { PaymentRow } from '../../bill/row';
import type { TallyDraft } from '../compare/tally';
import { add } from '../compare/tally';

/** What a statement of cloud development is in. */
const CURRENCY = 'CNY';

/** A chunk's rows, parted by whether anybody has to look at them. */
export interface PartedRows {
  /** Payments on which both sides agree, marked already. */
  readonly agreed: readonly PaymentRow[];
  readonly rest: readonly PaymentSideRow[];
  /** What our books hold of the orders of the rest, as far as it was read. */
  readonly books: OrderBook;
  /** Whose books were read, there or not. */
  readonly asked: ReadonlySet<OutTradeNo>;
}

/**
 * Has the store compare and mark the payments of a chunk that nothing is known against, so that a
 * chunk on which both sides agree is one question and not a thousand orders. What does not agree is
 * left to be judged.
 *
 * CloudBase: 2 requests per 1,000 rows, 0 without any.
 */
export async function partRows(
  { turn, frame }: Matching,
  { problems }: StatementBatch,
  rows: readonly PaymentSideRow[],
  chunk: number,
  unresolved: Unresolved,
): Promise<PartedRows> {
  const doubtful = doubtfulOrders(rows, problems);
  const plain = rows.filter((row) => isPlain(frame, row, doubtful, unresolved));
  const mark = markOf(frame, chunk);
  const { subMchId } = frame;
  const answers = await Promise.all(
    inThousands(plain.map(statedOf)).map((payments) => {
      const request: AgreeRequest = { subMchId, currency: CURRENCY, payments, mark };
      return turn.deps.store.orders.agree(request);
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
export function tallyAgreed({ theirs, ours, matched }: TallyDraft, rows: readonly PaymentRow[]): void {
  for (const { total, fee } of rows) {
    add(theirs.payments, total);
    add(ours.payments, total);
    add(matched.payments, total);
    theirs.fees += fee ?? 0;
  }
}

/** Orders that several rows of the chunk name, or one that could not be read. */
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
  frame: RunContext,
  row: PaymentSideRow,
  doubtful: ReadonlySet<OutTradeNo>,
  unresolved: Unresolved,
): row is PaymentRow {
  return (
    row.kind === 'payment' &&
    row.currency === CURRENCY &&
    (row.paidTo === null || row.paidTo === frame.subMchId) &&
    row.tradedAt >= frame.span.from &&
    row.tradedAt < frame.span.to &&
    !doubtful.has(row.outTradeNo) &&
    unresolved.of(row.outTradeNo).length === 0 &&
    (frame.feeRate === null || feeDifference(row, frame.feeRate) === null)
  );
}

function statedOf({ outTradeNo, transactionId, total }: PaymentRow): StatedPayment {
  return { outTradeNo, transactionId, total };
}
