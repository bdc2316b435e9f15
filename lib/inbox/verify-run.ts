import type { ClaimedMessage } from '../model/message';
import type { LeaseToken } from '../model/lease';
import type { Budget } from '../runtime/budget';
import { mapConcurrently } from '../runtime/concurrency';
import { errorText } from '../runtime/error-text';
import { stopwatch } from '../runtime/stopwatch';
import { within } from '../runtime/timers';
import { later } from '../values/instant';
import { endedTooOften, isHopeless } from './alone';
import { lookUp } from './lookup';
import type { ProcessDeps } from './process-deps';
import type { Turn } from './turn';
import { ending, waitOn } from './turn';
import { verifyOne, type Verified } from './verify';

/** A question about an unverified message is given up after so long, in ms. The channels give up themselves after 10 s. */
const QUESTION_MS = 12_000;

/** A run begins no question later than so long after its first, in ms. */
const RUN_MS = 20_000;

/** How long unverified messages are claimed for, in ms: a question, and writing down what came of it, well within it. */
export const VERIFY_LEASE_MS = QUESTION_MS + 18_000;

/** With less than this left, in ms, no question is begun. */
const RESERVE_MS = QUESTION_MS + 3_000;

/** While questions are under way, believed messages are looked for so often, in ms. */
const LOOK_MS = 2_000;

/** Writes down what came of claimed messages. */
type Settle = (token: LeaseToken, turns: readonly Turn[]) => Promise<void>;

/**
 * Verifies unverified messages, and has believed ones processed meanwhile, and once more when an answer brought some. Answers how many
 * unverified ones were claimed. Rejects only when `believed` does.
 */
export async function verifyBeside(
  deps: ProcessDeps,
  budget: Budget,
  believed: () => Promise<void>,
  settle: Settle,
): Promise<number> {
  const verifying = verifyDue(deps, budget, settle);
  try {
    while ((await within(deps.timers, LOOK_MS, () => verifying)).kind === 'timeout') await believed();
  } finally {
    await verifying;
  }
  const { claimed, learned } = await verifying;
  if (learned) await believed();
  return claimed;
}

/**
 * Claims unverified messages, as many as questions may be under way, over all runs, and asks about each; and so on until none is due,
 * the time is over, or WeChat Pay takes no more questions: what was not answered then is given back untouched, and the next run goes on.
 *
 * Failure policy: fail open. What breaks here is logged and never rejects: it must not break off the processing of believed messages.
 */
async function verifyDue(
  deps: ProcessDeps,
  budget: Budget,
  settle: Settle,
): Promise<{ readonly claimed: number; readonly learned: boolean }> {
  const elapsed = stopwatch(deps.clock);
  let claimed = 0;
  let learned = false;
  try {
    while (!budget.stopping && budget.remaining() >= RESERVE_MS && elapsed() < RUN_MS) {
      const token = deps.newToken();
      const batch = await claimUnverified(deps, token);
      if (batch.length === 0) break;
      claimed += batch.length;
      const verified = await verifyBatch(deps, batch);
      learned ||= verified.some((one) => one.kind === 'turn' && one.learned);
      await settle(
        token,
        batch.flatMap((message, n) => {
          const one = verified[n];
          return one === undefined ? [] : [turnOf(message, one)];
        }),
      );
      const stop = verified.find((one) => one.kind === 'stop');
      if (stop === undefined) continue;
      logStop(deps, stop.because);
      break;
    }
  } catch (error) {
    deps.log.error('verification_failed', { outTradeNo: null, error: errorText(error) });
  }
  return { claimed, learned };
}

/** What is due, and only when there is none of it, one of those that are claimed alone. */
async function claimUnverified(deps: ProcessDeps, token: LeaseToken): Promise<readonly ClaimedMessage[]> {
  const now = deps.clock.now();
  const { queryConcurrency } = deps.settings;
  const request = { token, now, leaseUntil: later(now, VERIFY_LEASE_MS), trust: 'unverified' as const };
  const heldAtMost = queryConcurrency;
  const due = await deps.store.inbox.claim({ ...request, limit: queryConcurrency, heldAtMost });
  if (due.length > 0) return due;
  return deps.store.inbox.claim({ ...request, limit: 1, alone: true, heldAtMost });
}

async function verifyBatch(
  deps: ProcessDeps,
  batch: readonly ClaimedMessage[],
): Promise<readonly Verified[]> {
  const chance = deps.random();
  const known = await lookUp(deps, batch);
  return mapConcurrently(batch, deps.settings.queryConcurrency, async (message): Promise<Verified> => {
    if (isHopeless(deps, message)) return { kind: 'turn', turn: endedTooOften(message), learned: false };
    const asking = { deps, message, known: known(message), chance };
    const timed = await within(deps.timers, QUESTION_MS, () => verifyOne(asking));
    if (timed.kind === 'value') return timed.value;
    const error = timed.kind === 'timeout' ? 'WeChat Pay did not answer in time' : errorText(timed.error);
    const turn = waitOn(deps.settings, message, deps.clock.now(), chance, error);
    return { kind: 'turn', turn, learned: false };
  });
}

function turnOf(message: ClaimedMessage, verified: Verified): Turn {
  return verified.kind === 'turn' ? verified.turn : ending(message, { kind: 'return' });
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
