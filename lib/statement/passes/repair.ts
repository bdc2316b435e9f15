import type { InboxKey, InboxMessage, NewMessage } from '../../model/message';
import { processInbox } from '../../inbox/process';
import type { Budget } from '../../runtime/budget';
import { mapConcurrently } from '../../runtime/concurrency';
import type { Turn } from '../run/turn';

/**
 * How a repair ended. `settled`: what could enter our books has. `busy`: somebody else has a
 * message in hand and will be done with it in moments. `time`: the turn is over; what was done
 * stays done.
 */
export type RepairEnd = 'settled' | 'busy' | 'time';

/** Messages recorded at the same time. */
const RECORDS_AT_ONCE = 20;

/**
 * A batch that was begun is worked off to its end: settling half of it would only be done again.
 */
const TO_THE_END: Budget = { remaining: () => Number.MAX_SAFE_INTEGER, stopping: false };

/**
 * Puts what a statement tells us into the inbox and has it worked off, so that our books are
 * brought up to date in the one way there is. `unsettled` reads the books again and answers which
 * of these facts they still do not hold.
 *
 *   record (or count a repeat) ──▶ work off ──▶ read the books ──▶ all hold it: settled
 *                                                     │
 *                  dead, buried before for another reason: replay, work off, read again ──▶ settled, come what may
 *                  pending, because somebody else has claimed it: busy
 *
 * A message is replayed once per run and round (`who`), and never when an operator buried it: their
 * word stands. One that was put off, or is claimed alone, is left to the inbox; the run goes on
 * without it.
 */
export async function repair(
  turn: Turn,
  who: string,
  facts: readonly NewMessage[],
  unsettled: () => Promise<readonly InboxKey[]>,
): Promise<RepairEnd> {
  const { inbox, clock } = turn.deps;
  for (let from = 0; from < facts.length; from += inbox.settings.batch) {
    // Always one batch: a turn without progress would be followed by another one like it.
    if (from > 0 && turn.isShort()) return 'time';
    const batch = facts.slice(from, from + inbox.settings.batch);
    await mapConcurrently(batch, RECORDS_AT_ONCE, (fact) => inbox.store.inbox.record(fact));
    await workOff(
      turn,
      batch.map(({ key }) => key),
    );
  }
  const open = await readMessages(turn, await unsettled());
  const replayable = open.filter((message) => mayBeReplayed(message, who)).map(({ key }) => key);
  if (replayable.length > 0) {
    await inbox.store.inbox.replay(replayable, who, clock.now());
    await workOff(turn, replayable);
  }
  const left = replayable.length === 0 ? open : await readMessages(turn, await unsettled());
  return left.some(isInHand) ? 'busy' : 'settled';
}

/**
 * Lets messages come to their end that were applied and not finished: their settling ends
 * disagreements of its own. Answers `busy` while somebody else has one in hand, or had it when they
 * died.
 */
export async function finishPending(turn: Turn, keys: readonly InboxKey[]): Promise<'settled' | 'busy'> {
  const pending = (await readMessages(turn, keys)).filter(isInHand).map(({ key }) => key);
  if (pending.length === 0) return 'settled';
  await workOff(turn, pending);
  return (await readMessages(turn, pending)).some(isInHand) ? 'busy' : 'settled';
}

function isInHand(message: InboxMessage): boolean {
  if (message.state !== 'pending' || message.alone) return false;
  // One that was put off waits for something else, and the run does not wait with it.
  return message.lease !== null || message.lastError === null;
}

function mayBeReplayed(message: InboxMessage, who: string): boolean {
  return (
    message.state === 'dead' &&
    message.reason !== 'operator' &&
    !message.history.some(({ evidence }) => evidence === who)
  );
}

async function readMessages(
  { deps: { inbox } }: Turn,
  keys: readonly InboxKey[],
): Promise<readonly InboxMessage[]> {
  const messages = await mapConcurrently(keys, RECORDS_AT_ONCE, (key) => inbox.store.inbox.find(key));
  return messages.filter((message) => message !== null);
}

async function workOff({ deps }: Turn, keys: readonly InboxKey[]): Promise<void> {
  await processInbox(deps.inbox, TO_THE_END, keys);
}
