import type { ClaimedMessage, NamedMerchants } from '../model/message';
import { unverifiedShares } from '../model/message';
import type { LeaseToken } from '../model/lease';
import type { Budget } from '../runtime/budget';
import { mapConcurrently } from '../runtime/concurrency';
import { errorText } from '../runtime/error-text';
import { stopwatch } from '../runtime/stopwatch';
import { within } from '../runtime/timers';
import type { LookAtPauses } from '../store/pauses';
import type { SubMchId } from '../values/ids';
import { later } from '../values/instant';
import { endedTooOften, isHopeless } from './alone';
import type { SlowWork } from './beside';
import { lookUp } from './lookup';
import type { ProcessDeps } from './process-deps';
import type { Verdict } from './verdict';
import { ending, waitOn } from './verdict';
import { verifyOne, type Verified } from './verify';

/**
 * A query about an unverified message is abandoned after this long, in ms. The channels give up
 * after 10 s.
 */
const QUESTION_MS = 12_000;

/** A run starts no query later than this after its first, in ms. */
const RUN_MS = 20_000;

/** The lease of unverified messages, in ms: ample for one query and for storing its result. */
export const VERIFY_LEASE_MS = QUESTION_MS + 18_000;

/** With less than this left, in ms, no query is started. */
const RESERVE_MS = QUESTION_MS + 3_000;

/**
 * The longest a run waits for its verification, in ms: the last query may start `RUN_MS` after the
 * first, and its message is held for `VERIFY_LEASE_MS`.
 */
const LONGEST_MS = RUN_MS + VERIFY_LEASE_MS;

/** What verifying needs. */
export interface VerifyDeps extends ProcessDeps {
  /** Read before each claim: what is paused meanwhile is not asked about. */
  readonly pauses: LookAtPauses;
}

/** Stores the outcomes of claimed messages. */
type Settle = (token: LeaseToken, verdicts: readonly Verdict[]) => Promise<void>;

/** Unverified messages being verified, beside the other work of a run. */
export interface Verifying extends SlowWork {
  /** What came of it, once the run waits no longer. */
  result(): Verification;
}

/**
 * Begins to verify unverified messages.
 *
 * A store that never answers ends the wait, with the budget or after `LONGEST_MS`, and then nothing
 * was verified: whatever it still writes carries a token whose lease has run out.
 */
export function startVerifying(deps: VerifyDeps, budget: Budget, settle: Settle): Verifying {
  let result: Verification | null = null;
  const failed = (error: string): Verification => {
    deps.log.error('verification_failed', { outTradeNo: null, error });
    return NOTHING_VERIFIED;
  };
  const ended = verifyDue(deps, budget, settle).then(
    (verified) => void (result = verified),
    (error: unknown) => void (result = failed(errorText(error))),
  );
  return {
    idle: () => ended,
    longestMs: LONGEST_MS,
    result: () => (result ??= failed('the store did not answer in time')),
  };
}

/** The result of verifying. `learned`: a fact that WeChat Pay confirmed is in the inbox. */
interface Verification {
  readonly claimed: number;
  readonly learned: boolean;
}

/** The reasons to stop that this run has logged. Each share stops by itself. */
type Logged = Set<'missing_api_token'>;

/**
 * Verifies what is due, for all merchants at once and each apart: however many messages name one
 * merchant, and however slow their answers, they delay no other merchant's. If nothing is due at
 * all, this costs one request to the store.
 */
async function verifyDue(deps: VerifyDeps, budget: Budget, settle: Settle): Promise<Verification> {
  if (budget.stopping || budget.remaining() < RESERVE_MS) return NOTHING_VERIFIED;
  try {
    if (!(await deps.store.inbox.isUnverifiedDue(deps.clock.now()))) return NOTHING_VERIFIED;
  } catch (error) {
    deps.log.error('verification_failed', { outTradeNo: null, error: errorText(error) });
    return NOTHING_VERIFIED;
  }
  const logged: Logged = new Set();
  const verified = await Promise.all(
    unverifiedShares(deps.settings.merchants).map((share) =>
      verifyShare(deps, budget, settle, share, logged),
    ),
  );
  return {
    claimed: verified.reduce((sum, { claimed }) => sum + claimed, 0),
    learned: verified.some(({ learned }) => learned),
  };
}

const NOTHING_VERIFIED: Verification = { claimed: 0, learned: false };

/**
 * Claims as many unverified messages of a share as its queries may run, over all runs, and queries
 * each. Repeats until none is due, time is up, WeChat Pay accepts no more queries, or the inbox or
 * the share's merchant is paused. Messages without an answer are then returned untouched for the
 * next run.
 *
 * Failure policy: fail open. A failure here is logged and never rejects: it must not interrupt the
 * processing of believed messages.
 */
