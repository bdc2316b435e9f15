import type { RefundEntry } from '../../model/history';
import type { InboxKey, Source } from '../../model/message';
import type { Refund, RefundProgress } from '../../model/refund';
import type { Instant } from '../../values/instant';
import type { Done, RefundFact } from '../decision';

/** A line of a fact: an order's or a refund's, by its event. */
export interface Entered<Event extends string> {
  readonly at: Instant;
  readonly event: Event;
  readonly path: Source;
  readonly evidence: InboxKey;
}

/** The line that records what a fact changed. Pure. */
export function entryOf<Event extends string>(fact: RefundFact, event: Event, now: Instant): Entered<Event> {
  return { at: now, event, path: fact.path, evidence: fact.evidence };
}

/** How a refund stands once this fact says that it succeeded. Pure. */
export function succeededOf(fact: RefundFact, refund: Refund, afterClose: boolean): RefundProgress {
  const progress = progressOf(fact, refund);
  return progress.state === 'succeeded' && afterClose ? { ...progress, afterClose } : progress;
}

/** How a refund stands after this fact. Pure. */
export function progressOf(
  { content, path, heardAt, evidence }: RefundFact,
  refund: Refund | null,
): RefundProgress {
  const { state, refundId, settled, succeededAt } = content.refund;
  const known = { knownAt: heardAt, knownBy: path, evidence };
  const earlierId = refund !== null && 'refundId' in refund.progress ? refund.progress.refundId : null;
  switch (state) {
    case 'succeeded':
      return { state, refundId: refundId ?? earlierId, settled, succeededAt, ...known };
    case 'closed':
    case 'abnormal':
      return { state, reason: null, ...known };
    case 'declined':
      // The reason of the refusal was noted on the refund before this was put into the inbox.
      return { state: 'closed', reason: refund?.lastError ?? null, ...known };
    case 'processing':
    case 'unknown':
      return { state: 'processing', refundId: refundId ?? earlierId, acceptedAt: heardAt };
  }
}

/** The change that takes a refund there. Pure. */
export function progressTo(refund: Refund, progress: RefundProgress, entry: RefundEntry): Done['refund'] {
  return {
    kind: 'change',
    outRefundNo: refund.outRefundNo,
    expectedVersion: refund.version,
    progress,
    entry,
  };
}
