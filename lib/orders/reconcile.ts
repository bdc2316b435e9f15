import type { InboxKey } from '../model/message';
import { hear } from '../inbox/hear';
import { processInbox } from '../inbox/process';
import { rememberRefundSaid } from '../inbox/refund-said';
import type { ProcessDeps } from '../inbox/process-deps';
import type { Budget } from '../runtime/budget';
import { mapConcurrently } from '../runtime/concurrency';
import { errorText } from '../runtime/error-text';
import type { Questions, StopReason } from '../runtime/questions';
import { questionsOf } from '../runtime/questions';
import type { Timers } from '../runtime/timers';
import type { AskRequest } from '../store/requests';
import { watchPauses } from '../store/pauses';
import type { Store } from '../store/port';
import { sharedPacer } from '../store/shared-pacer';
import type { OutTradeNo } from '../values/ids';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { WeChatPay } from '../wechat/port';
import { logAnswer, logCloseAnswer } from './answer-log';
import { askAgainTimes, nextTurn, soonTurn } from './ask-schedule';
import type { AnswerConclusion, AskAgain, Conclusion } from './conclude';
import { concludeAnswer, concludeClose } from './conclude';
import type { Said } from '../rules/last-answer';
import { saidOf, saidOfClosing } from '../rules/last-answer';
import type { Order } from '../model/order';
import type { ReconcileSettings } from './settings';

/**
 * What querying unresolved orders needs: everything that processing the inbox needs, because
 * answers go through the inbox.
 */
export interface ReconcileDeps extends ProcessDeps {
  readonly store: ProcessDeps['store'] & Pick<Store, 'paces'>;
  readonly wechat: Pick<WeChatPay, 'queryOrder' | 'queryRefund' | 'closeOrder'>;
  readonly timers: Timers;
  readonly reconcileSettings: ReconcileSettings;
}

/**
 * What one run did, in orders. Every claimed order is in exactly one of: `paid`, `closed`, `failed`
 * (its state now, from WeChat Pay's answer), `unchanged`, `later` (the answer was not final),
 * `unknown` (no answer), `returned` (not queried completely) and `notRecorded` (the fact could not
 * be stored; queried again within seconds).
 */
export interface ReconcileReport {
  readonly claimed: number;
  /** Queries made. An order that was also to be closed counts once. */
  readonly asked: number;
  readonly paid: number;
  readonly closed: number;
  readonly failed: number;
  readonly later: number;
  readonly unknown: number;
  /** The answer was final, but the order is still pending: the fact waits or is dead. */
  readonly unchanged: number;
  readonly returned: number;
  readonly notRecorded: number;
  /** Why the run did not query everything due; null when nothing more was due. */
  readonly stopped: StopReason | null;
}

/** The outcome of one claimed order. */
type End =
  | { readonly kind: 'recorded'; readonly key: InboxKey }
  | {
      readonly kind: 'put_off';
      readonly as: 'later' | 'unknown' | 'returned' | 'notRecorded';
      readonly when: AskAgain;
      /** The last answer to this query; null when none was made. */
      readonly said: Said | null;
    };

/** Orders that one write defers. */
interface PutOff {
  readonly at: Instant;
  readonly said: Said | null;
  readonly numbers: OutTradeNo[];
}

interface Run {
  readonly tally: { -readonly [Key in keyof ReconcileReport]: ReconcileReport[Key] };
  readonly questions: Questions;
  readonly budget: Budget;
}

/** The delay of "in moments", in ms. */
const MOMENTS_MS = 5_000;

function returned(said: Said | null): End {
  return { kind: 'put_off', as: 'returned', when: 'in_moments', said };
}

/**
 * Queries unresolved orders until none is due or the budget is spent, and closes those that can no
 * longer be paid. Answers enter the inbox as facts and are processed at once; this writes no order
 * itself.
 *
 *   claim (defers each) ──▶ query ──▶ fact ──▶ inbox ──▶ processed, once for the batch
 *                            │ └──▶ unpaid, deadline passed ──▶ close ──▶ closed: fact
 *                            └────▶ nothing final ──▶ noted, queried again when due, or sooner
 *
 * A run that crashes anywhere loses nothing: claimed orders are queried again at the time the claim
 * set, and recorded facts are processed by the inbox worker. Several runs at once are safe; an
 * order may then be queried twice. They share one rate, wherever they run (see `sharedPacer`).
 *
 * An answer that is not a fact is stored on its order as `lastAnswer`. On CloudBase that costs one
 * request per distinct answer and next query time in a batch, even where the claim had already set
 * that time.
 *
 * Nothing is claimed while the worker is paused, nor ever of a paused merchant: no query is
 * counted, and the orders stay due. With `looksFirst`, a run that finds nothing costs 1 request on
 * CloudBase, and one with work 2 more.
 *
 * Rejects with a `StoreError` when the store fails to claim, defer or process, after trying both of
 * the latter.
 */
