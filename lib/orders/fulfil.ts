import pRetry, { AbortError } from 'p-retry';
import { backoffMs } from '../runtime/backoff';
import type { Budget } from '../runtime/budget';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { Timers } from '../runtime/timers';
import { within } from '../runtime/timers';
import { isRefundedInFull } from '../rules/reservation';
import type { LeaseToken } from '../model/lease';
import type { KnownRefunds } from '../rules/hold';
import { heldDiscrepancy, holdAtHandOver } from '../rules/hold';
import type { FulfilmentFinish } from '../store/fulfilment-finish';
import type { MerchantDb } from '../store/merchant-db';
import type { Discrepancies } from '../store/discrepancies-port';
import type { Orders } from '../store/orders-port';
import type { FulfilmentKey } from '../values/ids';
import { fulfilmentKey } from '../values/ids';
import { later } from '../values/instant';
import { isRecord } from '../values/json';
import type { Order, WholeOrder } from '../model/order';
import { evidenceReader } from './evidence';
import { lanesOf, type Lanes } from './lanes';
import { orderSource, type ClaimedOrder, type OrderSource } from './order-source';
import { resolveHolds } from './resolve-holds';
import { refundsReserved } from './refunds-reserved';
import type { HoldDeps } from './review-holds';
import { reviewHolds } from './review-holds';
import type { FulfilmentSettings } from './settings';

/** What the merchant's code may return: a receipt the payer sees, such as a parcel number. */
export interface FulfilmentResult {
  readonly receipt?: string;
}

/**
 * Fulfils a paid order. It is called at least once and must take effect once: the idempotency key
 * is the same for every call about one order. `signal` aborts when the time limit is reached.
 * Throws `PermanentFulfilmentError` when a retry cannot help, any other error when it may.
 */
export type Fulfil = (
  order: WholeOrder,
  key: FulfilmentKey,
  signal: AbortSignal,
) => Promise<FulfilmentResult | undefined>;

/** `fulfill` of `merchant/fulfill.ts`: as `Fulfil`, with look-ups in the merchant's own data. */
export type FulfilHook = (
  order: WholeOrder,
  key: FulfilmentKey,
  signal: AbortSignal,
  db: MerchantDb,
) => Promise<FulfilmentResult | undefined>;

/**
 * An order that can never be fulfilled as it is. It stops the retries at once. Operators see the
 * message.
 */
export class PermanentFulfilmentError extends Error {
  override readonly name = 'PermanentFulfilmentError';
}

/** What fulfilling needs. */
export interface FulfilDeps extends HoldDeps {
  readonly store: HoldDeps['store'] & {
    readonly orders: Pick<
      Orders,
      'claimFulfilments' | 'beginFulfilment' | 'finishFulfilment' | 'hasFulfilmentWork'
    >;
    readonly discrepancies: Pick<Discrepancies, 'see' | 'ofOrder' | 'resolve'>;
  };
  readonly fulfil: Fulfil;
  readonly timers: Timers;
  readonly random: () => number;
  readonly newToken: () => LeaseToken;
  readonly settings: FulfilmentSettings;
  /** Called once, when a run has more to do than it can clear soon. Must not throw. */
  readonly onBacklog?: () => void;
  /** As in `ProcessDeps`. */
  readonly looksFirst?: boolean;
}

/** What one run did, in orders. */
export interface FulfilReport {
  readonly claimed: number;
  readonly done: number;
  readonly retried: number;
  readonly buried: number;
  readonly returned: number;
  /** Not fulfilled, because of evidence against it. */
  readonly held: number;
  readonly failed: number;
  readonly leaseLost: number;
}

type Tally = { -readonly [Key in keyof FulfilReport]: FulfilReport[Key] };

/** A run that claims this many times as many orders as it has lanes has a backlog. */
const BACKLOG_CLAIMS = 5;

function newTally(): Tally {
  return { claimed: 0, done: 0, retried: 0, buried: 0, returned: 0, held: 0, failed: 0, leaseLost: 0 };
}

