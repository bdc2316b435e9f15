import type { Actor, HistoryLine, InboxKey, Source } from './message';
import type { Instant } from '../values/instant';
import type { OutRefundNo } from '../values/ids';

/*
 * What a history can contain. A history records what happened, for people; nothing is decided by it
 * (lint keeps the rooms that decide from reading one). State that a later decision needs is a field
 * of the document, written together with the history entry.
 */

/** What one kind of line carries beside its time and its event. */
interface Shape {
  readonly path: Source | 'call' | 'worker';
  readonly actor?: Actor;
  readonly evidence: string | null;
}

/** WeChat Pay stated it; the evidence is the message. */
interface Stated extends Shape {
  readonly path: Source;
  readonly evidence: InboxKey;
}

/** One of our workers did it, or left it undone; the evidence is why. */
interface Worked extends Shape {
  readonly path: 'worker';
  readonly evidence: string | null;
}

/** An operator did it; the evidence names them, and the reason where one was given. */
interface Operated extends Shape {
  readonly path: 'call';
  readonly actor: 'operator';
  readonly evidence: string;
}

/** An operator took it from an earlier system; the evidence names them and the import. */
interface Imported extends Shape {
  readonly path: 'import';
  readonly actor: 'operator';
  readonly evidence: string;
}

/** A run of the statement worker came to it. */
interface Compared extends Shape {
  readonly path: 'statement';
  readonly evidence: string | null;
}

/** The events of an order. */
export const ORDER_EVENTS = [
  'created',
  'prepaid',
  'paid',
  'paid_after_close',
  'payment_accepted',
  'duplicate_payment',
  'mismatch',
  'closed',
  'failed',
  'closed_money_returned',
  'acceptance_noted',
  'acceptance_proposed',
  'refund_reserved',
  'refund_reserved_again',
  'refund_number_taken',
  'refund_by_policy',
  'refund_closed',
  'refunded_in_merchant_platform',
  'closed_in_merchant_platform',
  'fulfilled',
  'fulfilment_failed',
  'fulfilment_dead',
  'fulfilment_held',
  'fulfilment_brought_back',
  'hold_lifted',
  'hold_released',
  'imported',
] as const;

interface OrderShapes {
  readonly created: { readonly path: 'call'; readonly actor: 'payer'; readonly evidence: null };
  /** The evidence is the prepay id. */
  readonly prepaid: { readonly path: 'call'; readonly actor: 'payer'; readonly evidence: string | null };
  readonly paid: Stated;
  readonly paid_after_close: Stated;
  readonly payment_accepted: Stated;
  readonly duplicate_payment: Stated;
  /** Stated by WeChat Pay, or noted by the operator who gives it back. */
  readonly mismatch: Stated | (Operated & { readonly evidence: InboxKey });
  readonly closed: Stated;
  readonly failed: Stated;
  readonly closed_money_returned: Stated;
  readonly acceptance_noted: Operated;
  readonly acceptance_proposed: Operated;
  readonly refund_reserved: Reserved;
  readonly refund_reserved_again: Stated;
  readonly refund_number_taken: Reserved;
  readonly refund_by_policy: ByPolicy;
  readonly refund_closed: Stated;
  readonly refunded_in_merchant_platform: Stated;
  readonly closed_in_merchant_platform: Stated;
  /** The evidence is the merchant's receipt. */
  readonly fulfilled: Worked;
  readonly fulfilment_failed: Worked;
  readonly fulfilment_dead: Worked;
  readonly fulfilment_held: Worked;
  readonly fulfilment_brought_back: Operated;
  readonly hold_lifted: Worked;
  readonly hold_released: Operated;
  readonly imported: Imported;
}

/** Somebody asked for a refund; the evidence is its number. */
interface Reserved extends Shape {
  readonly path: 'call';
  readonly actor: Actor;
  readonly evidence: OutRefundNo;
}

interface ByPolicy extends Stated {
  readonly actor: 'policy';
}

