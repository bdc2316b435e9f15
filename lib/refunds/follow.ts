import { orderInRefundMessage, refundAnswerMessage } from '../rules/fact-messages';
import type { InboxKey } from '../model/message';
import { askAgainTimes, nextTurn, soonTurn } from '../orders/ask-schedule';
import type { Order } from '../model/order';
import type { Budget } from '../runtime/budget';
import { mapConcurrently } from '../runtime/concurrency';
import { errorText } from '../runtime/error-text';
import type { Questions, StopReason } from '../runtime/questions';
import { questionsOf } from '../runtime/questions';
import type { Timers } from '../runtime/timers';
import type { AskRequest } from '../store/requests';
import type { OutTradeNo } from '../values/ids';
import type { Instant } from '../values/instant';
import { watchPauses } from '../store/pauses';
import { sharedPacer } from '../store/shared-pacer';
import { askForRefund } from './ask';
import type { AskRefundDeps, Asked } from './outcome';
import { applyFacts, logUnknown, recordFact } from './outcome';
import type { Refund } from '../model/refund';
import { holdsReservation } from '../rules/refunds/reservation';

/** What following refunds needs. */
export interface FollowDeps extends AskRefundDeps {
  readonly timers: Timers;
  /** As in `ProcessDeps`. */
  readonly looksFirst?: boolean;
}

/**
 * What one run did, in refunds. Every claimed refund is in exactly one of: `accepted` (WeChat Pay
 * accepted it now), `changed` (the answer was final, and the refund changed), `unchanged` (the
 * answer was final, and the refund is as before: the fact waits, or is dead), `later` (nothing
 * final), `unknown` (no answer, or one that could not be stored) and `returned` (not queried in
 * this run).
 */
export interface FollowReport {
  readonly claimed: number;
  readonly accepted: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly later: number;
  readonly unknown: number;
  readonly returned: number;
  /** Why the run did not handle everything due; null when nothing more was due. */
  readonly stopped: StopReason | null;
}

/** The outcome of one claimed refund. */
type End = Exclude<Asked, { kind: 'stop' }> | { readonly kind: 'returned' };

interface Run {
  readonly tally: { -readonly [Key in keyof FollowReport]: FollowReport[Key] };
  readonly questions: Questions;
  readonly budget: Budget;
}

/**
 * Follows refunds until none is due or the budget is spent: requests those WeChat Pay has not
 * accepted yet, and queries the others. Final answers enter the inbox as facts and are processed at
 * once.
 *
 *   claim (defers each) ──▶ requested ──▶ refund, same number ──▶ processing, or stays requested
 *                      └──▶ processing, abnormal ──▶ queryRefund ──▶ its state: fact
 *                                                │
 *                                                └──▶ no state ──▶ queryOrder ──▶ moved to refund:
 *                                                                                kept as evidence
 *
 * queryRefund mostly lacks the state (lib/wechat/cloudpay/refund-status.ts); then the callback or
 * the bill ends the refund.
 *
 * Pauses and `looksFirst` are as in `reconcileOrders`.
 *
 * Concurrent runs share one rate, wherever they run (see `sharedPacer`).
 *
 * A run that crashes anywhere loses nothing: claimed refunds are due again at the time the claim
 * set. Several runs at once are safe, because WeChat Pay executes each refund number once. Rejects
 * with a `StoreError` when the store fails to claim or look up.
 */
export async function followRefunds(deps: FollowDeps, budget: Budget): Promise<FollowReport> {
  const { askAfterMs, batch, perSecond } = deps.refundSettings;
  const run: Run = {
    tally: {
      claimed: 0,
      accepted: 0,
      changed: 0,
      unchanged: 0,
      later: 0,
      unknown: 0,
      returned: 0,
      stopped: null,
    },
    questions: questionsOf(deps, 'followRefunds', budget, sharedPacer(deps, 'refunds', perSecond)),
    budget,
  };
  const looksFirst = deps.looksFirst === true;
  if (looksFirst && !(await deps.store.refunds.isAskDue(deps.clock.now()))) return run.tally;
  const look = watchPauses(deps, 'followRefunds');
  try {
    while (run.questions.goOn()) {
      const { isPaused, merchants } = await look();
      if (isPaused) break;
      const now = deps.clock.now();
      const again = askAgainTimes(askAfterMs, now, deps.random());
      const except = [...run.questions.paused(), ...merchants];
      const refunds = await deps.store.refunds.claimAsks({ now, limit: batch, again, except });
      run.tally.claimed += refunds.length;
      if (refunds.length > 0) await followBatch(deps, run, refunds, again, now);
      if (refunds.length === 0) break;
    }
  } finally {
    run.tally.stopped = run.questions.stopped;
    if (run.tally.claimed > 0) deps.log.info('refund_run', { outTradeNo: null, ...run.tally });
  }
  return run.tally;
}

