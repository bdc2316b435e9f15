import type { LedgerOrder } from '../../model/order';
import type { InboxKey } from '../../model/message';
import type { OutTradeNo } from '../../values/ids';
import type { Instant } from '../../values/instant';
import { explainedByPayments, repairedRows } from '../compare/explain';
import { paymentFact } from './fact';
import type { RunContext } from '../run/run-context';
import { markOf } from '../run/run-context';
import { NAMED_ONLY } from '../../model/statement-mark';
import type { Matching } from '../run/matching';
import { batchesOf1000, readLedger, resolveExplained, roundName } from '../run/matching';
import type { JudgedPayment, PaymentSideRow } from '../compare/payments';
import { splitRows, tallyAgreed } from './plain-rows';
import {
  firstOfEachOrder,
  judge,
  judgePayments,
  ordersToMark,
  tallyPayments,
  unpaidOrders,
} from '../compare/payments';
import type { StatementBatch } from '../../bill/read';
import type { RepairEnd } from './repair';
import { finishPending, mayWaitForStore, repair } from './repair';
import type { PaymentRow } from '../../bill/row';
import { addProblems, draftOf, tallyOf } from '../compare/tally';

/**
 * Handles one chunk of a bill's payments: compares, repairs what may be repaired, stores
 * discrepancies, resolves what is explained, and marks what was found. The caller saves the run,
 * once per chunk.
 *
 * Every step is safe to repeat, in this order: a discrepancy is stored before the repair that
 * changes it, and the tally uses the books after the repair. So a chunk that is interrupted
 * anywhere and repeated ends the same.
 *
 * CloudBase: 2 requests when all rows agree.
 */
export async function paymentsChunk(matching: Matching, batch: StatementBatch): Promise<RepairEnd> {
  const { invocation, context, progress } = matching;
  const { store, clock } = invocation.deps;
  const rows = batch.rows.filter((row) => row.kind !== 'refund');
  const chunk = rows[0]?.line ?? batch.lastLine;
  const unresolved = await invocation.unresolved();

  const { agreed, rest, asked, books: read } = await splitRows(matching, batch, rows, chunk, unresolved);
  const unread = [...namesIn(rest, batch.problems)].filter((number) => !asked.has(number));
  const books = new Map([...read, ...(await readLedger(matching, unread))]);
  let judged = judgePayments(context, rest, books, chunk);
  const unrecorded = unrecordedIn(judged);
  if (unrecorded.length > 0) {
    const draft = draftOf(progress.tally);
    const unpaid = unpaidOrders(draft, context, judged, clock.now());
    await store.discrepancies.see(unpaid);
    unresolved.add(unpaid);
    const end = await repairPayments(matching, unrecorded, books);
    if (end !== 'settled') return end;
    judged = judgePayments(context, rest, books, chunk);
  }

  const mayWait = mayWaitForStore(matching.claim.current);
  const applied = keysOf(context, repairedRows(context, judged, unresolved), clock.now());
  if ((await finishPending(invocation, applied, mayWait)) === 'busy') return 'busy';

  const draft = draftOf(progress.tally);
  tallyAgreed(draft, agreed);
  const found = tallyPayments(draft, context, judged, clock.now());
  addProblems(draft, batch.problems);
  if (found.length > 0) await store.discrepancies.see(found);
  unresolved.add(found);
  const explained = explainedByPayments(context, judged, unresolved);
  if (explained.length > 0) await resolveExplained(matching, explained, unresolved);
  const marks = ordersToMark(context, judged, batch.problems, books);
  await markOrders(matching, marks.found, chunk);
  await markOrders(matching, marks.named, NAMED_ONLY);
  matching.progress = {
    checkpoint: { pass: 'payments', afterLine: batch.lastLine },
    tally: tallyOf(draft),
  };
  return 'settled';
}

/** Marks orders, 1,000 per request. */
export async function markOrders(
  { invocation, context }: Matching,
  numbers: readonly OutTradeNo[],
  chunk: number,
): Promise<void> {
  await Promise.all(
    batchesOf1000(numbers).map((some) =>
      invocation.deps.store.orders.markStatement(some, markOf(context, chunk)),
    ),
  );
}

/** The orders that these rows and the unreadable rows name. */
function namesIn(
  rows: readonly PaymentSideRow[],
  problems: StatementBatch['problems'],
): ReadonlySet<OutTradeNo> {
  const names = new Set<OutTradeNo>();
  for (const { outTradeNo } of rows) names.add(outTradeNo);
  for (const { kept, outTradeNo } of problems) if (!kept && outTradeNo !== null) names.add(outTradeNo);
  return names;
}

function keysOf(context: RunContext, rows: readonly PaymentRow[], now: Instant): readonly InboxKey[] {
  return rows.map((row) => paymentFact(row, context.subMchId, now).key);
}

function unrecordedIn(judged: readonly JudgedPayment[]): readonly PaymentRow[] {
  return judged.flatMap((one) =>
    one.kind === 'payment' && one.verdict.kind === 'unrecorded' ? [one.row] : [],
  );
}

/**
 * Records payments in the inbox. When several rows claim one order, the first in the file is
 * handled first, so that repeating this makes the same row pay the order. Updates `books`.
 */
async function repairPayments(
  matching: Matching,
  unrecorded: readonly PaymentRow[],
  books: Map<OutTradeNo, LedgerOrder>,
): Promise<RepairEnd> {
  const { invocation, context, claim } = matching;
  const isUnrecorded = (row: PaymentRow) =>
    judge(context, row, books.get(row.outTradeNo) ?? null).kind === 'unrecorded';
  let open = unrecorded;
  while (open.length > 0) {
    const [first, rest] = firstOfEachOrder(open);
    const now = invocation.deps.clock.now();
    const facts = first.map((row) => ({ row, fact: paymentFact(row, context.subMchId, now) }));
    const end = await repair(
      invocation,
      roundName(claim.current),
      facts.map(({ fact }) => fact),
      mayWaitForStore(claim.current),
      async () => {
        const numbers = first.map(({ outTradeNo }) => outTradeNo);
        for (const [number, order] of await readLedger(matching, numbers)) books.set(number, order);
        return facts.flatMap(({ row, fact }) => (isUnrecorded(row) ? [fact.key] : []));
      },
    );
    if (end !== 'settled') return end;
    open = rest.filter(isUnrecorded);
  }
  return 'settled';
}
