import type { BothSums } from '../../model/statement/statement-run';
import type { MoneySum } from '../../model/operators/today';
import type { BookedPart, BookedQuery } from '../../store/requests';
import { missedOf, type NamedOrders } from '../compare/missed';
import { draftOf, tallyOf, type Sum } from '../compare/tally';
import { accountsForBooks } from '../report/equation';
import { isNamedOnly } from '../run/run-context';
import type { Matching, PassEnd } from '../run/matching';
import { readLedger, workOf } from '../run/matching';

/** One pass that counts what the store holds of the day. */
interface StoredPass {
  readonly name: 'stored_payments' | 'stored_refunds';
  readonly side: 'payments' | 'refunds';
  readonly read: (matching: Matching, query: BookedQuery) => Promise<BookedPart>;
}

/** The passes, in order. */
export const STORED_PASSES: readonly StoredPass[] = [
  {
    name: 'stored_payments',
    side: 'payments',
    read: ({ invocation }, query) => invocation.deps.store.orders.booked(query),
  },
  {
    name: 'stored_refunds',
    side: 'refunds',
    read: ({ invocation }, query) => invocation.deps.store.refunds.booked(query),
  },
];

/**
 * Counts what our books hold of the day, by the store's own index and not by what the passes
 * before saw: a record that they lost shows. A run that an earlier version began counts nothing.
 *
 * CloudBase: 4 requests a day, 2 for a day without payments and refunds.
 */
export async function passOverStored(
  matching: Matching,
  pass: StoredPass,
  from: string | null,
): Promise<PassEnd> {
  const { invocation, claim, context } = matching;
  const { subMchId, day } = context;
  if (matching.progress.tally.books === undefined) return 'done';
  for (let after = from; ;) {
    if (!claim.isValid()) return 'lost';
    const part = await pass.read(matching, { subMchId, day, after });
    const draft = draftOf(matching.progress.tally);
    if (draft.books !== null) {
      addSum(draft.books.stored[pass.side], part.all);
      addSum(draft.books.otherDays[pass.side], part.otherDays);
    }
    matching.progress = { checkpoint: { pass: pass.name, after: part.next }, tally: tallyOf(draft) };
    if (part.next === null) return 'done';
    if (invocation.isShort()) return 'time';
    if (!(await claim.keep(workOf(matching)))) return 'lost';
    after = part.next;
  }
}

function addSum(to: Sum, { count, total }: MoneySum): void {
  to.count += count;
  to.sum += total;
}

/**
 * Compares what the passes saw with what the store holds, and keeps the result in the tally. Null
 * when it is the same, or when the comparison has been repeated already; otherwise what was missed.
 */
export async function settleBooks(matching: Matching): Promise<BothSums | null> {
  const { tally, checkpoint } = matching.progress;
  const { books } = tally;
  if (books === undefined || books.missed !== null) return null;
  const { inDoubt, missed } = missedOf(tally, books, await namedOrders(matching, books.named));
  matching.progress = {
    checkpoint,
    tally: { ...tally, books: { ...books, named: [], inDoubt, missed } },
  };
  return books.again || accountsForBooks(matching.progress.tally) ? null : missed;
}

/** Which of the orders that could not be compared are paid on this day and in no other row. */
async function namedOrders(
  matching: Matching,
  named: Parameters<typeof readLedger>[1],
): Promise<NamedOrders> {
  const { context } = matching;
  const numbers = new Set(named);
  if (numbers.size === 0) return { count: 0, sum: 0 };
  let [count, sum] = [0, 0];
  for (const { payment, subMchId, statement, total } of (await readLedger(matching, numbers)).values()) {
    const isOfDay =
      payment.state === 'paid' &&
      subMchId === context.subMchId &&
      payment.paidAt >= context.span.from &&
      payment.paidAt < context.span.to;
    if (!isOfDay || !isNamedOnly(context, statement)) continue;
    count += 1;
    sum += total;
  }
  return { count, sum };
}
