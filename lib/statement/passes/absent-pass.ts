import type { Discrepancy } from '../../model/discrepancy';
import type { LedgerOrder } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { AbsentQuery, Page } from '../../store/requests';
import { mapConcurrently } from '../../runtime/concurrency';
import type { Instant } from '../../values/instant';
import type { FoundDiscrepancy } from '../run/run-context';
import { discrepancyOf, isNamedOnly } from '../run/run-context';
import type { StatementMark } from '../../model/statement/statement-mark';
import type { Matching, PassEnd } from '../run/matching';
import { readLedger, workOf } from '../run/matching';
import { add, addFound, draftOf, LISTED_PER_CLASS, listedSoFar, tallyOf } from '../compare/tally';

/** A payment or refund on our books that a bill lacks. */
interface Absent {
  readonly discrepancy: FoundDiscrepancy & { readonly class: 'missing_payment' | 'refund_missing_there' };
  readonly mark: StatementMark | null;
  /** The bill names it or its order, in a row that was not compared with it. */
  readonly isNamed: boolean;
}

/** The largest page of the store. */
const MOST_PER_PAGE = 1_000;

/** Messages read concurrently. */
const READ_AT_ONCE = 20;

/** One pass over our books: where records come from, and where they are counted. */
interface AbsentPass {
  readonly name: 'absent_payments' | 'absent_refunds';
  readonly side: 'payments' | 'refunds';
  readonly read: (matching: Matching, query: AbsentQuery) => Promise<Page<Absent>>;
}

/** The passes, in order. */
export const ABSENT_PASSES: readonly AbsentPass[] = [
  {
    name: 'absent_payments',
    side: 'payments',
    read: absentPayments,
  },
  {
    name: 'absent_refunds',
    side: 'refunds',
    read: absentRefunds,
  },
];

/**
 * Walks our records of the day that were not found in its bill. Each is carried over until the
 * deadline; after it, the discrepancy is open without any further write.
 *
 * CloudBase: 2 requests per 1,000 absent records, plus the cost of storing them.
 */
export async function passOverAbsent(
  matching: Matching,
  pass: AbsentPass,
  from: string | null,
): Promise<PassEnd> {
  const { invocation, claim, context } = matching;
  const { store, clock, settings } = invocation.deps;
  const { subMchId, day, round } = context;
  for (let after = from; ;) {
    if (!claim.isValid()) return 'lost';
    const page = await pass.read(matching, {
      subMchId,
      day,
      round,
      after,
      limit: Math.min(settings.chunkRows, MOST_PER_PAGE),
    });
    const draft = draftOf(matching.progress.tally);
    const now = clock.now();
    const found: Discrepancy[] = [];
    for (const { discrepancy, mark, isNamed } of page.items) {
      if (isNamed || wasSeen(matching, mark)) {
        if (draft.books !== null) add(draft.books.inDoubt[pass.side], discrepancy.amount);
        continue;
      }
      add(draft.ours[pass.side], discrepancy.amount);
      if (listedSoFar(draft, discrepancy.class) < LISTED_PER_CLASS) {
        found.push(discrepancyOf(context, discrepancy, now, laterOf(now, context.carriedUntil)));
      }
      if (context.carriedUntil > now) add(draft.carriedOver[pass.side], discrepancy.amount);
      else {
        addFound(draft, discrepancy.class, discrepancy.amount, discrepancy.difference);
        if (draft.books !== null) add(draft.books.differing[pass.side], discrepancy.amount);
      }
    }
    if (found.length > 0) {
      await store.discrepancies.see(found);
      (await invocation.unresolved()).add(found);
    }
    matching.progress = { checkpoint: { pass: pass.name, after: page.next }, tally: tallyOf(draft) };
    if (page.next === null) return 'done';
    if (invocation.isShort()) return 'time';
    if (!(await claim.keep(workOf(matching)))) return 'lost';
    after = page.next;
  }
}

function laterOf(one: Instant, other: Instant): Instant {
  return one > other ? one : other;
}

/**
 * Without a bill, records that an earlier round found in a bill of the same day do not count as
 * missing.
 */
function wasSeen({ statement, context }: Matching, mark: StatementMark | null): boolean {
  return statement === null && mark !== null && mark.day === context.day;
}

/** States that unreadable rows exist: one of them may be the missing row. */
function theirsIfUnreadable({ progress }: Matching): FoundDiscrepancy['theirs'] {
  const unreadable = progress.tally.setAside.unreadable?.count ?? 0;
  return unreadable === 0 ? null : { unreadableRows: unreadable };
}

async function absentPayments(matching: Matching, query: AbsentQuery): Promise<Page<Absent>> {
  const page = await matching.invocation.deps.store.orders.absent(query);
  const theirs = theirsIfUnreadable(matching);
  return { items: page.items.flatMap((order) => absentPayment(order, theirs)), next: page.next };
}

function absentPayment(order: LedgerOrder, theirs: FoundDiscrepancy['theirs']): readonly Absent[] {
  const { outTradeNo, total: amount, payment, statement: mark } = order;
  if (payment.state !== 'paid') return [];
  const subject = { kind: 'payment', outTradeNo, transactionId: payment.transactionId } as const;
  const money = { ours: amount, theirs, amount, difference: 0 - amount };
  return [{ mark, isNamed: false, discrepancy: { class: 'missing_payment', subject, ...money } }];
}

async function absentRefunds(matching: Matching, query: AbsentQuery): Promise<Page<Absent>> {
  const page = await matching.invocation.deps.store.refunds.absent(query);
  const theirs = theirsIfUnreadable(matching);
  // An unreadable refund row identifies at most its order.
  const orders =
    theirs === null ? [] : await readLedger(matching, new Set(page.items.map((one) => one.outTradeNo)));
  const named = new Set(
    [...orders].flatMap(([number, order]) =>
      isNamedOnly(matching.context, order.statement) ? [number] : [],
    ),
  );
  await matching.claim.hold();
  const items = await mapConcurrently(page.items, READ_AT_ONCE, async (refund) => {
    const isNamed = named.has(refund.outTradeNo) || (await isLearntFromThisBill(matching, refund));
    return absentRefund(refund, theirs, isNamed);
  });
  return { items, next: page.next };
}

/**
 * True for a refund that our books took from this round's bill, but only after its row was
 * compared: it has no mark. In the first round no other bill of the day can have stated it. Later,
 * its message tells: comparing the row recorded it again.
 */
async function isLearntFromThisBill({ invocation, claim }: Matching, { progress }: Refund): Promise<boolean> {
  if (progress.state !== 'succeeded' || progress.knownBy !== 'statement') return false;
  const { round, begunAgainAt, createdAt } = claim.current;
  if (round === 1) return true;
  const message = await invocation.deps.store.inbox.find(progress.evidence);
  return message !== null && message.lastDeliveredAt >= (begunAgainAt ?? createdAt);
}

function absentRefund(refund: Refund, theirs: FoundDiscrepancy['theirs'], isNamed: boolean): Absent {
  const { outTradeNo, outRefundNo, amount, statement: mark } = refund;
  const subject = { kind: 'refund', outTradeNo, outRefundNo } as const;
  const money = { ours: amount, theirs, amount, difference: 0 - amount };
  return { mark, isNamed, discrepancy: { class: 'refund_missing_there', subject, ...money } };
}
