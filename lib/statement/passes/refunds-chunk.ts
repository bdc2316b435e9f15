import type { LedgerOrder } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { OutRefundNo, OutTradeNo } from '../../values/ids';
import { explainedByRefunds } from '../compare/explain';
import { refundFact } from './fact';
import { markOf } from '../run/run-context';
import { NAMED_ONLY } from '../../model/statement/statement-mark';
import type { Matching } from '../run/matching';
import { batchesOf1000, readLedger, resolveExplained } from '../run/matching';
import { markOrders } from './payments-chunk';
import { namedByProblems } from '../compare/payments';
import type { StatementBatch } from '../../bill/read';
import {
  isSettled,
  judgeRefunds,
  missingRefunds,
  ordersOfMissing,
  unrecordedRefunds,
  refundsToMark,
  tallyRefunds,
} from '../compare/refunds';
import type { DeadMessage, RepairEnd } from './repair';
import { repair } from './repair';
import type { RefundRow } from '../../bill/row';
import { outlivesDismissal } from '../../rules/refunds/dismissed-end';
import { addProblems, draftOf, tallyOf } from '../compare/tally';

/**
 * Handles one chunk of a bill's refunds, as `paymentsChunk` does for payments. An unknown refund of
 * one of our orders enters the inbox too: it was made in the merchant platform.
 *
 * CloudBase: 2 requests when all rows agree.
 */
export async function refundsChunk(matching: Matching, batch: StatementBatch): Promise<RepairEnd> {
  const { invocation, context, progress } = matching;
  const { store, clock } = invocation.deps;
  const rows = batch.rows.filter((row) => row.kind === 'refund');
  const chunk = rows[0]?.line ?? batch.lastLine;
  const unresolved = await invocation.unresolved();

  const books = await readRefunds(matching, rows);
  let judged = judgeRefunds(context, rows, books, chunk);
  const missing = missingRefunds(draftOf(progress.tally), context, judged, clock.now());
  if (missing.length > 0) await store.discrepancies.see(missing);
  unresolved.add(missing);
  const orders = await readLedger(matching, ordersOfMissing(judged));
  const unrecorded = unrecordedRefunds(judged, orders);
  if (unrecorded.length > 0) {
    const end = await repairRefunds(matching, unrecorded, orders, books);
    if (end !== 'settled') return end;
    judged = judgeRefunds(context, rows, books, chunk);
  }

  await matching.claim.hold();
  const draft = draftOf(progress.tally);
  const written = new Set(missing.map(({ id }) => id));
  const found = tallyRefunds(draft, context, judged, clock.now()).filter(({ id }) => !written.has(id));
  addProblems(draft, batch.problems);
  if (found.length > 0) await store.discrepancies.see(found);
  unresolved.add(found);
  const explained = explainedByRefunds(judged, unresolved);
  if (explained.length > 0) await resolveExplained(matching, explained, unresolved);
  await matching.claim.hold();
  const marks = batchesOf1000(refundsToMark(judged));
  await Promise.all(marks.map((some) => store.refunds.markStatement(some, markOf(context, chunk))));
  const named = batch.problems.flatMap(({ kept, outTradeNo }) =>
    kept || outTradeNo === null ? [] : [outTradeNo],
  );
  const ours = await readLedger(matching, named);
  const naming = [...new Set(namedByProblems(batch.problems, ours))];
  for (const number of naming) draft.books?.named.add(number);
  await markOrders(matching, naming, NAMED_ONLY);
  matching.progress = {
    checkpoint: { pass: 'refunds', afterLine: batch.lastLine },
    tally: tallyOf(draft),
  };
  return 'settled';
}

async function readRefunds(
  { invocation, claim }: Matching,
  rows: readonly RefundRow[],
): Promise<Map<OutRefundNo, Refund>> {
  const books = new Map<OutRefundNo, Refund>();
  for (const some of batchesOf1000([...new Set(rows.map(({ outRefundNo }) => outRefundNo))])) {
    await claim.hold();
    for (const refund of await invocation.deps.store.refunds.find(some))
      books.set(refund.outRefundNo, refund);
  }
  return books;
}

/** Records refunds in the inbox. Updates `books`. */
async function repairRefunds(
  matching: Matching,
  unrecorded: readonly RefundRow[],
  orders: ReadonlyMap<OutTradeNo, LedgerOrder>,
  books: Map<OutRefundNo, Refund>,
): Promise<RepairEnd> {
  const { invocation, context, statement } = matching;
  const now = invocation.deps.clock.now();
  const type = statement?.type ?? 'ALL';
  const facts = unrecorded.map((row) => ({ row, fact: refundFact(row, context.subMchId, type, now) }));
  return repair(
    matching,
    facts.map(({ fact }) => fact),
    async () => {
      for (const [number, refund] of await readRefunds(matching, unrecorded)) books.set(number, refund);
      return facts.flatMap(({ row, fact }) => (isSettled(context, row, books) ? [] : [fact.key]));
    },
    (message) => isDismissedUnpaid(message, orders) || isOpenEnd(message, books, orders),
  );
}

/**
 * True when an operator dismissed a refund message before the payment of its order was known. It
 * was dismissed as one of an order on which nothing was paid. The bill shows both the payment and
 * the refund, and without the refund the order would be fulfilled for money that has gone back.
 * What was dismissed later stays dismissed: the operator knew that the order is paid.
 */
function isDismissedUnpaid(
  { content, finishedAt, outTradeNo }: DeadMessage,
  orders: ReadonlyMap<OutTradeNo, LedgerOrder>,
): boolean {
  if (content.kind !== 'refund' || outTradeNo === null) return false;
  const payment = orders.get(outTradeNo)?.payment;
  return payment?.state === 'paid' && finishedAt < payment.knownAt;
}

/** True when an operator dismissed the end of a refund that is open on our books. */
function isOpenEnd(
  { content }: DeadMessage,
  books: ReadonlyMap<OutRefundNo, Refund>,
  orders: ReadonlyMap<OutTradeNo, LedgerOrder>,
): boolean {
  if (content.kind !== 'refund') return false;
  const refund = books.get(content.refund.outRefundNo);
  const order = refund === undefined ? undefined : orders.get(refund.outTradeNo);
  return outlivesDismissal(content, refund, order);
}
