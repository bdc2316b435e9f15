import type { Content, DeathReason, InboxKey, InboxMessage, NewMessage } from '../model/message';
import { keyOf } from '../model/message';
import { contradicts } from '../rules/contradiction';
import type { Store } from '../store/port';
import type { Clock } from '../values/instant';

/** What recording needs. */
export interface HearDeps {
  readonly store: Pick<Store, 'inbox'>;
  readonly clock: Clock;
}

/**
 * What became of a fact that WeChat Pay told us. `stored`: it is new. `repeat`: it says what is here already. `revived`: it was dead of a
 * failure that may have passed, and is decided again. `contradicted`: under its key something else is kept; both are, and this one is
 * decided under a key of its own.
 */
export type Heard = 'stored' | 'repeat' | 'revived' | 'contradicted';

/**
 * Puts a believed fact into the inbox that WeChat Pay answered or stated: a fact heard again is evidence again (G11). Answers the key to
 * process it by. CloudBase: 1 request for a new fact, 3 for a repeat, 1 or 2 more when it revives or contradicts. The callback does not
 * come this way: its ack counts the repeat and nothing else.
 *
 * Never revives what an operator dismissed: their word stands. Rejects with a `StoreError`; recording again is safe.
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

/** Whether what a message died of may have passed since. What cannot be read says the same however often it is heard. */
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

/** The key of what contradicts a fact of the same name, by the path that told it. */
function contradictingKey(content: Content, path: NewMessage['path']): InboxKey {
  return keyOf(content, 'platform', path);
}
