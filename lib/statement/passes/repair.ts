import type { InboxKey, InboxMessage, NewMessage } from '../../model/message';
import { keep } from '../../inbox/hear';
import { processInbox } from '../../inbox/process';
import { isPutOff } from '../../inbox/verdict';
import type { Budget } from '../../runtime/budget';
import { mapConcurrently } from '../../runtime/concurrency';
import type { StatementRun } from '../../model/statement/statement-run';
import type { Instant } from '../../values/instant';
import type { Invocation } from '../run/invocation';
import { roundName, type Matching } from '../run/matching';

/**
 * How a repair ended. `settled`: everything that can enter our books has. `busy`: another worker is
 * processing a message and will finish shortly. `time`: the invocation's time is over; completed
 * work is kept.
 */
export type RepairEnd = 'settled' | 'busy' | 'time';

/** A message that is dead. */
export type DeadMessage = Extract<InboxMessage, { state: 'dead' }>;

/** Messages recorded concurrently. */
const RECORDS_AT_ONCE = 20;

/** A started batch is processed to its end: stopping halfway would only repeat the work. */
const UNLIMITED: Budget = { remaining: () => Number.MAX_SAFE_INTEGER, stopping: false };

/**
 * Records the facts of a bill in the inbox and has them processed, so that our books change through
 * the inbox only. `unsettled` reads the books again and returns the keys of the facts that they
 * still lack. `isDismissalOver` decides which dismissed messages are replayed; without it, none is.
 *
 *   record (or count a duplicate) ──▶ process ──▶ read the books ──▶ all there: settled
 *                                                      │
 *         dead, but not dismissed: replay, process, read again ──▶ settled, whatever the result
 *         dismissed, and `isDismissalOver`: the same
 *         pending, claimed by another worker: busy
 *         recorded, and not shown by a read that is behind: busy
 *         applied seconds ago, and the books do not show it: the read is behind: busy
 *         processed, and shown as pending and due: this read or the claim's is behind: busy
 */
export async function repair(
  { invocation, claim }: Matching,
  facts: readonly NewMessage[],
  unsettled: () => Promise<readonly InboxKey[]>,
  isDismissalOver: (message: DeadMessage) => boolean = () => false,
): Promise<RepairEnd> {
  const { inbox, clock } = invocation.deps;
  const who = roundName(claim.current);
  const mayWait = mayWaitForStore(claim.current);
  const keys = new Map<InboxKey, InboxKey>();
  for (let from = 0; from < facts.length; from += inbox.settings.batch) {
    // Always process one batch: otherwise an invocation short of time would repeat without
    // progress.
    if (from > 0 && invocation.isShort()) return 'time';
    await claim.hold();
    const batch = facts.slice(from, from + inbox.settings.batch);
    const kept = await mapConcurrently(batch, RECORDS_AT_ONCE, (fact) => keep(inbox, fact));
    for (const [n, { key }] of batch.entries()) keys.set(key, kept[n]?.key ?? key);
    await processMessages(
      invocation,
      kept.map(({ key }) => key),
    );
  }
  const stillOpen = async () => {
    await claim.hold();
    const lacking = await unsettled();
    const shown = await readMessages(
      invocation,
      lacking.map((key) => keys.get(key) ?? key),
    );
    return { shown, areAllShown: shown.length === lacking.length };
  };
  const open = await stillOpen();
  const replayable = open.shown
    .filter((message) => mayBeReplayed(message, who, isDismissalOver))
    .map(({ key }) => key);
  for (let from = 0; from < replayable.length; from += inbox.settings.batch) {
    const batch = replayable.slice(from, from + inbox.settings.batch);
    await claim.hold();
    await inbox.store.inbox.replay(batch, who, clock.now());
    await processMessages(invocation, batch);
  }
  const left = replayable.length === 0 ? open : await stillOpen();
  // What was recorded above is there: a claim missed it just as the read did.
  if (!left.areAllShown && mayWait) return 'busy';
  // A row compared with such books would count as unrepaired, and its refund would get no mark and
  // be missing in the bill that has it.
  if (left.shown.some((message) => isJustApplied(message, clock.now())) && mayWait) return 'busy';
  return left.shown.some((message) => isInProgress(message, mayWait, clock.now())) ? 'busy' : 'settled';
}

/**
 * Finishes messages that were applied but not settled: settling them resolves discrepancies.
 * Returns `busy` while another worker processes one, or died while doing so and its lease still
 * runs.
 */
export async function finishPending(
  { invocation, claim }: Matching,
  keys: readonly InboxKey[],
): Promise<'settled' | 'busy'> {
  const mayWait = mayWaitForStore(claim.current);
  const inProgress = async (wanted: readonly InboxKey[]): Promise<readonly InboxKey[]> =>
    (await readMessages(invocation, wanted))
      .filter((message) => isInProgress(message, mayWait, invocation.deps.clock.now()))
      .map(({ key }) => key);
  const pending = await inProgress(keys);
  if (pending.length === 0) return 'settled';
  const { batch } = invocation.deps.inbox.settings;
  for (let from = 0; from < pending.length; from += batch) {
    await claim.hold();
    await processMessages(invocation, pending.slice(from, from + batch));
  }
  return (await inProgress(pending)).length > 0 ? 'busy' : 'settled';
}

/**
 * A run claimed more often than this waits no more for what the store failed: a message that the
 * store fails every time must not hold up the day.
 */
const PATIENT_CLAIMS = 20;

/** Whether this run still waits for messages that the store failed. */
function mayWaitForStore({ attempts }: Pick<StatementRun, 'attempts'>): boolean {
  return attempts <= PATIENT_CLAIMS;
}

/**
 * How long a read may be behind a write, in ms. It also covers clocks that differ: another host may
 * have applied the message.
 */
const BEHIND_MS = 10_000;

/** True for a message applied so recently that a read of the books may not show it yet. */
function isJustApplied(message: InboxMessage, now: Instant): boolean {
  if (message.state !== 'done' || Math.abs(now - message.finishedAt) > BEHIND_MS) return false;
  return message.outcome === 'applied' || message.outcome === 'repeat';
}

function isInProgress(message: InboxMessage, mayWait: boolean, now: Instant): boolean {
  if (message.state !== 'pending' || message.alone) return false;
  if (message.lease !== null || message.lastError === null) return true;
  // Processed just now, and still due: this is how it was before, shown by a read that is behind,
  // or the claim's own read missed it.
  if (mayWait && message.dueAt <= now) return true;
  // What the store failed comes back in seconds. Other postponed messages wait for something else;
  // the run does not wait for them.
  return mayWait && isPutOff(message);
}

function mayBeReplayed(
  message: InboxMessage,
  who: string,
  isDismissalOver: (message: DeadMessage) => boolean,
): boolean {
  if (message.state !== 'dead' || message.replayedBy === who) return false;
  return message.reason !== 'operator' || isDismissalOver(message);
}

async function readMessages(
  { deps: { inbox } }: Invocation,
  keys: readonly InboxKey[],
): Promise<readonly InboxMessage[]> {
  const messages = await mapConcurrently(keys, RECORDS_AT_ONCE, (key) => inbox.store.inbox.find(key));
  return messages.filter((message) => message !== null);
}

async function processMessages({ deps }: Invocation, keys: readonly InboxKey[]): Promise<void> {
  await processInbox(deps.inbox, UNLIMITED, keys);
}