/** Added to a fulfilment's time limit for the store's part, in ms. */
const MARGIN_MS = 5_000;

/**
 * How long a claim of orders to fulfil lasts, in ms: long enough for an order to wait behind
 * another one, and for its own fulfilment.
 */
export function fulfilmentLeaseMs({ timeoutMs }: Pick<FulfilmentSettings, 'timeoutMs'>): number {
  return 2 * (timeoutMs + MARGIN_MS);
}

/**
 * Reviews held orders, and fulfils those that are due: see `fulfilDue`. Rejects like it.
 */
export async function fulfillOrders(deps: FulfilDeps, budget: Budget): Promise<FulfilReport> {
  const looksFirst = deps.looksFirst === true;
  if (looksFirst && !(await deps.store.orders.hasFulfilmentWork(deps.clock.now()))) return newTally();
  await reviewHolds(deps, budget);
  return fulfilDue(deps, budget);
}

/**
 * Fulfils due orders until none is left or the budget is spent, `concurrency` at a time. Each lane
 * takes its next order as soon as it is free, so a merchant's hook that hangs delays only its own
 * order. Several runs at once are safe, and share what is due.
 *
 *   due ── claim ──▶ leased ── evidence read, begun (conditional) ──▶ hook ──▶ done, retry, dead
 *    ▲                 │ │                                   └──▶ evidence against it ──▶ held
 *    │                 │ └ time is up, or the order changed ──▶ returned: due
 *    └── lease ended ──┘ a crash: the same order, with the same key
 *
 * Orders that cannot be started are returned untouched. Rejects with a `StoreError` only
 * when claiming fails, after the lanes have finished their orders.
 */
export async function fulfilDue(deps: FulfilDeps, budget: Budget): Promise<FulfilReport> {
  const fulfilling = startFulfilling(deps, budget);
  fulfilling.refill();
  await fulfilling.idle();
  const report = fulfilling.report();
  const broken = fulfilling.failure();
  if (broken !== null) throw broken.error;
  return report;
}

/** `fulfilDue` in steps: it begins with a refill, and goes on with each further one. */
export interface Fulfilling extends Lanes {
  /** No order is begun any more. Claimed ones are returned. */
  stop(): void;
  /** What was done until now, which is logged. */
  report(): FulfilReport;
}

/** Fulfils nothing before the first `refill`. */
export function startFulfilling(deps: FulfilDeps, whole: Budget): Fulfilling {
  const tally = newTally();
  const { concurrency } = deps.settings;
  let isStopped = false;
  const budget: Budget = {
    remaining: () => whole.remaining(),
    get stopping() {
      return isStopped || whole.stopping;
    },
  };
  const source = orderSource(
    () => mayBegin(deps, budget),
    concurrency,
    () => claimDue(deps, tally),
  );
  const run: Run = { tally, source, evidence: evidenceReader(deps.store.inbox) };
  return {
    ...lanesOf(concurrency, source, (claimed) => fulfilClaimed(deps, budget, claimed, run)),
    stop() {
      isStopped = true;
    },
    report() {
      if (tally.claimed > 0) deps.log.info('fulfilment_run', { outTradeNo: null, ...tally });
      return { ...tally };
    },
  };
}

/** What the lanes of a run share. */
interface Run {
  readonly tally: Tally;
  readonly source: OrderSource;
  readonly evidence: ReturnType<typeof evidenceReader>;
}

async function claimDue(deps: FulfilDeps, tally: Tally): Promise<readonly ClaimedOrder[]> {
  const token = deps.newToken();
  const now = deps.clock.now();
  const until = later(now, fulfilmentLeaseMs(deps.settings));
  const limit = deps.settings.concurrency;
  const orders = await deps.store.orders.claimFulfilments({ token, now, leaseUntil: until, limit });
  tally.claimed += orders.length;
  const before = tally.claimed - orders.length;
  const backlog = BACKLOG_CLAIMS * limit;
  if (before < backlog && tally.claimed >= backlog) deps.onBacklog?.();
  return orders.map((order) => ({ order, token, until }));
}

