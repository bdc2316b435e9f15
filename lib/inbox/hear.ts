import { createHash } from 'node:crypto';
import type { Content, DeathReason, InboxKey, InboxMessage, NewMessage } from '../model/message';
import { keyOf } from '../model/message';
import { contradicts } from '../rules/contradiction';
import { outlivesDismissal } from '../rules/refunds/dismissed-end';
import type { Store } from '../store/port';
import { canonical } from '../values/canonical';
import type { Clock } from '../values/instant';

/** What recording a fact needs. */
export interface HearDeps {
  readonly store: Pick<Store, 'inbox' | 'orders' | 'refunds'>;
  readonly clock: Clock;
}

interface KeepDeps {
  readonly store: Pick<Store, 'inbox'>;
}

/**
 * The outcome of recording a fact from WeChat Pay. `stored`: it is new. `repeat`: it is known.
 * `revived`: its message was dead from a failure that may have passed, and is decided again.
 * `contradicted`: a different fact is stored under its key; both are kept, and this one is decided
 * under a key of its own.
 */
export type Heard = 'stored' | 'repeat' | 'revived' | 'contradicted';

/** A fact in the inbox, and what was there under its key. */
export interface Kept {
  /** The key to process it by. */
  readonly key: InboxKey;
  readonly heard: Exclude<Heard, 'revived'>;
  /** The message as it is, if there was one; null if a stale read missed it. */
  readonly known: InboxMessage | null;
}

/**
 * Records a believed fact and revives nothing. A fact that contradicts the message under its key is
 * recorded under a key of its own. CloudBase: 1 request for a new fact, 3 for a repeat, 2 or 4 more
 * for a contradiction.
 *
 * Rejects with a `StoreError`; keeping it again is safe.
 */
export async function keep({ store }: KeepDeps, message: NewMessage): Promise<Kept> {
  const first = await recorded(store, message);
  const { known } = first;
  if (known === null || !contradicts(known.content, message.content)) return first;
  return keepBeside({ store }, message, message.key);
}

/**
 * Records a believed fact that contradicts the message `of` under its key: under a key of its own.
 * One whose key is taken by a fact that it contradicts as well has a digest in its key. A fact that
 * would come under `of` itself stays a repeat of it, so that it does not lead to itself run after
 * run. CloudBase: 2 requests, 4 for a repeat.
 */
export async function keepBeside({ store }: KeepDeps, message: NewMessage, of: InboxKey): Promise<Kept> {
  const { content, path } = message;
  const first = keyOf(content, 'platform', { path });
  const there = first === of ? null : await store.inbox.find(first);
  const isTaken = first === of || (there !== null && contradicts(there.content, content));
  const key = isTaken ? keyOf(content, 'platform', { path, digest: digestOf(content) }) : first;
  if (key === of) return { key, heard: 'repeat', known: null };
  const other = await recorded(store, { ...message, key });
  return { ...other, heard: other.heard === 'stored' ? 'contradicted' : 'repeat' };
}

/** Tells the contents of one fact apart. */
function digestOf(content: Content): string {
  return createHash('sha256').update(canonical(content)).digest('hex').slice(0, 8);
}

async function recorded(store: KeepDeps['store'], message: NewMessage): Promise<Kept> {
  const { key } = message;
  if ((await store.inbox.record(message)) === 'stored') return { key, heard: 'stored', known: null };
  return { key, heard: 'repeat', known: await store.inbox.find(key) };
}

/**
 * Records a fact that WeChat Pay answered or that a bill states. A known fact is evidence again
 * (G11). Returns the key of the message to process. CloudBase: the requests of `keep`, and 1 more
 * when it revives. The callback does not use this: its ack counts a repeat and keeps it for
 * `reconsiderRedelivered`.
 *
 * Of the messages that an operator dismissed it revives closures, and ends of our refunds that no
 * one else can deal with (see `mayPass`). Rejects with a `StoreError`; recording again is safe.
 */
export async function hear(
  deps: HearDeps,
  message: NewMessage,
): Promise<{ readonly key: InboxKey; readonly heard: Heard }> {
  const { key, heard, known } = await keep(deps, message);
  const isRevived = known !== null && (await revive(deps, known));
  return { key, heard: isRevived ? 'revived' : heard };
}

/**
 * Brings a dead message back if the cause of its death may have passed. False if it stays as it is.
 * CloudBase: 1 request, 0 if it stays; 2 more for a refund's end that was dismissed. Rejects with a
 * `StoreError`.
 */
export async function revive({ store, clock }: HearDeps, known: InboxMessage): Promise<boolean> {
  if (known.state !== 'dead' || !(await mayPass(store, known.reason, known.content))) return false;
  const [changed] = await store.inbox.replay([known.key], 'heard again', clock.now());
  return changed === true;
}

/**
 * True when the cause of death may have passed since. An unreadable message stays unreadable. Money
 * that an operator dealt with elsewhere stays dealt with; a closure is never dealt with elsewhere:
 * its order would stay pending, and every later answer would say closed and change nothing. The
 * same is true of a refund of ours that succeeded or is stuck (`outlivesDismissal`).
 */
async function mayPass(store: HearDeps['store'], reason: DeathReason, content: Content): Promise<boolean> {
  switch (reason) {
    case 'order_never_appeared':
    case 'mismatch':
    case 'not_confirmed_by_query':
    case 'too_many_attempts':
      return true;
    case 'operator':
      return content.kind === 'closure' || isOpenEnd(store, content);
    case 'unusable_notification':
      return false;
  }
}

async function isOpenEnd({ refunds, orders }: HearDeps['store'], content: Content): Promise<boolean> {
  if (content.kind !== 'refund') return false;
  const [refund] = await refunds.find([content.refund.outRefundNo]);
  if (refund === undefined) return false;
  const [order] = await orders.findWithoutCarts([refund.outTradeNo]);
  return outlivesDismissal(content, refund, order);
}