async function followBatch(
  deps: FollowDeps,
  run: Run,
  refunds: readonly Refund[],
  again: AskRequest['again'],
  claimedAt: Instant,
): Promise<void> {
  const numbers = new Set(refunds.map(({ outTradeNo }) => outTradeNo));
  const found = await deps.store.orders.findWithoutCarts([...numbers]);
  const orders = new Map(found.map((order) => [order.outTradeNo, order]));
  const ends = await mapConcurrently(refunds, deps.refundSettings.concurrency, (refund) =>
    followOne(deps, run, refund, orders, { again, claimedAt }),
  );
  const told = new Map<InboxKey, Refund>();
  for (const [n, end] of ends.entries()) {
    const refund = refunds[n];
    if (end.kind !== 'recorded') run.tally[end.kind] += 1;
    else if (refund !== undefined) told.set(end.key, refund);
  }
  try {
    await applyFacts(deps, run.budget, [...told.keys()]);
  } finally {
    await countChanged(deps, run, [...told.values()]);
  }
}

/** Counts what became of the refunds whose answer was final. 1 request, 0 for none. */
async function countChanged(deps: FollowDeps, run: Run, told: readonly Refund[]): Promise<void> {
  if (told.length === 0) return;
  const found = await deps.store.refunds.find(told.map(({ outRefundNo }) => outRefundNo));
  const now = new Map(found.map(({ outRefundNo, progress }) => [outRefundNo, progress.state]));
  for (const { outRefundNo, progress } of told) {
    const isChanged = (now.get(outRefundNo) ?? progress.state) !== progress.state;
    run.tally[isChanged ? 'changed' : 'unchanged'] += 1;
  }
}

/** What the claim set, and when. */
interface Claimed {
  readonly again: AskRequest['again'];
  readonly claimedAt: Instant;
}

/** Requests or queries one refund. Never rejects. */
async function followOne(
  deps: FollowDeps,
  run: Run,
  refund: Refund,
  orders: ReadonlyMap<OutTradeNo, Order>,
  claimed: Claimed,
): Promise<End> {
  const { outTradeNo, outRefundNo, subMchId } = refund;
  try {
    if (!(await run.questions.turn(subMchId))) {
      await askAgain(deps, run, refund, claimed);
      return { kind: 'returned' };
    }
    const asked = await ask(deps, run, refund, orders.get(outTradeNo) ?? null);
    if (asked.kind === 'stop') {
      run.questions.pause(subMchId, asked.because);
      await askAgain(deps, run, refund, claimed);
      return { kind: 'returned' };
    }
    if (asked.kind === 'recorded') return asked;
    alarmIfOverdue(deps, refund);
    // The answer for one that is not accepted yet was noted together with the time of the next
    // request.
    if (refund.progress.state !== 'requested') await askAgain(deps, run, refund, claimed);
    return asked;
  } catch (error) {
    // Failure policy: fail closed. It is unknown whether the answer is stored. The refund is due
    // again, and repeating the call and the record is safe.
    deps.log.error('answer_not_recorded', { outTradeNo, outRefundNo, error: errorText(error) });
    return { kind: 'unknown' };
  }
}

async function ask(deps: FollowDeps, run: Run, refund: Refund, order: Order | null): Promise<Asked> {
  switch (refund.progress.state) {
    case 'requested':
      // It is being closed: its money belongs to the order again.
      if (order === null || !holdsReservation(order, refund)) return { kind: 'later' };
      return askForRefund(deps, refund, 'again');
    case 'processing':
    // It may have been handled in the merchant platform.
    case 'abnormal':
      return askAbout(deps, run, refund, order);
    case 'succeeded':
    case 'closed':
      return { kind: 'later' };
  }
}