function mayBegin(deps: FulfilDeps, budget: Budget): boolean {
  return !budget.stopping && budget.remaining() >= deps.settings.timeoutMs + MARGIN_MS;
}

async function fulfilClaimed(
  deps: FulfilDeps,
  budget: Budget,
  claimed: ClaimedOrder,
  { tally, source, evidence }: Run,
): Promise<void> {
  const { order, token, until } = claimed;
  const { outTradeNo } = order;
  const inTime = later(deps.clock.now(), deps.settings.timeoutMs + MARGIN_MS) <= until;
  try {
    const finish: FulfilmentFinish =
      inTime && mayBegin(deps, budget) ? await turnOf(deps, claimed, evidence) : { kind: 'return' };
    if (finish.kind === 'return') source.returned(order);
    const kept = await deps.store.orders.finishFulfilment(token, deps.clock.now(), outTradeNo, finish);
    if (kept) {
      await explain(deps, order, finish);
      count(deps.log, order, finish, tally);
    } else {
      tally.leaseLost += 1;
      deps.log.warn('fulfilment_lease_lost', { outTradeNo });
    }
  } catch (error) {
    // Failure policy: fail closed. The order stays due and is claimed again, with the same key,
    // once its lease has run out.
    tally.failed += 1;
    deps.log.error('fulfilment_failed', { outTradeNo, error: errorText(error) });
  }
}

/**
 * Fulfils one order. Evidence is read as late as possible: the inbox is read for refund messages
 * that are not applied, and then fulfilment starts with a write that fails when the order has
 * changed since the claim. So either a refund request sees that fulfilment started, or fulfilment
 * sees the refund. The other way round, or both at once, a refund that is applied in between is in
 * neither answer. CloudBase: 2 requests, one after the other, of which orders that begin together
 * share the first, and 1 beside it where money is reserved for refunds.
 *
 * An order ends as refunded only when its refunds say that they succeeded. Until then it is held:
 * the refund may be closed, or its call may have broken off before the refund existed.
 *
 * Failure policy: fail closed. Without both answers nothing is fulfilled. An order whose evidence
 * could not be read, or came too late for the hook to end within the lease, is returned untouched:
 * no attempt of its own was made.
 */
async function turnOf(
  deps: FulfilDeps,
  { order, token, until }: ClaimedOrder,
  evidence: Run['evidence'],
): Promise<FulfilmentFinish> {
  const { store, settings } = deps;
  const { outTradeNo, version } = order;
  const attempts = attemptsOf(order);
  const against = await evidenceAgainst(deps, order, evidence);
  if (against === null) return { kind: 'return' };
  const { open, refunds } = against;
  if (isRefundedInFull(order, refunds)) return { kind: 'dead', reason: REFUNDED_IN_FULL };
  if (attempts > settings.attempts) return { kind: 'dead', reason: 'claimed repeatedly without an outcome' };
  const now = deps.clock.now();
  if (later(now, settings.timeoutMs) > until) return { kind: 'return' };
  const begun = await store.orders.beginFulfilment(token, now, outTradeNo, version);
  if (!begun) return { kind: 'return' };
  const reason = holdAtHandOver(order, { open, refunds });
  if (reason === null) return attempt(deps, order, attempts);
  const named = heldDiscrepancy(order, { reason, heldAt: now }, now);
  if (named !== null) await store.discrepancies.see([named]);
  return { kind: 'hold', reason, heldAt: now };
}

/** What speaks against fulfilling an order; null when it could not be read, which is logged. */
async function evidenceAgainst(
  { store, log }: FulfilDeps,
  order: WholeOrder,
  evidence: Run['evidence'],
): Promise<KnownRefunds | null> {
  const { outTradeNo } = order;
  try {
    const [open, refunds] = await Promise.all([evidence(outTradeNo), refundsReserved(store, [order])]);
    return { open, refunds };
  } catch (error) {
    log.error('fulfilment_failed', { outTradeNo, error: errorText(error) });
    return null;
  }
}

