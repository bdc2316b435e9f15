import type { InboxKey, NewMessage } from '../inbox/message';
import { processInbox } from '../inbox/process';
import type { Budget } from '../runtime/budget';
import { mapConcurrently } from '../runtime/concurrency';
import type { Turn } from './turn';

/**
 * How a repair ended. `settled`: what could enter our books has. `busy`: somebody else has a message in hand and will be done with
 * it in moments. `time`: the turn is over; what was done stays done.
 */
export type RepairEnd = 'settled' | 'busy' | 'time';

/** Messages recorded at the same time. */
const RECORDS_AT_ONCE = 20;

/** A batch that was begun is worked off to its end: settling half of it would only be done again. */
const TO_THE_END: Budget = { remaining: () => Number.MAX_SAFE_INTEGER, stopping: false };

/**
 * Puts what a statement tells us into the inbox and has it worked off, so that our books are brought up to date in the one way there
 * is. `unsettled` reads the books again and answers which of these facts they still do not hold.
 *
 *   record (or count a repeat) ──▶ work off ──▶ read the books ──▶ all hold it: settled
 *                                                     │
 *                  dead, buried before for another reason: replay, work off, read again ──▶ settled, come what may
 *                  pending, because somebody else has claimed it: busy
 *
 * A message is replayed once per run and round (`who`), and never when an operator buried it: their word stands. One that stays
 * pending for longer than two claims is left to the inbox; the run goes on without it.
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
  const open = await unsettled();
  const messages = await mapConcurrently(open, RECORDS_AT_ONCE, (key) => inbox.store.inbox.find(key));
  const replayable = messages.flatMap((message) =>
    message?.state === 'dead' &&
    message.reason !== 'operator' &&
    !message.history.some(({ evidence }) => evidence === who)
      ? [message.key]
      : [],
  );
  if (replayable.length > 0) {
    await inbox.store.inbox.replay(replayable, who, clock.now());
    await workOff(turn, replayable);
  }
  const patience = 2 * inbox.settings.leaseMs;
  const isBusy = messages.some(
    (message) => message?.state === 'pending' && clock.now() - message.receivedAt < patience,
  );
  if (isBusy) return 'busy';
  if (replayable.length > 0) await unsettled();
  return 'settled';
}

async function workOff({ deps }: Turn, keys: readonly InboxKey[]): Promise<void> {
  await processInbox(deps.inbox, TO_THE_END, keys);
}
