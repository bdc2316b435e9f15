import type { OrderSettlement } from '../model/order';
import { logRefundSettled } from '../rules/refund-log';
import type { Budget } from '../runtime/budget';
import type { Log } from '../runtime/log';
import type { LeaseToken } from '../model/lease';
import type { OutTradeNo } from '../values/ids';
import { later } from '../values/instant';
import { lookUp } from './lookup';
import type { ClaimedMessage, InboxKey, Source } from '../model/message';
import type { ProcessDeps } from './process-deps';
import { givesMoneyBack, reconsiderRefunds } from './reconsider';
import { reconsiderRedelivered } from './redelivered';
import { judgeTogether } from './sequence';
import type { Verdict } from './verdict';
import { returnClaims, processAlone } from './alone';
import { putOff } from './verdict';
import { verifyBeside } from './verify-run';
import { batchesOf, claimWaiting } from './waiting';

/**
 * What one run did, in messages. `applied` changed an order or a refund; `finished` needed no
 * change.
 */
export interface ProcessReport {
  readonly claimed: number;
  readonly applied: number;
  readonly finished: number;
  readonly retried: number;
  readonly buried: number;
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
    buried: 0,
    failed: 0,
    leaseLost: 0,
    beside: 0,
  };
}

/** With less than this left, in ms, no new batch is claimed: its lease would be wasted. */
const RESERVE_MS = 2_000;

/** A run that claims this many full batches has a backlog. */
const BACKLOG_BATCHES = 5;

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
 * Believed messages come first, then those that are claimed alone, then unverified ones. While
 * WeChat Pay is queried about unverified ones, arriving believed messages are still processed: they
 * never wait for such an answer.
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
  const believed = async (): Promise<void> => {
    const source = batchSource(deps, budget, tally, keys);
    const lanes = Array.from({ length: deps.lanes ?? 1 }, () => processLane(deps, source, tally));
    // All of them end before the run does, even when one rejects.
    for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
  };
  const isWhole = keys === undefined && deps.believedOnly !== true;
  await believed();
  if (isWhole && (await reconsiderRedelivered(deps, budget))) await believed();
  if (isWhole) {
    tally.beside += await processAlone(deps, budget, (token, batch) =>
      processBatch(deps, token, batch, tally),
    );
    tally.beside += await verifyBeside(deps, budget, believed, async (token, verdicts) => {
      tally.claimed += verdicts.length;
      await settleAll(deps, token, verdicts, tally, { freed: new Set(), taken: new Set() });
    });
  }
  if (tally.claimed > 0) deps.log.info('inbox_run', { outTradeNo: null, ...tally });
  return tally;
}

/** A batch and the token it is claimed under. */
interface Claimed {
  readonly token: LeaseToken;
  readonly batch: readonly ClaimedMessage[];
}

/** Where the lanes of a run get their batches. */
interface BatchSource {
  /** The next batch; null when nothing is due, all keys are done or the budget is spent. */
  next(): Promise<Claimed | null>;
  /** Something became due meanwhile. */
  refill(): void;
  /** No more batches: this run gets nothing done. */
  end(): void;
}

/**
 * Claims batch after batch for all lanes of a run, one claim at a time, so that they do not fight
 * for the same messages. A claim ends it only when it is empty: a short batch may have lost the
 * rest to another run. So does a failure: the other lanes would wait for the same one.
 */
function batchSource(
  deps: ProcessDeps,
  budget: Budget,
  tally: Tally,
  keys?: readonly InboxKey[],
): BatchSource {
  const { batch: limit, leaseMs } = deps.settings;
  const parts = keys === undefined ? null : batchesOf(limit, keys);
  let ended = false;
  let isUseless = false;
  let full = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const claim = async (): Promise<Claimed | null> => {
    if (ended || isUseless || budget.stopping || budget.remaining() < RESERVE_MS) return null;
    const part = parts?.next();
    if (part?.done === true) return null;
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
    tally.claimed += batch.length;
    if (batch.length === limit && parts === null && (full += 1) === BACKLOG_BATCHES) deps.onBacklog?.();
    ended = batch.length === 0 && parts === null;
    return ended ? null : { token, batch };
  };
  return {
    next() {
      const mine = turn.then(claim);
      turn = mine.catch(() => undefined);
      return mine;
    },
    refill() {
      ended = false;
    },
    end() {
      isUseless = true;
    },
  };
}

/**
 * Processes batch after batch. A batch of which nothing could be settled is the run's last: when
 * its leases run out while it works, or the store fails, each further claim would only be counted
 * against messages that are not at fault.
 */
async function processLane(deps: ProcessDeps, source: BatchSource, tally: Tally): Promise<void> {
  for (let claimed = await source.next(); claimed !== null; claimed = await source.next()) {
    const { token, batch } = claimed;
    if (batch.length === 0) continue;
    const own = newTally();
    try {
      if (await processBatch(deps, token, batch, own)) source.refill();
    } finally {
      addTo(tally, own);
    }
    if (own.leaseLost + own.failed >= batch.length) source.end();
  }
}

/** Adds what a part of a run did with believed messages. */
export function addTo(
  tally: Tally,
  { applied, finished, retried, buried, failed, leaseLost, claimed }: ProcessReport,
): void {
  tally.claimed += claimed;
  tally.applied += applied;
  tally.finished += finished;
  tally.retried += retried;
  tally.buried += buried;
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
    ...(await settleAll(deps, token, judged.verdicts, tally, { freed, taken })),
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
    changed = [...(await settleAll(deps, token, verdicts, tally, { freed, taken })), ...again];
  }
  return reconsiderRefunds(deps, freed);
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
  { freed, taken }: { readonly freed: Set<OutTradeNo>; readonly taken: Set<InboxKey> },
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
      tally.buried += 1;
      log.error('message_buried', { ...about, reason: finish.reason, error: finish.error });
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
