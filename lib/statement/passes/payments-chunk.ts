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
import { inThousands, readLedger, resolveExplained, roundName } from '../run/matching';
import type { JudgedPayment, PaymentSideRow } from '../compare/payments';
import { partRows, tallyAgreed } from './plain-rows';
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
import { finishPending, repair } from './repair';
import type { PaymentRow } from '../../bill/row';
import { addProblems, draftOf, tallyOf } from '../compare/tally';

/**
 * Goes over one chunk of a statement's payments: compares, repairs what may be repaired, writes
 * down what disagrees, ends what is explained, marks what was found. The run is not written: the
 * caller does that, once, for the whole chunk.
 *
 * Every step is safe to repeat, in this order: what a repair will change is written down before it,
 * and the tally is of the books after it. So a chunk that is broken off anywhere and done again
 * ends as if it had not been.
 *
 * CloudBase: 2 requests when all rows agree.
 */
export async function paymentsChunk(matching: Matching, batch: StatementBatch): Promise<RepairEnd> {
  const { turn, frame, progress } = matching;
  const { store, clock } = turn.deps;
  const rows = batch.rows.filter((row) => row.kind !== 'refund');
  const chunk = rows[0]?.line ?? batch.lastLine;
  const unresolved = await turn.unresolved();

  const { agreed, rest, asked, books: read } = await partRows(matching, batch, rows, chunk, unresolved);
  const unread = [...namesIn(rest, batch.problems)].filter((number) => !asked.has(number));
  const books = new Map([...read, ...(await readLedger(matching, unread))]);
  let judged = judgePayments(frame, rest, books, chunk);
  const news = newsIn(judged);
  if (news.length > 0) {
    const draft = draftOf(progress.tally);
    const unpaid = unpaidOrders(draft, frame, judged, clock.now());
    await store.discrepancies.see(unpaid);
    unresolved.add(unpaid);
    const end = await repairPayments(matching, news, books);
    if (end !== 'settled') return end;
    judged = judgePayments(frame, rest, books, chunk);
  }

  const applied = keysOf(frame, repairedRows(frame, judged, unresolved), clock.now());
  if ((await finishPending(turn, applied)) === 'busy') return 'busy';

  const draft = draftOf(progress.tally);
  tallyAgreed(draft, agreed);
  const found = tallyPayments(draft, frame, judged, clock.now());
  addProblems(draft, batch.problems);
  if (found.length > 0) await store.discrepancies.see(found);
  unresolved.add(found);
  const explained = explainedByPayments(frame, judged, unresolved);
  if (explained.length > 0) await resolveExplained(matching, explained, unresolved);
  const marks = ordersToMark(frame, judged, batch.problems, books);
  await markOrders(matching, marks.found, chunk);
  await markOrders(matching, marks.named, NAMED_ONLY);
  matching.progress = {
    checkpoint: { pass: 'payments', afterLine: batch.lastLine },
    tally: tallyOf(draft),
  };
  return 'settled';
}

/** Marks orders, 1,000 at a time. */
export async function markOrders(
  { turn, frame }: Matching,
  numbers: readonly OutTradeNo[],
  chunk: number,
): Promise<void> {
  await Promise.all(
    inThousands(numbers).map((some) => turn.deps.store.orders.markStatement(some, markOf(frame, chunk))),
  );
}

/** The orders that these rows name, and rows that could not be read. */
function namesIn(
  rows: readonly PaymentSideRow[],
  problems: StatementBatch['problems'],
): ReadonlySet<OutTradeNo> {
  const names = new Set<OutTradeNo>();
  for (const { outTradeNo } of rows) names.add(outTradeNo);
  for (const { kept, outTradeNo } of problems) if (!kept && outTradeNo !== null) names.add(outTradeNo);
  return names;
}

function keysOf(frame: RunContext, rows: readonly PaymentRow[], now: Instant): readonly InboxKey[] {
  return rows.map((row) => paymentFact(row, frame.subMchId, now).key);
}

function newsIn(judged: readonly JudgedPayment[]): readonly PaymentRow[] {
  return judged.flatMap((one) => (one.kind === 'payment' && one.verdict.kind === 'news' ? [one.row] : []));
}

/**
 * Tells the inbox of payments. Of several that claim one order the first in the file is dealt with
 * first, so that it is the same one that pays the order however often this is begun. `books` is
 * brought up to date.
 */
async function repairPayments(
  matching: Matching,
  news: readonly PaymentRow[],
  books: Map<OutTradeNo, LedgerOrder>,
): Promise<RepairEnd> {
  const { turn, frame, claim } = matching;
  const isNews = (row: PaymentRow) => judge(frame, row, books.get(row.outTradeNo) ?? null).kind === 'news';
  let open = news;
  while (open.length > 0) {
    const [first, rest] = firstOfEachOrder(open);
    const now = turn.deps.clock.now();
    const facts = first.map((row) => ({ row, fact: paymentFact(row, frame.subMchId, now) }));
    const end = await repair(
      turn,
      roundName(claim.current),
      facts.map(({ fact }) => fact),
      async () => {
        const numbers = first.map(({ outTradeNo }) => outTradeNo);
        for (const [number, order] of await readLedger(matching, numbers)) books.set(number, order);
        return facts.flatMap(({ row, fact }) => (isNews(row) ? [fact.key] : []));
      },
    );
    if (end !== 'settled') return end;
    open = rest.filter(isNews);
  }
  return 'settled';
}
