import type { OrderSettlement } from '../model/order';
import { logRefundSettled } from '../rules/refunds/refund-log';
import type { Budget } from '../runtime/budget';
import type { Log } from '../runtime/log';
import type { LeaseToken } from '../model/lease';
import type { OutTradeNo } from '../values/ids';
import type { Instant } from '../values/instant';
import { batchSource, type BatchSource, type InboxRun } from './batch-source';
import { lookBeside } from './beside';
import { lookUp } from './lookup';
import type { ClaimedMessage, InboxKey, Source } from '../model/message';
import type { ProcessDeps } from './process-deps';
import { givesMoneyBack, reconsiderRefunds } from './reconsider';
import { reconsiderRedelivered } from './redelivered';
import { judgeTogether } from './sequence';
import type { Verdict } from './verdict';
import { returnClaims, processAlone } from './alone';
import { putOff } from './verdict';
import type { LookAtPauses, RunPauses } from '../store/pauses';
import { watchPauses } from '../store/pauses';
import { startVerifying } from './verify-run';
import { claimWaiting } from './waiting';

/**
 * What one run did, in messages. `applied` changed an order or a refund; `finished` needed no
 * change.
 */
export interface ProcessReport {
  readonly claimed: number;
  readonly applied: number;
  readonly finished: number;
  readonly retried: number;
  readonly dead: number;
  readonly failed: number;
  readonly leaseLost: number;
  /** How many of the claimed were claimed alone or unverified. */
  readonly beside: number;
}

type Tally = { -readonly [Key in keyof ProcessReport]: ProcessReport[Key] };

function newTally(): Tally {
  return {
    claimed: 0,
    applied: 0,
    finished: 0,
    retried: 0,
    dead: 0,
    failed: 0,
    leaseLost: 0,
    beside: 0,
  };
}

/**
 * How often a message is decided anew because its order changed meanwhile, before it waits for
 * another run.
 */
const ROUNDS = 10;

/**
 * Processes the inbox until nothing is due or the budget is spent: claims a batch, decides each
 * message against its order and refund, settles. Several runs at once are safe. With `keys`, only
 * those messages are processed, due or not.
 *
 *   believed ──▶ redelivered ──▶ alone ──▶ verify, and fulfil what became due
 *      ▲                                      │
 *      └────────────── every 2 s ─────────────┘
 *
 * Believed messages come first, then those that are claimed alone, then unverified ones. WeChat
 * Pay's answers about those and the merchant's hooks are slow, so both go on beside each other, and
 * arriving believed messages are still processed: they wait for neither. While they are, no further
 * order is begun. The order is its own outbox, so a run that dies loses nothing: `fulfillOrders`
 * takes what is left.
 *
 * While the worker is paused nothing is claimed: messages stay due, and no claim is counted. With
 * `keys` a pause does not apply: another worker has learned these facts, and it is not paused.
 * Unverified messages of a paused merchant stay due; its verified ones are processed, because
 * applying what is known hands out nothing and asks nobody.
 *
 * A message that fails by itself is retried with backoff, and the rest of its batch goes on.
 * Rejects with a `StoreError` only when the store fails to claim, look up, settle or revive at all;
 * claimed messages are then returned, or become due when their lease ends.
 */
export async function processInbox(
  deps: ProcessDeps,
  budget: Budget,
  keys?: readonly InboxKey[],
): Promise<ProcessReport> {
  const tally = newTally();
  const looksFirst = keys === undefined && deps.looksFirst === true;
  if (looksFirst && !(await deps.store.inbox.hasWork(deps.clock.now()))) return tally;
  const looksLast = looksFirst && deps.believedOnly !== true;
  const run: InboxRun<Tally> = { tally, isUseless: false, looksLast, isQuiet: false };
  const pauses = keys === undefined ? watchPauses(deps, 'processInbox') : async () => UNPAUSED;
  const believed = async (): Promise<void> => {
    const source = batchSource(deps, budget, run, pauses, keys);
    const lanes = Array.from({ length: deps.lanes ?? 1 }, () => processLane(deps, source, run));
    // All of them end before the run does, even when one rejects.
    for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
  };
  await believed();
  run.looksLast = false;
  if (keys === undefined) await processRest(deps, budget, run, { believed, pauses });
  if (tally.claimed > 0) deps.log.info('inbox_run', { outTradeNo: null, ...tally });
  return tally;
}

