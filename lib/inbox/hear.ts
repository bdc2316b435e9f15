import type { Content, DeathReason, InboxKey, InboxMessage, NewMessage } from '../model/message';
import { keyOf } from '../model/message';
import { contradicts } from '../rules/contradiction';
import type { Store } from '../store/port';
import type { Clock } from '../values/instant';

/** What recording a fact needs. */
export interface HearDeps {
  readonly store: Pick<Store, 'inbox'>;
  readonly clock: Clock;
}

/**
 * The outcome of recording a fact from WeChat Pay. `stored`: it is new. `repeat`: it is known.
 * `revived`: its message was dead from a failure that may have passed, and is decided again.
 * `contradicted`: a different fact is stored under its key; both are kept, and this one is decided
 * under a key of its own.
 */
export type Heard = 'stored' | 'repeat' | 'revived' | 'contradicted';

/**
 * Records a fact that WeChat Pay answered or that a bill states. A known fact is evidence again
 * (G11). Returns the key of the message to process. CloudBase: 1 request for a new fact, 3 for a
 * repeat, 1 or 2 more when it revives or contradicts. The callback does not use this: its ack only
 * counts a repeat.
 *
 * Never revives a message that an operator dismissed. Rejects with a `StoreError`; recording again
 * is safe.
 */
export async function hear(
  { store, clock }: HearDeps,
  message: NewMessage,
): Promise<{ readonly key: InboxKey; readonly heard: Heard }> {
  const { key } = message;
  if ((await store.inbox.record(message)) === 'stored') return { key, heard: 'stored' };
  const known = await store.inbox.find(key);
  if (known === null) return { key, heard: 'repeat' };
  if (contradicts(known.content, message.content)) {
    const other = { ...message, key: contradictingKey(message.content, message.path) };
    const heard = await hearAgain(store, clock, other);
    return { key: other.key, heard: heard === 'repeat' ? 'repeat' : 'contradicted' };
  }
  return { key, heard: (await revived(store, clock, known)) ? 'revived' : 'repeat' };
}

async function hearAgain(
  store: HearDeps['store'],
  clock: Clock,
  message: NewMessage,
): Promise<'stored' | 'revived' | 'repeat'> {
  if ((await store.inbox.record(message)) === 'stored') return 'stored';
  const known = await store.inbox.find(message.key);
  return known !== null && (await revived(store, clock, known)) ? 'revived' : 'repeat';
}

async function revived(store: HearDeps['store'], clock: Clock, known: InboxMessage): Promise<boolean> {
  if (known.state !== 'dead' || !mayPass(known.reason)) return false;
  const [changed] = await store.inbox.replay([known.key], 'heard again', clock.now());
  return changed === true;
}

/** True when the cause of death may have passed since. An unreadable message stays unreadable. */
function mayPass(reason: DeathReason): boolean {
  switch (reason) {
    case 'order_never_appeared':
    case 'mismatch':
    case 'not_confirmed_by_query':
    case 'too_many_attempts':
    case 'refunds_not_supported':
      return true;
    case 'operator':
    case 'unusable_notification':
      return false;
  }
}

/** The key of a fact that contradicts the one under its own key, named by its source. */
function contradictingKey(content: Content, path: NewMessage['path']): InboxKey {
  return keyOf(content, 'platform', path);
}