export async function reconcileOrders(deps: ReconcileDeps, budget: Budget): Promise<ReconcileReport> {
  const { askAfterMs, batch, perSecond } = deps.reconcileSettings;
  const run: Run = {
    tally: {
      claimed: 0,
      asked: 0,
      paid: 0,
      closed: 0,
      failed: 0,
      later: 0,
      unknown: 0,
      unchanged: 0,
      returned: 0,
      notRecorded: 0,
      stopped: null,
    },
    questions: questionsOf(deps, 'reconcileOrders', budget, sharedPacer(deps, 'queries', perSecond)),
    budget,
  };
  const looksFirst = deps.looksFirst === true;
  if (looksFirst && !(await deps.store.orders.isAskDue(deps.clock.now()))) return run.tally;
  const look = watchPauses(deps, 'reconcileOrders');
  try {
    while (run.questions.goOn()) {
      const { isPaused, merchants } = await look();
      if (isPaused) break;
      const now = deps.clock.now();
      const again = askAgainTimes(askAfterMs, now, deps.random());
      const except = [...run.questions.paused(), ...merchants];
      const orders = await deps.store.orders.claimAsks({ now, limit: batch, again, except });
      run.tally.claimed += orders.length;
      if (orders.length > 0) await askBatch(deps, run, orders, again, now);
      if (orders.length === 0) break;
    }
  } finally {
    run.tally.stopped = run.questions.stopped;
    if (run.tally.claimed > 0) deps.log.info('ask_run', { outTradeNo: null, ...run.tally });
  }
  return run.tally;
}

async function askBatch(
  deps: ReconcileDeps,
  run: Run,
  orders: readonly Order[],
  again: AskRequest['again'],
  claimedAt: Instant,
): Promise<void> {
  const { askAfterMs, concurrency } = deps.reconcileSettings;
  const putOffs = new Map<string, PutOff>();
  const keys: InboxKey[] = [];
  const told: OutTradeNo[] = [];
  const ends = await mapConcurrently(orders, concurrency, async (order) => ({
    order,
    end: await askAbout(deps, run, order),
  }));
  const heardAt = deps.clock.now();
  const inMoments = later(heardAt, MOMENTS_MS);
  for (const { order, end } of ends) {
    if (end.kind === 'recorded') {
      keys.push(end.key);
      told.push(order.outTradeNo);
      continue;
    }
    run.tally[end.as] += 1;
    const turn = nextTurn(askAfterMs, again, order, claimedAt);
    const at = { scheduled: turn.at, soon: soonTurn(again, turn.at), in_moments: inMoments }[end.when];
    const { said } = end;
    if (said === null && at === turn.set) continue;
    const group = `${at} ${said ?? ''}`;
    const putOff = putOffs.get(group) ?? { at, said, numbers: [] };
    putOff.numbers.push(order.outTradeNo);
    putOffs.set(group, putOff);
  }
  const done = await Promise.allSettled([
    ...[...putOffs.values()].map(({ at, said, numbers }) =>
      deps.store.orders.askAgainAt(numbers, at, said === null ? null : { at: heardAt, said }),
    ),
    ...(keys.length > 0 ? [processInbox(deps, run.budget, keys)] : []),
  ]);
  const broken = done.find((each) => each.status === 'rejected');
  if (broken) {
    run.tally.unchanged += told.length;
    throw broken.reason;
  }
  await countChanged(deps, run, told);
}

/** Counts the orders that WeChat Pay gave a final answer about. 1 request, 0 for none. */
async function countChanged(deps: ReconcileDeps, run: Run, told: readonly OutTradeNo[]): Promise<void> {
  if (told.length === 0) return;
  const orders = await deps.store.orders.findWithoutCarts(told);
  for (const { payment } of orders) run.tally[payment.state === 'pending' ? 'unchanged' : payment.state] += 1;
  run.tally.unchanged += told.length - orders.length;
}

/** Queries one order. Never rejects. */
async function askAbout(deps: ReconcileDeps, run: Run, order: Order): Promise<End> {
  const { subMchId, outTradeNo } = order;
  if (!(await run.questions.turn(subMchId))) return returned(null);
  run.tally.asked += 1;
  const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo });
  const conclusion = concludeAnswer(order, answer, deps.clock.now());
  if (!isTokenMissing(conclusion)) logAnswer(deps.log, order, answer);
  try {
    await rememberRefundSaid(deps.store.orders, order, answer, deps.clock.now());
  } catch (error) {
    // Failure policy: fail closed. It is unknown whether the fact is stored. A query within seconds
    // gets the same answer.
    deps.log.error('answer_not_recorded', { outTradeNo, error: errorText(error) });
    return { kind: 'put_off', as: 'notRecorded', when: 'in_moments', said: saidOf(answer) };
  }
  if (conclusion.kind !== 'close') return endOf(deps, run, order, conclusion, saidOf(answer));

  if (!(await run.questions.turn(subMchId))) return returned(saidOf(answer));
  const closing = await deps.wechat.closeOrder({ subMchId, outTradeNo });
  const closed = concludeClose(order, closing, deps.clock.now(), conclusion.as);
  if (!isTokenMissing(closed)) logCloseAnswer(deps.log, order, closing);
  return endOf(deps, run, order, closed, saidOfClosing(closing));
}

async function endOf(
  deps: ReconcileDeps,
  run: Run,
  { outTradeNo, subMchId }: Order,
  conclusion: Conclusion,
  said: Said,
): Promise<End> {
  switch (conclusion.kind) {
    case 'record': {
      const { message } = conclusion;
      try {
        const { key } = await hear(deps, message);
        return { kind: 'recorded', key };
      } catch (error) {
        // Failure policy: fail closed. It is unknown whether the fact is stored. Querying within
        // seconds and recording the same key again is safe.
        deps.log.error('answer_not_recorded', { outTradeNo, key: message.key, error: errorText(error) });
        return { kind: 'put_off', as: 'notRecorded', when: 'in_moments', said };
      }
    }
    case 'ask_again':
      return { kind: 'put_off', as: conclusion.as, when: conclusion.when, said };
    case 'stop':
      run.questions.pause(subMchId, conclusion.because);
      return returned(said);
  }
}

function isTokenMissing(conclusion: AnswerConclusion): boolean {
  return conclusion.kind === 'stop' && conclusion.because === 'missing_api_token';
}