/** No pause applies to facts that another worker has learned. */
const UNPAUSED: RunPauses = { isPaused: false, merchants: [] };

/**
 * What a run does once no believed message is due. `believed` processes those that arrive. Where
 * one request has said that nothing else is due either, none is spent on looking for each kind.
 */
async function processRest(
  deps: ProcessDeps,
  budget: Budget,
  { tally, isQuiet }: InboxRun<Tally>,
  { believed, pauses }: { readonly believed: () => Promise<void>; readonly pauses: LookAtPauses },
): Promise<void> {
  if ((await pauses()).isPaused) return;
  const { fulfilling } = deps;
  const isWhole = deps.believedOnly !== true && !isQuiet;
  if (isWhole) {
    if (await reconsiderRedelivered(deps, budget)) await believed();
    tally.beside += await processAlone(deps, budget, (token, batch) =>
      processBatch(deps, token, batch, tally),
    );
  }
  const verifying = isWhole
    ? startVerifying({ ...deps, pauses }, budget, async (token, verdicts) => {
        tally.claimed += verdicts.length;
        await settleAll(deps, token, verdicts, tally, {
          freed: new Set(),
          taken: new Set(),
          begunAt: deps.clock.now(),
        });
      })
    : undefined;
  let appliedBefore = 0;
  const fulfilApplied = (): void => {
    if (tally.applied > appliedBefore) fulfilling?.refill();
    appliedBefore = tally.applied;
  };
  const look = async (): Promise<void> => {
    try {
      await (fulfilling === undefined ? believed() : fulfilling.pauseWhile(believed));
      fulfilApplied();
    } catch (error) {
      fulfilling?.stop();
      throw error;
    }
  };
  const wait = (): Promise<void> =>
    lookBeside(
      deps,
      budget,
      [verifying, fulfilling].flatMap((work) => work ?? []),
      look,
    );
  fulfilApplied();
  await wait();
  if (verifying === undefined) return;
  const { claimed, learned } = verifying.result();
  tally.beside += claimed;
  if (!learned) return;
  await look();
  await wait();
}

/**
 * Processes batch after batch. A batch of which nothing could be settled is the run's last: when
 * its leases run out while it works, or the store fails, each further claim would only be counted
 * against messages that are not at fault.
 */
async function processLane(deps: ProcessDeps, source: BatchSource, run: InboxRun<Tally>): Promise<void> {
  for (let claimed = await source.next(); claimed !== null; claimed = await source.next()) {
    const { token, batch } = claimed;
    if (batch.length === 0) continue;
    const own = newTally();
    try {
      if (await processBatch(deps, token, batch, own)) source.refill();
    } finally {
      addTo(run.tally, own);
    }
    if (own.leaseLost + own.failed >= batch.length) run.isUseless = true;
  }
}

/** Adds what a part of a run did with believed messages. */
function addTo(
  tally: Tally,
  { applied, finished, retried, dead, failed, leaseLost, claimed }: ProcessReport,
): void {
  tally.claimed += claimed;
  tally.applied += applied;
  tally.finished += finished;
  tally.retried += retried;
  tally.dead += dead;
  tally.failed += failed;
  tally.leaseLost += leaseLost;
}

/**
 * Processes one claimed batch. Returns whether it revived a message, which is due now. When the
 * store fails, claimed messages are returned, so that the claim does not count against them.
 */
async function processBatch(
  deps: ProcessDeps,
  token: LeaseToken,
  batch: readonly ClaimedMessage[],
  tally: Tally,
): Promise<boolean> {
  const claimed = [...batch];
  try {
    return await decideBatch(deps, token, claimed, tally);
  } catch (error) {
    await returnClaims(deps, token, claimed, error);
    throw error;
  }
}

