import { withLine, type MessageEntry, type OrderEntry } from '../model/history';
import type { GivenBill, KeptBill, StatementRun } from '../model/statement/statement-run';
import type { Instant } from '../values/instant';
import type { FulfilmentFinish } from './fulfilment-finish';
import type { Finish } from './port';

/**
 * How many history entries a message keeps. A message that is replayed again and again would grow
 * without end.
 */
export const MESSAGE_HISTORY_LINES = 200;

/**
 * The history entry when a worker put a message off or let it go dead; null when it is processed or
 * returned untouched.
 */
export function turnEntry(finish: Finish, now: Instant): MessageEntry | null {
  switch (finish.kind) {
    case 'retry':
      return { at: now, event: 'retried', path: 'worker', evidence: finish.error };
    case 'wait':
      return { at: now, event: 'waits', path: 'worker', evidence: finish.error };
    case 'dead': {
      const { reason, error } = finish;
      return {
        at: now,
        event: 'dead',
        path: 'worker',
        evidence: error === null ? reason : `${reason}: ${error}`,
      };
    }
    case 'done':
    case 'return':
      return null;
  }
}

/** The history entry when the operator `who` replays a dead message. */
export function replayEntry(who: string, now: Instant): MessageEntry {
  return { at: now, event: 'replayed', path: 'call', actor: 'operator', evidence: who };
}

/** The history entry when an operator dismisses a message. */
export function deadEntry(who: string, why: string, now: Instant): MessageEntry {
  return { at: now, event: 'dead', path: 'call', actor: 'operator', evidence: `${who}: ${why}` };
}

/** The history entry when the operator `who` retries a failed fulfilment. */
export function fulfilmentRetryEntry(who: string, now: Instant): OrderEntry {
  return { at: now, event: 'fulfilment_brought_back', path: 'call', actor: 'operator', evidence: who };
}

/** The history entry when a claimed fulfilment ends; null when it is returned untouched. */
export function fulfilmentEntry(finish: FulfilmentFinish, now: Instant): OrderEntry | null {
  switch (finish.kind) {
    case 'done':
      return { at: now, event: 'fulfilled', path: 'worker', evidence: finish.receipt };
    case 'retry':
      return { at: now, event: 'fulfilment_failed', path: 'worker', evidence: finish.error };
    case 'dead':
      return { at: now, event: 'fulfilment_dead', path: 'worker', evidence: finish.reason };
    case 'hold':
      return { at: now, event: 'fulfilment_held', path: 'worker', evidence: finish.reason };
    case 'wait':
    case 'return':
      return null;
  }
}

/** The history entry when a hold is explained. */
export function liftEntry(why: string, now: Instant): OrderEntry {
  return { at: now, event: 'hold_lifted', path: 'worker', evidence: why };
}

/** The history entry when an operator releases a hold. */
export function releaseEntry(who: string, why: string, now: Instant): OrderEntry {
  return { at: now, event: 'hold_released', path: 'call', actor: 'operator', evidence: `${who}: ${why}` };
}

/** How many history entries a run keeps: every chunk rewrites them. */
export const RUN_HISTORY_LINES = 100;

/**
 * A done run restarted by the operator `who`: waiting, due at `now`, next round, without a lease.
 * It has the bill `given` by hand, or the one that it was last compared with: WeChat Pay may keep
 * that no longer, and the proof of the day would be lost.
 */
export function begunAgain(done: StatementRun, who: string, now: Instant, given?: GivenBill): StatementRun {
  const kept = given ?? comparedWith(done);
  const again: StatementRun = {
    ...done,
    round: done.round + 1,
    dueAt: now,
    attempts: 0,
    begunAgainAt: now,
    refusedDownloads: 0,
    lease: null,
    work: { state: 'waiting', reason: 'not_asked', detail: null, ...(kept === null ? {} : { kept }) },
  };
  const entry = { at: now, event: 'begun_again', path: 'call', actor: 'operator', evidence: who } as const;
  return withLine(again, entry, RUN_HISTORY_LINES);
}

function comparedWith({ work }: StatementRun): KeptBill | null {
  if (work.state !== 'done') return null;
  const { outcome, file, statement } = work.report;
  if (file === null || statement === null) return null;
  return outcome === 'reconciled' || statement.from === 'operator' ? { file, statement } : null;
}
