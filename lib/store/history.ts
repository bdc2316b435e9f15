import type { HistoryEntry } from '../model/message';
import type { StatementRun } from '../model/statement-run';
import type { Instant } from '../values/instant';
import type { FulfilmentFinish } from './fulfilment-finish';
import type { Finish } from './port';

/** How many lines of history a message keeps, the latest of them: one that is brought back again and again is retried without end. */
export const MESSAGE_HISTORY_LINES = 200;

/** The line a message gets when a turn of a worker put it off or buried it; null for one that ended well or was given back untouched. */
export function turnEntry(finish: Finish, now: Instant): HistoryEntry | null {
  switch (finish.kind) {
    case 'retry':
      return { at: now, event: 'retried', path: 'worker', evidence: finish.error };
    case 'wait':
      return { at: now, event: 'waits', path: 'worker', evidence: finish.error };
    case 'dead': {
      const { reason, error } = finish;
      return {
        at: now,
        event: 'buried',
        path: 'worker',
        evidence: error === null ? reason : `${reason}: ${error}`,
      };
    }
    case 'done':
    case 'return':
      return null;
  }
}

/** The line a message gets when an operator brings it back from the dead. `who` is the operator. */
export function replayEntry(who: string, now: Instant): HistoryEntry {
  return { at: now, event: 'replayed', path: 'call', actor: 'operator', evidence: who };
}

/** The line a message gets when an operator buries it. */
export function burialEntry(who: string, why: string, now: Instant): HistoryEntry {
  return { at: now, event: 'buried', path: 'call', actor: 'operator', evidence: `${who}: ${why}` };
}

/** The line an order gets when an operator brings its dead fulfilment back. `who` is the operator. */
export function fulfilmentRetryEntry(who: string, now: Instant): HistoryEntry {
  return { at: now, event: 'fulfilment_brought_back', path: 'call', actor: 'operator', evidence: who };
}

/** The line an order gets when the turn of its fulfilment ends; null for a turn that is given back untouched. */
export function fulfilmentEntry(finish: FulfilmentFinish, now: Instant): HistoryEntry | null {
  switch (finish.kind) {
    case 'done':
      return { at: now, event: 'fulfilled', path: 'worker', evidence: finish.receipt };
    case 'retry':
      return { at: now, event: 'fulfilment_failed', path: 'worker', evidence: finish.error };
    case 'dead':
      return { at: now, event: 'fulfilment_dead', path: 'worker', evidence: finish.reason };
    case 'hold':
      return { at: now, event: 'fulfilment_held', path: 'worker', evidence: finish.reason };
    case 'return':
      return null;
  }
}

/** The line an order gets when what held its fulfilment is explained. */
export function liftEntry(why: string, now: Instant): HistoryEntry {
  return { at: now, event: 'hold_lifted', path: 'worker', evidence: why };
}

/** The line an order gets when an operator releases its fulfilment. */
export function releaseEntry(who: string, why: string, now: Instant): HistoryEntry {
  return { at: now, event: 'hold_released', path: 'call', actor: 'operator', evidence: `${who}: ${why}` };
}

/** How many lines of history a run keeps: it is written anew with every chunk. */
export const RUN_HISTORY_LINES = 100;

/** A done run as it is when an operator begins it again: waiting, due at `now`, next round, nobody's. `who` is the operator. */
export function begunAgain(done: StatementRun, who: string, now: Instant): StatementRun {
  const entry: HistoryEntry = {
    at: now,
    event: 'begun_again',
    path: 'call',
    actor: 'operator',
    evidence: who,
  };
  return {
    ...done,
    round: done.round + 1,
    dueAt: now,
    attempts: 0,
    lease: null,
    work: { state: 'waiting', reason: 'not_asked', detail: null },
    history: [...done.history, entry].slice(-RUN_HISTORY_LINES),
  };
}