async function verifyShare(
  deps: VerifyDeps,
  budget: Budget,
  settle: Settle,
  share: NamedMerchants,
  logged: Logged,
): Promise<Verification> {
  const elapsed = stopwatch(deps.clock);
  let claimed = 0;
  let learned = false;
  try {
    while (!budget.stopping && budget.remaining() >= RESERVE_MS && elapsed() < RUN_MS) {
      const { isPaused, merchants: paused } = await deps.pauses();
      if (isPaused || ('oneOf' in share && share.oneOf.every((named) => paused.includes(named)))) break;
      const token = deps.newToken();
      const batch = await claimUnverified(deps, token, share);
      if (batch.length === 0) break;
      claimed += batch.length;
      const verified = await verifyBatch(deps, batch, paused);
      learned ||= verified.some((one) => one.kind === 'verdict' && one.learned);
      await settle(
        token,
        batch.flatMap((message, n) => {
          const one = verified[n];
          return one === undefined ? [] : [verdictOf(message, one)];
        }),
      );
      const stop = verified.find((one) => one.kind === 'stop');
      if (stop === undefined) continue;
      // Both are the merchant's own: another may be on a channel that needs no token. The fix for a
      // missing token is the same for all, and is logged once.
      if (stop.because === 'rate_limited' || !logged.has(stop.because)) logStop(deps, stop.because);
      if (stop.because === 'missing_api_token') logged.add(stop.because);
      break;
    }
  } catch (error) {
    deps.log.error('verification_failed', { outTradeNo: null, error: errorText(error) });
  }
  return { claimed, learned };
}

/**
 * The due messages, those that no stranger can have written first; or, only when there are none,
 * one of those that are claimed alone.
 */
async function claimUnverified(
  deps: ProcessDeps,
  token: LeaseToken,
  naming: NamedMerchants,
): Promise<readonly ClaimedMessage[]> {
  const now = deps.clock.now();
  const { queryConcurrency } = deps.settings;
  const leaseUntil = later(now, VERIFY_LEASE_MS);
  const request = { token, now, leaseUntil, trust: 'unverified', naming } as const;
  const leasedAtMost = queryConcurrency;
  for (const vouchedForOnly of [true, false]) {
    const due = await deps.store.inbox.claim({
      ...request,
      limit: queryConcurrency,
      leasedAtMost,
      vouchedForOnly,
    });
    if (due.length > 0) return due;
  }
  return deps.store.inbox.claim({ ...request, limit: 1, alone: true, leasedAtMost });
}

/**
 * Verifies a batch. A message may name another merchant than the order or refund it is about, or
 * none; when that one's merchant is `paused`, the message waits and nobody is asked.
 */
async function verifyBatch(
  deps: ProcessDeps,
  batch: readonly ClaimedMessage[],
  paused: readonly SubMchId[],
): Promise<readonly Verified[]> {
  const chance = deps.random();
  const known = await lookUp(deps, batch);
  return mapConcurrently(batch, deps.settings.queryConcurrency, async (message): Promise<Verified> => {
    if (isHopeless(deps, message))
      return { kind: 'verdict', verdict: endedTooOften(message), learned: false };
    const asking = { deps, message, known: known(message), chance };
    const { order, refund } = asking.known;
    const owner = (order ?? refund)?.subMchId;
    if (owner !== undefined && paused.includes(owner)) {
      const waiting = waitOn(deps.settings, message, deps.clock.now(), chance, 'its merchant is paused');
      return { kind: 'verdict', verdict: waiting, learned: false };
    }
    const timed = await within(deps.timers, QUESTION_MS, () => verifyOne(asking));
    if (timed.kind === 'value') return timed.value;
    const error = timed.kind === 'timeout' ? 'WeChat Pay did not answer in time' : errorText(timed.error);
    const verdict = waitOn(deps.settings, message, deps.clock.now(), chance, error);
    return { kind: 'verdict', verdict, learned: false };
  });
}

function verdictOf(message: ClaimedMessage, verified: Verified): Verdict {
  return verified.kind === 'verdict' ? verified.verdict : ending(message, { kind: 'return' });
}

function logStop({ log }: ProcessDeps, because: 'rate_limited' | 'missing_api_token'): void {
  if (because === 'rate_limited') {
    log.warn('verification_paused', { outTradeNo: null, because });
    return;
  }
  const worker = 'processInbox';
  const fix = `upload the trigger of ${worker} with the WeChat developer tools: only then may its runs query WeChat Pay`;
  log.error('api_token_missing', { outTradeNo: null, worker, fix });
}