/** Adds to `claimed` the messages that join it. */
async function decideBatch(
  deps: ProcessDeps,
  token: LeaseToken,
  claimed: ClaimedMessage[],
  tally: Tally,
): Promise<boolean> {
  const chance = deps.random();
  const begunAt = deps.clock.now();
  let known = await lookUp(deps, claimed);
  const waiting = await claimWaiting(deps, token, claimed, known);
  if (waiting.length > 0) {
    tally.claimed += waiting.length;
    claimed.push(...waiting);
    known = await lookUp(deps, claimed);
  }
  const judged = judgeTogether(deps.settings, claimed, known, deps.clock.now(), chance);
  const freed = new Set<OutTradeNo>();
  const taken = new Set<InboxKey>();
  let changed = [
    ...(await settleAll(deps, token, judged.verdicts, tally, { freed, taken, begunAt })),
    ...judged.again,
  ];
  for (let round = 2; changed.length > 0; round += 1) {
    const found = await lookUp(deps, changed);
    known = (message) => ({ ...found(message), isTransactionTaken: taken.has(message.key) });
    const now = deps.clock.now();
    const { verdicts, again } =
      round > ROUNDS
        ? {
            verdicts: changed.map((message) =>
              putOff(deps.settings, message, now, chance, 'the order kept changing'),
            ),
            again: [],
          }
        : judgeTogether(deps.settings, changed, known, now, chance);
    changed = [...(await settleAll(deps, token, verdicts, tally, { freed, taken, begunAt })), ...again];
  }
  return reconsiderRefunds(deps, freed);
}

/** What the settlements of one batch share. */
interface Settling {
  readonly freed: Set<OutTradeNo>;
  readonly taken: Set<InboxKey>;
  /** When the run took the batch up. */
  readonly begunAt: Instant;
}

/**
 * Settles, counts and logs. Returns the messages whose order had changed, which are still claimed
 * and must be decided again. Orders whose refund was closed are added to `freed`, messages whose
 * transaction belongs to another order to `taken`.
 */
async function settleAll(
  deps: ProcessDeps,
  token: LeaseToken,
  verdicts: readonly Verdict[],
  tally: Tally,
  { freed, taken, begunAt }: Settling,
): Promise<readonly ClaimedMessage[]> {
  if (verdicts.length === 0) return [];
  const settlements = verdicts.map(({ settlement }) => settlement);
  const results = await deps.store.inbox.settle(token, deps.clock.now(), settlements);
  const changed: ClaimedMessage[] = [];
  const failed: ClaimedMessage[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    const about = { outTradeNo: verdict.message.outTradeNo, key: verdict.message.key };
    switch (results[index] ?? 'failed') {
      case 'settled':
        deps.onSettled?.(verdict.settlement);
        deps.trace?.settled(verdict.message, verdict.settlement, begunAt);
        count(deps.log, verdict, about, tally);
        if (verdict.settlement.refund !== null) {
          logRefundSettled(deps.log, verdict.settlement.refund, about.outTradeNo);
        }
        if (givesMoneyBack(verdict.settlement)) freed.add(verdict.settlement.change.outTradeNo);
        break;
      case 'transaction_taken':
        taken.add(verdict.message.key);
        changed.push(verdict.message);
        break;
      case 'stale':
        changed.push(verdict.message);
        break;
      case 'failed':
        tally.failed += 1;
        failed.push(verdict.message);
        deps.log.error('message_failed', about);
        break;
      case 'lease_lost':
        tally.leaseLost += 1;
        deps.log.warn('message_lease_lost', about);
        break;
    }
  }
  await returnClaims(deps, token, failed, new Error('the store did not settle it'));
  return changed;
}

function count(
  log: Log,
  { settlement: { finish, change } }: Verdict,
  about: { readonly outTradeNo: OutTradeNo | null; readonly key: InboxKey },
  tally: Tally,
): void {
  switch (finish.kind) {
    case 'done':
      tally[finish.outcome === 'applied' ? 'applied' : 'finished'] += 1;
      log.info(finish.outcome === 'applied' ? 'message_applied' : 'message_finished', {
        ...about,
        outcome: finish.outcome,
        ...howKnown(change, about.key),
      });
      return;
    case 'retry':
    case 'wait':
      tally.retried += 1;
      log.warn('message_retried', { ...about, error: finish.error });
      return;
    case 'dead':
      tally.dead += 1;
      log.error('message_dead', { ...about, reason: finish.reason, error: finish.error });
      return;
    case 'return':
      return;
  }
}

/**
 * For the message that made an order paid: its source, and how long after the payment it arrived,
 * in ms. WeChat Pay reports whole seconds of its own clock, so the delay can be slightly below 0.
 */
function howKnown(
  change: OrderSettlement | null,
  key: InboxKey,
): { readonly path: Source; readonly paidToKnownMs: number } | null {
  if (change?.payment.state !== 'paid' || change.payment.evidence !== key) return null;
  const { knownBy, knownAt, paidAt } = change.payment;
  return { path: knownBy, paidToKnownMs: knownAt - paidAt };
}