async function askAbout(deps: FollowDeps, run: Run, refund: Refund, order: Order | null): Promise<Asked> {
  const { outTradeNo, outRefundNo, subMchId } = refund;
  const answer = await deps.wechat.queryRefund({ subMchId, outRefundNo });
  deps.log.info('refund_queried', { outTradeNo, outRefundNo, answer: answer.kind });
  switch (answer.kind) {
    case 'refund':
      // In progress, or unchanged: nothing new.
      if (answer.state === 'processing' || answer.state === refund.progress.state) return { kind: 'later' };
      return {
        kind: 'recorded',
        key: await recordFact(deps, refundAnswerMessage(refund, answer, deps.clock.now())),
      };
    case 'no_such_refund': {
      // WeChat Pay accepted it and does not know it. Requesting the same number again would be
      // safe, but the cause is unclear, so a person must look.
      const fix =
        'WeChat Pay accepted this refund but answers that it does not know it: look for it in the merchant platform';
      deps.log.error('refund_unclear', { outTradeNo, outRefundNo, code: answer.kind, fix });
      return { kind: 'later' };
    }
    case 'refused': {
      const { code, detail } = answer;
      deps.log.warn('wechat_pay_refused', { outTradeNo, outRefundNo, call: 'queryRefund', code, detail });
      return { kind: 'later' };
    }
    case 'unknown':
      logUnknown(deps, refund, 'queryRefund', answer);
      if (answer.reason === 'rate_limited' || answer.reason === 'missing_api_token') {
        return { kind: 'stop', because: answer.reason };
      }
      return answer.reason === 'unreadable' ? askAboutOrder(deps, run, refund, order) : { kind: 'unknown' };
  }
}

/**
 * The order's own state says at most that WeChat Pay accepted some refund of it (`REFUND`): not
 * which, not how much, not that it succeeded. When the order has only this refund, the answer is
 * kept as evidence. It ends nothing.
 */
async function askAboutOrder(
  deps: FollowDeps,
  run: Run,
  refund: Refund,
  order: Order | null,
): Promise<Asked> {
  const tellsNothingNew = order?.refunds.length !== 1 || refund.progress.state === 'abnormal';
  const { outTradeNo, outRefundNo, subMchId } = refund;
  if (tellsNothingNew || !(await run.questions.turn(subMchId))) return { kind: 'unknown' };
  const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo });
  deps.log.info('order_asked', { outTradeNo, outRefundNo, answer: answer.kind });
  if (answer.kind !== 'paid_then_refunded') return { kind: 'unknown' };
  await deps.store.inbox.record(orderInRefundMessage(refund, answer, deps.clock.now()));
  return { kind: 'later' };
}

/**
 * Sets the next query where the claim's time does not fit: a claim counts queries that were never
 * made, and its gap may be longer than the refund's age demands (see `nextTurn`). A refund that
 * this run had no time or no rate for is due soon; without a token, soon is no better than later.
 */
async function askAgain(
  deps: FollowDeps,
  { questions }: Run,
  refund: Refund,
  { again, claimedAt }: Claimed,
): Promise<void> {
  const { refunds } = deps.store;
  const { outRefundNo } = refund;
  const turn = nextTurn(deps.refundSettings.askAfterMs, again, refund, claimedAt);
  const stopped = questions.stoppedFor(refund.subMchId);
  const soon = stopped !== null && stopped !== 'missing_api_token';
  const nextAskAt = soon ? soonTurn(again, turn.at) : turn.at;
  if (nextAskAt === turn.set) return;
  if (await refunds.note({ outRefundNo, expectedVersion: refund.version, nextAskAt })) return;
  // The answer was noted on it meanwhile.
  const [current] = await refunds.find([outRefundNo]);
  if (current) await refunds.note({ outRefundNo, expectedVersion: current.version, nextAskAt });
}

function alarmIfOverdue(deps: FollowDeps, refund: Refund): void {
  const ageMs = deps.clock.now() - refund.createdAt;
  if (ageMs < deps.refundSettings.overdueMs) return;
  const { outTradeNo, outRefundNo, progress, lastError } = refund;
  deps.log.error('refund_overdue', {
    outTradeNo,
    outRefundNo,
    state: progress.state,
    lastError,
    days: Math.floor(ageMs / 86_400_000),
    fix: 'look for it in the merchant platform; the bill of the day it succeeds ends it',
  });
}
