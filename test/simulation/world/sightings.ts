import type { InboxKey, InboxMessage } from '../../../lib/model/message';
import type { Order } from '../../../lib/model/order';
import type { OutTradeNo } from '../../../lib/values/ids';
import type { Group } from '../scheduler';

/**
 * When things entered the database and what happened to them there. All times are the world's own,
 * because a machine's clock may be off, and a rule must not rely on what the code recorded about
 * itself.
 */
export interface Sightings {
  readonly messages: Map<InboxKey, MessageSighting>;
  readonly orders: Map<OutTradeNo, OrderSighting>;
  /** The latest turn of each order on each life of a machine, by `turnName`. */
  readonly turns: Map<string, TurnSighting>;
  /** Of which orders WeChat Pay has answered REFUND, and when the answer first arrived. */
  readonly saidRefund: Map<string, number>;
  /** When something was wrong with the store, or with a machine. */
  readonly troubles: Span[];
}

/** From the first instant to the second. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a message went through. */
export interface MessageSighting {
  readonly recordedAt: number;
  /** When it was first decided, whatever came of it. */
  readonly decidedAt: number | null;
  /** When it became done; null again when it is not. */
  readonly doneAt: number | null;
  /** What it last waited for; null: it never did. */
  readonly waitedFor: string | null;
}

/** What an order went through. */
export interface OrderSighting {
  readonly createdAt: number;
  readonly paidAt: number | null;
  /** When it was first noted that WeChat Pay said REFUND. */
  readonly refundSaidAt: number | null;
  /** When an operator last released it. */
  readonly releasedAt: number | null;
}

/** One turn of handing an order over. */
export interface TurnSighting {
  /** When the machine asked to begin. */
  readonly askedAt: number;
  /** Whether it was allowed to, and what then spoke against it. */
  readonly begun: { readonly against: string | null } | null;
}

/** Nothing was seen yet. */
export function noSightings(): Sightings {
  return { messages: new Map(), orders: new Map(), turns: new Map(), saidRefund: new Map(), troubles: [] };
}

/** The name of an order's turn on one life of a machine. */
export function turnName({ name }: Pick<Group, 'name'>, outTradeNo: OutTradeNo): string {
  return `${name} ${outTradeNo}`;
}

/** A message was written. */
export function sightMessage({ messages }: Sightings, after: InboxMessage, now: number): void {
  const before = messages.get(after.key) ?? {
    recordedAt: now,
    decidedAt: null,
    doneAt: null,
    waitedFor: null,
  };
  const waits = after.state === 'pending' && after.lease === null && after.lastError !== null;
  messages.set(after.key, {
    ...before,
    decidedAt: before.decidedAt ?? (after.state === 'pending' ? null : now),
    doneAt: after.state === 'done' ? (before.doneAt ?? now) : null,
    waitedFor: waits ? after.lastError : before.waitedFor,
  });
}

/** An order was written. */
export function sightOrder({ orders }: Sightings, before: Order | null, after: Order, now: number): void {
  const seen = orders.get(after.outTradeNo) ?? {
    createdAt: now,
    paidAt: null,
    refundSaidAt: null,
    releasedAt: null,
  };
  const releaseOf = (order: Order | null) =>
    order?.fulfilment.state === 'due' ? (order.fulfilment.hold?.release?.at ?? null) : null;
  const released = releaseOf(after) !== null && releaseOf(before) !== releaseOf(after);
  orders.set(after.outTradeNo, {
    ...seen,
    paidAt: seen.paidAt ?? (after.payment.state === 'paid' ? now : null),
    refundSaidAt: seen.refundSaidAt ?? (after.refundSaidAt === undefined ? null : now),
    releasedAt: released ? now : seen.releasedAt,
  });
}
