import type { LeaseToken } from '../model/lease';
import type { ClaimedMessage, InboxKey } from '../model/message';
import type { Budget } from '../runtime/budget';
import type { LookAtPauses } from '../store/pauses';
import { later } from '../values/instant';
import type { ProcessDeps } from './process-deps';
import { batchesOf } from './waiting';

/** With less than this left, in ms, no new batch is claimed: its lease would be wasted. */
const RESERVE_MS = 2_000;

/** A run that claims this many full batches has a backlog. */
const BACKLOG_BATCHES = 5;

/** What all claims of one run share. */
export interface InboxRun<Tally> {
  readonly tally: Tally;
  /** It got nothing done with a whole batch, so each further claim would only be counted. */
  isUseless: boolean;
  /** Once no believed message is due, one look asks for work of any kind. */
  looksLast: boolean;
  /** That look found none. */
  isQuiet: boolean;
}

/** A batch and the token it is claimed under. */
export interface Claimed {
  readonly token: LeaseToken;
  readonly batch: readonly ClaimedMessage[];
}

/** Where the lanes of a run get their batches. */
export interface BatchSource {
  /** The next batch; null when nothing is due, all keys are done or the budget is spent. */
  next(): Promise<Claimed | null>;
  /** Something became due meanwhile. */
  refill(): void;
}

/**
 * Claims batch after batch for all lanes of a run, one claim at a time, so that they do not fight
 * for the same messages. A claim ends it only when it is empty: a short batch may have lost the
 * rest to another run. Where the run looks last, it asks after a short batch or an empty claim for
 * work of any kind, and is quiet when there is none. A failure ends it, too: the other lanes would
 * wait for the same one. While the worker is paused it claims nothing.
 */
export function batchSource(
  deps: ProcessDeps,
  budget: Budget,
  run: InboxRun<{ claimed: number }>,
  pauses: LookAtPauses,
  keys?: readonly InboxKey[],
): BatchSource {
  const { batch: limit, leaseMs } = deps.settings;
  const parts = keys === undefined ? null : batchesOf(limit, keys);
  let ended = false;
  let isShort = false;
  let full = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const isNothingLeft = async (): Promise<boolean> => {
    isShort = false;
    ended = true;
    run.isQuiet = !(await deps.store.inbox.hasWork(deps.clock.now()));
    return run.isQuiet;
  };
  const claim = async (): Promise<Claimed | null> => {
    if (ended || run.isUseless || budget.stopping || budget.remaining() < RESERVE_MS) return null;
    const part = parts?.next();
    if (part?.done === true || (await pauses()).isPaused) return null;
    if (isShort && (await isNothingLeft())) return null;
    const token = deps.newToken();
    const now = deps.clock.now();
    const leaseUntil = later(now, leaseMs);
    const wanted = part === undefined ? {} : { keys: part.value };
    ended = true;
    const batch = await deps.store.inbox.claim({
      token,
      now,
      leaseUntil,
      limit,
      trust: 'platform',
      ...wanted,
    });
    run.tally.claimed += batch.length;
    if (batch.length === limit && parts === null && (full += 1) === BACKLOG_BATCHES) deps.onBacklog?.();
    if (batch.length === 0 && parts === null) {
      if (run.looksLast) await isNothingLeft();
      return null;
    }
    isShort = run.looksLast && batch.length < limit;
    ended = false;
    return { token, batch };
  };
  return {
    next() {
      const mine = turn.then(claim);
      turn = mine.catch(() => undefined);
      return mine;
    },
    refill() {
      ended = false;
      run.isQuiet = false;
    },
  };
}