function attemptsOf({ fulfilment }: Order): number {
  return fulfilment.state === 'due' ? fulfilment.attempts : 0;
}

/**
 * Resolves the discrepancies of holds that have ended. An order that was claimed before may have
 * one of a hold that its worker named and did not live to write.
 */
async function explain(deps: FulfilDeps, order: Order, finish: FulfilmentFinish): Promise<void> {
  const { fulfilment } = order;
  if (fulfilment.state !== 'due' || (fulfilment.hold === undefined && fulfilment.attempts <= 1)) return;
  switch (finish.kind) {
    case 'done':
      return resolveHolds(deps, order, 'the order was fulfilled');
    case 'dead':
      return resolveHolds(deps, order, finish.reason);
    case 'hold': {
      const named = heldDiscrepancy(order, finish, finish.heldAt);
      if (named === null) return;
      const now = { named: named.id, until: finish.heldAt };
      return resolveHolds(deps, order, 'a later hold has taken its place', now);
    }
    case 'retry':
    case 'return':
      return;
  }
}

/** Why an order is not fulfilled when all its money has gone back. */
export const REFUNDED_IN_FULL = 'refunded in full: nothing is owed for it';

/** Calls the merchant's hook with quick retries, bounded in time. */
async function attempt(deps: FulfilDeps, order: WholeOrder, attempts: number): Promise<FulfilmentFinish> {
  const { settings } = deps;
  const abort = new AbortController();
  const key = fulfilmentKey(order.outTradeNo);
  const call = async () => {
    try {
      return await deps.fulfil(order, key, abort.signal);
    } catch (error) {
      if (error instanceof PermanentFulfilmentError) throw new AbortError(error);
      throw error instanceof Error
        ? error
        : new TypeError('merchant/fulfill.ts threw something that is not an Error');
    }
  };
  const ended = await within(deps.timers, settings.timeoutMs, () =>
    pRetry(call, {
      retries: settings.quickRetries,
      minTimeout: 100,
      maxTimeout: 1_000,
      signal: abort.signal,
      unref: true,
    }),
  );
  abort.abort();
  if (ended.kind === 'value') return { kind: 'done', receipt: receiptOf(ended.value) };
  if (ended.kind === 'error' && ended.error instanceof PermanentFulfilmentError) {
    return { kind: 'dead', reason: errorText(ended.error, order.payer) };
  }
  const error =
    ended.kind === 'error'
      ? errorText(ended.error, order.payer)
      : `no answer within ${settings.timeoutMs} ms`;
  if (attempts >= settings.attempts) return { kind: 'dead', reason: error };
  const dueAt = later(deps.clock.now(), backoffMs(settings.backoff, Math.max(1, attempts), deps.random()));
  return { kind: 'retry', dueAt, error };
}

/**
 * The receipt as text, cut to 500 characters. Merchants write JavaScript too: anything but a string
 * is no receipt.
 */
function receiptOf(result: unknown): string | null {
  const receipt = isRecord(result) ? result['receipt'] : undefined;
  return typeof receipt === 'string' ? receipt.slice(0, 500) : null;
}

function count(log: Log, order: Order, finish: FulfilmentFinish, tally: Tally): void {
  const { outTradeNo } = order;
  switch (finish.kind) {
    case 'done':
      tally.done += 1;
      log.info('fulfilment_done', { outTradeNo });
      return;
    case 'retry':
      tally.retried += 1;
      log.warn('fulfilment_retried', { outTradeNo, error: finish.error });
      return;
    case 'dead':
      tally.buried += 1;
      log.error('fulfilment_buried', { outTradeNo, reason: finish.reason });
      return;
    case 'hold':
      tally.held += 1;
      log.warn('fulfilment_held', { outTradeNo, reason: finish.reason });
      return;
    case 'return':
      tally.returned += 1;
      return;
  }
}