/** The events of a refund. */
export const REFUND_EVENTS = [
  'refund_requested',
  'refund_by_policy',
  'refund_accepted',
  'refund_declined',
  'refund_asked_again',
  'refund_succeeded',
  'refund_succeeded_after_close',
  'refund_closed',
  'refund_abnormal',
  'refund_pay_out_requested',
  'refunded_in_merchant_platform',
  'closed_in_merchant_platform',
  'imported',
  'import_withdrawn',
] as const;

interface RefundShapes {
  /** The evidence is who asked. */
  readonly refund_requested: { readonly path: 'call'; readonly actor: Actor; readonly evidence: string };
  readonly refund_by_policy: ByPolicy;
  /** The evidence is WeChat Pay's refund ID. */
  readonly refund_accepted: { readonly path: 'refund' | 'query'; readonly evidence: string | null };
  /** The evidence is WeChat Pay's refusal, code and words. */
  readonly refund_declined: { readonly path: 'refund'; readonly evidence: string };
  readonly refund_asked_again: { readonly path: 'refund'; readonly evidence: string | null };
  readonly refund_succeeded: Stated;
  readonly refund_succeeded_after_close: Stated;
  readonly refund_closed: Stated;
  readonly refund_abnormal: Stated;
  /** The evidence is who asked. */
  readonly refund_pay_out_requested: Operated;
  readonly refunded_in_merchant_platform: Stated;
  readonly closed_in_merchant_platform: Stated;
  readonly imported: Imported;
  readonly import_withdrawn: Imported;
}

/** The events of a message that have a line of their own. */
export const MESSAGE_EVENTS = ['retried', 'waits', 'dead', 'replayed'] as const;

interface MessageShapes {
  readonly retried: Worked;
  readonly waits: Worked;
  /** By a worker, or dismissed by an operator. */
  readonly dead: Worked | Operated;
  readonly replayed: Operated;
}

/** The events of a statement run. The last four are how it ended. */
export const RUN_EVENTS = [
  'opened',
  'begun_again',
  'proved',
  'no_statement',
  'file_changed',
  'file_refused',
  'compared_again',
  'reconciled',
  'none',
  'missing',
  'corrupt',
] as const;

interface RunShapes {
  readonly opened: Worked;
  readonly begun_again: Operated;
  /** The evidence is the SHA-1 of the bill. */
  readonly proved: Compared & { readonly evidence: string };
  readonly no_statement: Compared & { readonly evidence: string };
  /** The evidence is the SHA-256 of the file that was expected. */
  readonly file_changed: Compared;
  readonly file_refused: Compared & { readonly evidence: string };
  /** The evidence is what our books held and the comparison did not account for. */
  readonly compared_again: Compared & { readonly evidence: string };
  readonly reconciled: Compared;
  readonly none: Compared;
  readonly missing: Compared;
  readonly corrupt: Compared;
}

/** One line for each event of a document, with the fields of that event. */
type Entry<Event extends string, Shapes extends Readonly<Record<Event, Shape>>> = {
  readonly [E in Event]: { readonly at: Instant; readonly event: E } & Shapes[E];
}[Event];

/** A line that is added to an order's history. */
export type OrderEntry = Entry<(typeof ORDER_EVENTS)[number], OrderShapes>;
/** A line that is added to a refund's history. */
export type RefundEntry = Entry<(typeof REFUND_EVENTS)[number], RefundShapes>;
/** A line that is added to a message's history. */
export type MessageEntry = Entry<(typeof MESSAGE_EVENTS)[number], MessageShapes>;
/** A line that is added to a statement run's history. */
export type RunEntry = Entry<(typeof RUN_EVENTS)[number], RunShapes>;

/** Everything a history of this version can say. */
export type HistoryEvent = (OrderEntry | RefundEntry | MessageEntry | RunEntry)['event'];

/** The document with one more line of history; with `most`, its latest so many lines. */
export function withLine<Document extends { readonly history: readonly HistoryLine[] }>(
  document: Document,
  entry: OrderEntry | RefundEntry | MessageEntry | RunEntry,
  most = Number.POSITIVE_INFINITY,
): Document {
  const history = [...document.history, entry];
  return { ...document, history: history.length > most ? history.slice(-most) : history };
}
