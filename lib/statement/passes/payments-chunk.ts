import type { LedgerOrder } from '../../model/order';
import type { InboxKey } from '../../model/message';
import type { OutTradeNo } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { Unresolved } from '../compare/explain';
import { explainedByPayments, repairedRows } from '../compare/explain';
import { paymentFact } from './fact';
import type { RunContext } from '../run/run-context';
import { markOf } from '../run/run-context';
import { NAMED_ONLY } from '../../model/statement/statement-mark';
import type { Matching } from '../run/matching';
import { batchesOf1000, readLedger, resolveExplained } from '../run/matching';
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
import { finishPending, repair } from './repair';
import type { PaymentRow } from '../../bill/row';
import type { TallyDraft } from '../compare/tally';
import { addProblems, draftOf, tallyOf } from '../compare/tally';

/**
 * Handles one chunk of a bill's payments: compares, repairs what may be repaired, stores
 * discrepancies, resolves what is explained, and marks what was found. The caller saves the run,
 * once per chunk.
 *
 * Every step is safe to repeat, in this order: a discrepancy is stored before the repair that
 * changes it, and the tally uses the books after the repair. So a chunk that is interrupted
 * anywhere and repeated ends the same. Rejects with `LeaseLost`.
 *
 * CloudBase: 2 requests when all rows agree.
 */
export async function paymentsChunk(matching: Matching, batch: StatementBatch): Promise<RepairEnd> {
  const read = await readChunk(matching, batch);
  const repaired = await repairUnrecorded(matching, read);
  if (repaired.kind !== 'settled') return repaired.kind;
  const { chunk } = repaired;
  if (!(await applied(matching, chunk))) return 'busy';
  await matching.claim.hold();
  const draft = await nameFindings(matching, chunk);
  await matching.claim.hold();
  await markFound(matching, chunk, draft);
  matching.progress = {
    checkpoint: { pass: 'payments', afterLine: batch.lastLine },
    tally: tallyOf(draft),
  };
  return 'settled';
}

/** A chunk's rows with our books beside them. */
interface Chunk {
  /** The line of its first row: its name in marks. */
  readonly first: number;
  readonly problems: StatementBatch['problems'];
  /** Payments on which both sides agree; marked by the store when it found them so. */
  readonly agreed: readonly PaymentRow[];
  readonly rest: readonly PaymentSideRow[];
  readonly books: ReadonlyMap<OutTradeNo, LedgerOrder>;
  /** The rest, compared with the books. */
  readonly judged: readonly JudgedPayment[];
  readonly unresolved: Unresolved;
}

/** What a repair left. */
type Repaired =
  { readonly kind: 'settled'; readonly chunk: Chunk } | { readonly kind: Exclude<RepairEnd, 'settled'> };

async function readChunk(matching: Matching, batch: StatementBatch): Promise<Chunk> {
  const rows = batch.rows.filter((row) => row.kind !== 'refund');
  const first = rows[0]?.line ?? batch.lastLine;
  const { problems } = batch;
  const unresolved = await matching.invocation.unresolved();
  const { agreed, rest, asked, books: read } = await splitRows(matching, batch, rows, first, unresolved);
  const unread = [...namesIn(rest, problems)].filter((number) => !asked.has(number));
  const books = new Map([...read, ...(await readLedger(matching, unread))]);
  const judged = judgePayments(matching.context, rest, books, first);
  return { first, problems, agreed, rest, books, judged, unresolved };
}

/** Names the orders that the bill has paid and our books have not, then repairs them. */
async function repairUnrecorded(matching: Matching, chunk: Chunk): Promise<Repaired> {
  const { invocation, context, progress } = matching;
  const { store, clock } = invocation.deps;
  const unrecorded = unrecordedIn(chunk.judged);
  if (unrecorded.length > 0) {
    const unpaid = unpaidOrders(draftOf(progress.tally), context, chunk.judged, clock.now());
    await store.discrepancies.see(unpaid);
    chunk.unresolved.add(unpaid);
    const books = new Map(chunk.books);
    const end = await repairPayments(matching, unrecorded, books);
    if (end !== 'settled') return { kind: end };
    const judged = judgePayments(context, chunk.rest, books, chunk.first);
    return { kind: 'settled', chunk: { ...chunk, books, judged } };
  }
  return { kind: 'settled', chunk };
}

/** Has the messages of repaired rows applied that are still pending. False when they are busy. */
async function applied(matching: Matching, chunk: Chunk): Promise<boolean> {
  const { invocation, context } = matching;
  const repaired = repairedRows(context, chunk.judged, chunk.unresolved);
  const keys = keysOf(context, repaired, invocation.deps.clock.now());
  return (await finishPending(matching, keys)) !== 'busy';
}

/** Stores what differs, resolves what is explained, and returns the day's tally with this chunk. */
async function nameFindings(matching: Matching, chunk: Chunk): Promise<TallyDraft> {
  const { invocation, context, progress } = matching;
  const { store, clock } = invocation.deps;
  const { judged } = chunk;
  const draft = draftOf(progress.tally);
  tallyAgreed(draft, chunk.agreed);
  const found = tallyPayments(draft, context, judged, clock.now());
  addProblems(draft, chunk.problems);
  if (found.length > 0) await store.discrepancies.see(found);
  chunk.unresolved.add(found);
  const explained = explainedByPayments(context, judged, chunk.unresolved);
  if (explained.length > 0) await resolveExplained(matching, explained, chunk.unresolved);
  return draft;
}

async function markFound(matching: Matching, chunk: Chunk, { books }: TallyDraft): Promise<void> {
  const marks = ordersToMark(matching.context, chunk.judged, chunk.problems, chunk.books);
  for (const number of marks.named) books?.named.add(number);
  await markOrders(matching, marks.found, chunk.first);
  await markOrders(matching, marks.named, NAMED_ONLY);
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
  const { invocation, context } = matching;
  const isUnrecorded = (row: PaymentRow) =>
    judge(context, row, books.get(row.outTradeNo) ?? null).kind === 'unrecorded';
  let open = unrecorded;
  while (open.length > 0) {
    const [first, rest] = firstOfEachOrder(open);
    const now = invocation.deps.clock.now();
    const facts = first.map((row) => ({ row, fact: paymentFact(row, context.subMchId, now) }));
    const end = await repair(
      matching,
      facts.map(({ fact }) => fact),
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
