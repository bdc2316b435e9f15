import type { Discrepancy } from '../../model/discrepancy';
import type { LedgerOrder } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { AbsentQuery, Page } from '../../store/requests';
import type { Instant } from '../../values/instant';
import type { Disagreement } from '../run/run-context';
import { discrepancyOf, isNamedOnly } from '../run/run-context';
import type { StatementMark } from '../../model/statement-mark';
import type { Matching, PassEnd } from '../run/matching';
import { readLedger, workOf } from '../run/matching';
import type { Sum, TallyDraft } from '../compare/tally';
import { add, addFound, draftOf, LISTED_PER_CLASS, listedSoFar, tallyOf } from '../compare/tally';

/** Something of ours that a statement lacks. */
interface Absent {
  readonly disagreement: Disagreement & { readonly class: 'missing_payment' | 'refund_missing_there' };
  readonly mark: StatementMark | null;
}

/** As much as a page of the store holds. */
const MOST_PER_PAGE = 1_000;

/** One side of the pass over what is ours: where it comes from, and where it is counted. */
interface AbsentPass {
  readonly name: 'absent_payments' | 'absent_refunds';
  readonly read: (matching: Matching, query: AbsentQuery) => Promise<Page<Absent>>;
  readonly sums: (draft: TallyDraft) => { readonly ours: Sum; readonly carriedOver: Sum };
}

/** The passes, in their order. */
export const ABSENT_PASSES: readonly AbsentPass[] = [
  {
    name: 'absent_payments',
    read: absentPayments,
    sums: ({ ours, carriedOver }) => ({ ours: ours.payments, carriedOver: carriedOver.payments }),
  },
  {
    name: 'absent_refunds',
    read: absentRefunds,
    sums: ({ ours, carriedOver }) => ({ ours: ours.refunds, carriedOver: carriedOver.refunds }),
  },
];

/**
 * Goes over what is ours of the day and was not found in its statement. It waits in a carry-over
 * until its deadline, and then counts by time alone.
 *
 * CloudBase: 2 requests per 1,000 that are absent, and what writing them down costs.
 */
export async function passOverAbsent(
  matching: Matching,
  pass: AbsentPass,
  from: string | null,
): Promise<PassEnd> {
  const { turn, claim, frame } = matching;
  const { store, clock, settings } = turn.deps;
  const { subMchId, day, round } = frame;
  for (let after = from; ;) {
    if (!claim.stands()) return 'lost';
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
    for (const { disagreement, mark } of page.items) {
      if (wasSeen(matching, mark)) continue;
      const { ours, carriedOver } = pass.sums(draft);
      add(ours, disagreement.amount);
      if (listedSoFar(draft, disagreement.class) < LISTED_PER_CLASS) {
        found.push(discrepancyOf(frame, disagreement, now, laterOf(now, frame.carriedUntil)));
      }
      if (frame.carriedUntil > now) add(carriedOver, disagreement.amount);
      else addFound(draft, disagreement.class, disagreement.amount);
    }
    if (found.length > 0) {
      await store.discrepancies.see(found);
      (await turn.unresolved()).add(found);
    }
    matching.progress = { checkpoint: { pass: pass.name, after: page.next }, tally: tallyOf(draft) };
    if (page.next === null) return 'done';
    if (turn.isShort()) return 'time';
    if (!(await claim.keep(workOf(matching)))) return 'lost';
    after = page.next;
  }
}

function laterOf(one: Instant, other: Instant): Instant {
  return one > other ? one : other;
}

/**
 * Where there is no statement, what an earlier round found in one of the same day is not missing
 * from it.
 */
function wasSeen({ statement, frame }: Matching, mark: StatementMark | null): boolean {
  return statement === null && mark !== null && mark.day === frame.day;
}

/** Rows that could not be read may be those that are missed. */
function theirSide({ progress }: Matching): Disagreement['theirs'] {
  const unreadable = progress.tally.setAside.unreadable?.count ?? 0;
  return unreadable === 0 ? null : { unreadableRows: unreadable };
}

async function absentPayments(matching: Matching, query: AbsentQuery): Promise<Page<Absent>> {
  const page = await matching.turn.deps.store.orders.absent(query);
  const theirs = theirSide(matching);
  return { items: page.items.flatMap((order) => absentPayment(order, theirs)), next: page.next };
}

function absentPayment(order: LedgerOrder, theirs: Disagreement['theirs']): readonly Absent[] {
  const { outTradeNo, total: amount, payment, statement: mark } = order;
  if (payment.state !== 'paid') return [];
  const subject = { kind: 'payment', outTradeNo, transactionId: payment.transactionId } as const;
  return [{ mark, disagreement: { class: 'missing_payment', subject, ours: amount, theirs, amount } }];
}

async function absentRefunds(matching: Matching, query: AbsentQuery): Promise<Page<Absent>> {
  const page = await matching.turn.deps.store.refunds.absent(query);
  const theirs = theirSide(matching);
  // A refund's row that could not be read names its order at best.
  const orders =
    theirs === null ? [] : await readLedger(matching, new Set(page.items.map((one) => one.outTradeNo)));
  const named = new Set(
    [...orders].flatMap(([number, order]) => (isNamedOnly(matching.frame, order.statement) ? [number] : [])),
  );
  const items = page.items.filter((refund) => !named.has(refund.outTradeNo));
  return { items: items.map((refund) => absentRefund(refund, theirs)), next: page.next };
}

function absentRefund(refund: Refund, theirs: Disagreement['theirs']): Absent {
  const { outTradeNo, outRefundNo, amount, statement: mark } = refund;
  const subject = { kind: 'refund', outTradeNo, outRefundNo } as const;
  return { mark, disagreement: { class: 'refund_missing_there', subject, ours: amount, theirs, amount } };
}
