import { withLine } from '../model/history';
import type { ClaimedMessage } from '../model/message';
import type { Order, OrderSettlement } from '../model/order';
import type { Refund } from '../model/refund';
import type { Settlement } from '../store/port';
import type { OutRefundNo } from '../values/ids';
import type { Instant } from '../values/instant';
import { judge } from './judge';
import type { Known } from './lookup';
import type { InboxSettings } from './settings';
import type { Verdict } from './verdict';

/** Payments first: the other facts are decided on the result. */
const RANK: Readonly<Record<ClaimedMessage['content']['kind'], number>> = {
  payment: 0,
  closure: 1,
  refund: 2,
  other: 3,
  unusable: 4,
};

/** What was decided about a batch of messages. */
export interface Judged {
  /** To be settled, in this sequence. */
  readonly verdicts: readonly Verdict[];
  /**
   * To be decided again once these are settled. They were decided on a change that is not written
   * yet and may be refused, and would write no change themselves, which alone is refused with it.
   */
  readonly again: readonly ClaimedMessage[];
}

/**
 * Decides a batch of messages. Those of one order are decided in sequence, payments first and then
 * by arrival, each on the order and refund as the previous one leaves them, so that fifty refunds
 * of one order need one claim. Pure. The results for one order keep that sequence, in which
 * `settle` writes them.
 */
export function judgeTogether(
  settings: InboxSettings,
  messages: readonly ClaimedMessage[],
  knownOf: (message: ClaimedMessage) => Known,
  now: Instant,
  chance: number,
): Judged {
  const groups = new Map<string, ClaimedMessage[]>();
  for (const message of messages) {
    const name = knownOf(message).order?.outTradeNo ?? message.outTradeNo ?? message.key;
    groups.set(name, [...(groups.get(name) ?? []), message]);
  }
  const judged = [...groups.values()].map((group) => judgeOneOrder(settings, group, knownOf, now, chance));
  return {
    verdicts: judged.flatMap(({ verdicts }) => verdicts),
    again: judged.flatMap(({ again }) => again),
  };
}

function judgeOneOrder(
  settings: InboxSettings,
  group: readonly ClaimedMessage[],
  knownOf: (message: ClaimedMessage) => Known,
  now: Instant,
  chance: number,
): Judged {
  let order: Order | null = null;
  let isOrderChanged = false;
  const refunds = new Map<OutRefundNo, Refund>();
  const verdicts: Verdict[] = [];
  const again: ClaimedMessage[] = [];
  for (const message of inSequence(group)) {
    const known = knownOf(message);
    order ??= known.order;
    const named =
      message.content.kind === 'refund' ? refunds.get(message.content.refund.outRefundNo) : undefined;
    const verdict = judge(settings, message, { ...known, order, refund: named ?? known.refund }, now, chance);
    const { change, refund } = verdict.settlement;
    const isOnRefund = named !== undefined && refund === null;
    if (change === null && (isOrderChanged || isOnRefund)) {
      again.push(message);
      continue;
    }
    verdicts.push(verdict);
    isOrderChanged ||= change !== null;
    if (order !== null && change !== null) order = changedBy(order, change);
    const after = refund === null ? null : refundAfter(refund, named ?? known.refund);
    if (after !== null) refunds.set(after.outRefundNo, after);
  }
  return { verdicts, again };
}

function inSequence(group: readonly ClaimedMessage[]): readonly ClaimedMessage[] {
  if (group.length === 1) return group;
  const before = (a: ClaimedMessage, b: ClaimedMessage): number =>
    RANK[a.content.kind] - RANK[b.content.kind] || a.receivedAt - b.receivedAt || (a.key < b.key ? -1 : 1);
  return [...group].sort(before);
}

/** The order as it is once this change is written. */
export function changedBy(order: Order, change: OrderSettlement): Order {
  const { payment, fulfilment, otherPayments, refunds, entry, expectedVersion } = change;
  const version = expectedVersion + 1;
  return withLine({ ...order, version, payment, fulfilment, otherPayments, refunds }, entry);
}

function refundAfter(change: NonNullable<Settlement['refund']>, before: Refund | null): Refund | null {
  switch (change.kind) {
    case 'create':
      return change.refund;
    case 'change': {
      if (before === null) return null;
      const { progress, entry, expectedVersion } = change;
      return withLine({ ...before, progress, version: expectedVersion + 1 }, entry);
    }
  }
}
