import pRetry, { AbortError } from 'p-retry';
import { backoffMs } from '../runtime/backoff';
import type { Budget } from '../runtime/budget';
import { errorText } from '../runtime/error-text';
import type { Timers } from '../runtime/timers';
import { within } from '../runtime/timers';
import { unavailableWaitMs } from '../rules/fulfilment-wait';
import { whyNotFulfillable } from '../rules/not-owed';
import type { FulfilmentCall } from '../model/fulfilment-call';
import { withCalls } from '../model/fulfilment-call';
import type { LeaseToken } from '../model/lease';
import { heldDiscrepancy, holdAtHandOver, holdsFrom } from '../rules/hold';
import type { FulfilmentFinish } from '../store/fulfilment-finish';
import type { MerchantDb } from '../store/merchant-db';
import type { Discrepancies } from '../store/ports/discrepancies-port';
import type { Orders } from '../store/ports/orders-port';
import type { LookAtPauses } from '../store/pauses';
import { watchPauses } from '../store/pauses';
import type { SharedState } from '../runtime/shared-state';
import type { FulfilmentKey } from '../values/ids';
import { fulfilmentKey } from '../values/ids';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { Order, WholeOrder } from '../model/order';
import { evidenceReader } from './evidence';
import { evidenceAgainst } from './evidence-against';
import { explainHold } from './explain-hold';
import type { FulfilReport, Reporting, Tally } from './fulfil-report';
import { count, dueAgainAt, newTally } from './fulfil-report';
import type { FulfilmentGate, GateKeeper } from './gate';
import { FulfilmentUnavailable, gateKeeper } from './gate';
import { lanesOf, type Lanes } from './lanes';
import { orderSource, type ClaimedOrder, type OrderSource } from './order-source';
import type { HoldDeps } from './review-holds';
import { receiptOf } from './receipt';
import { reviewHolds } from './review-holds';
import type { FulfilmentSettings } from './settings';

/** What the merchant's code may return: a receipt the payer sees, such as a parcel number. */
export interface FulfilmentResult {
  readonly receipt?: string;
}

/**
 * Fulfils a paid order. It is called at least once and must take effect once: the idempotency key
 * is the same for every call about one order. `signal` aborts when the time limit is reached.
 * `note` takes what is kept of a call, at the latest while `signal` aborts.
 *
 * Throws `PermanentFulfilmentError` when a retry cannot help, `FulfilmentUnavailable` when there
 * was no answer about this order, any other error when a retry may help.
 */
export type Fulfil = (
  order: WholeOrder,
  key: FulfilmentKey,
  signal: AbortSignal,
  note: (call: FulfilmentCall) => void,
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

/** What fulfils orders: the merchant's code, or a system of theirs. */
export interface MerchantSystem {
  readonly fulfil: Fulfil;
  /** Absent: nothing limits the calls but `fulfilment.concurrency`. */
  readonly gate?: FulfilmentGate;
}

/** What fulfilling needs. */
export interface FulfilDeps extends HoldDeps, MerchantSystem, Reporting {
  readonly store: HoldDeps['store'] & {
    readonly orders: Pick<
      Orders,
      'claimFulfilments' | 'beginFulfilment' | 'finishFulfilment' | 'hasFulfilmentWork'
    >;
    readonly discrepancies: Pick<Discrepancies, 'see' | 'ofOrder' | 'resolve'>;
    readonly shared: SharedState;
  };
  readonly timers: Timers;
  readonly random: () => number;
  readonly newToken: () => LeaseToken;
  readonly settings: FulfilmentSettings;
  /** Called once, when a run has more to do than it can clear soon. Must not throw. */
  readonly onBacklog?: () => void;
  /** As in `ProcessDeps`. */
  readonly looksFirst?: boolean;
}

/** A run that claims this many times as many orders as it has lanes has a backlog. */
const BACKLOG_CLAIMS = 5;

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
  const look = watchPauses(deps, 'fulfillOrders');
  const { isPaused, merchants } = await look();
  if (isPaused) return newTally();
  await reviewHolds(deps, budget, merchants);
  return fulfilDue(deps, budget, look);
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
 * Orders that cannot be started are returned untouched. While a gate leaves the merchant's system
 * alone nothing is claimed, and one order tests whether it is back before the others follow.
 * Rejects with a `StoreError` only when claiming fails, after the lanes have finished their orders.
 *
 * While fulfilment is paused, nothing is claimed, and of a paused merchant nothing either. A pause
 * that begins during a run is seen within seconds; orders that are claimed by then are fulfilled.
 */
export async function fulfilDue(
  deps: FulfilDeps,
  budget: Budget,
  look: LookAtPauses = watchPauses(deps, 'fulfillOrders'),
): Promise<FulfilReport> {
  const fulfilling = startFulfilling(deps, budget, look);
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
  /** The earliest time at which an order is due again that this run could not fulfil; or null. */
  dueAgainAt(): Instant | null;
}

/** Fulfils nothing before the first `refill`. */
export function startFulfilling(
  deps: FulfilDeps,
  whole: Budget,
  look: LookAtPauses = watchPauses(deps, 'fulfillOrders'),
): Fulfilling {
  const tally = newTally();
  const concurrency = Math.min(deps.settings.concurrency, deps.gate?.most ?? Infinity);
  const keeper = gateKeeper(deps.gate, concurrency);
  let isStopped = false;
  const budget: Budget = {
    remaining: () => whole.remaining(),
    get stopping() {
      return isStopped || whole.stopping;
    },
  };
  const source = orderSource(
    () => mayBegin(deps, budget) && keeper.claimable() > 0,
    concurrency,
    () => claimDue(deps, { keeper, tally, look }),
  );
  const run: Run = { tally, source, keeper, evidence: evidenceReader(deps.store.inbox), dueAgainAt: null };
  const lanes: Lanes = lanesOf(concurrency, source, async (claimed) => {
    if (await fulfilClaimed(deps, budget, claimed, run)) lanes.refill();
  });
  return {
    ...lanes,
    stop() {
      isStopped = true;
    },
    dueAgainAt: () => run.dueAgainAt,
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
  readonly keeper: GateKeeper;
  readonly evidence: ReturnType<typeof evidenceReader>;
  /** As in `Fulfilling`. */
  dueAgainAt: Instant | null;
}

async function claimDue(
  deps: FulfilDeps,
  {
    keeper,
    tally,
    look,
  }: { readonly keeper: GateKeeper; readonly tally: Tally; readonly look: LookAtPauses },
): Promise<readonly ClaimedOrder[]> {
  const { isPaused, merchants: except } = await look();
  const limit = keeper.claimable();
  if (isPaused || limit === 0) return [];
  const token = deps.newToken();
  const now = deps.clock.now();
  const until = later(now, fulfilmentLeaseMs(deps.settings));
  const orders = await deps.store.orders.claimFulfilments({ token, now, leaseUntil: until, limit, except });
  tally.claimed += orders.length;
  keeper.claimed(orders.length);
  const before = tally.claimed - orders.length;
  const backlog = BACKLOG_CLAIMS * deps.settings.concurrency;
  if (before < backlog && tally.claimed >= backlog) deps.onBacklog?.();
  return orders.map((order) => ({ order, token, until }));
}

function mayBegin(deps: FulfilDeps, budget: Budget): boolean {
  return !budget.stopping && budget.remaining() >= deps.settings.timeoutMs + MARGIN_MS;
}

/** Fulfils one order. True when more orders may be claimed than before. Never rejects. */
async function fulfilClaimed(
  deps: FulfilDeps,
  budget: Budget,
  claimed: ClaimedOrder,
  run: Run,
): Promise<boolean> {
  const { tally, source, keeper, evidence } = run;
  const { order, token, until } = claimed;
  const { outTradeNo } = order;
  const begunAt = deps.clock.now();
  const inTime = later(begunAt, deps.settings.timeoutMs + MARGIN_MS) <= until;
  let hasTurn = false;
  try {
    hasTurn = inTime && mayBegin(deps, budget) && (await keeper.begin(spareMs(deps, budget, until)));
    const finish: FulfilmentFinish = hasTurn ? await turnOf(deps, claimed, evidence) : { kind: 'return' };
    if (finish.kind === 'return') source.returned(order);
    const kept = await deps.store.orders.finishFulfilment(token, deps.clock.now(), outTradeNo, finish);
    if (kept) {
      count(deps, order, finish, tally, begunAt);
      const at = dueAgainAt(finish, deps.clock.now());
      if (at !== null && (run.dueAgainAt === null || at < run.dueAgainAt)) run.dueAgainAt = at;
      await explainHold(deps, order, finish);
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
  return keeper.ended(hasTurn);
}

/** How long an order may wait for its turn, in ms, and still end within its lease and the run. */
function spareMs({ clock, settings }: FulfilDeps, budget: Budget, until: Instant): number {
  return Math.max(0, Math.min(until - clock.now(), budget.remaining()) - settings.timeoutMs - MARGIN_MS);
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
  const never = whyNotFulfillable(order, refunds);
  if (never !== null) return { kind: 'dead', reason: never };
  if (attempts > settings.attempts) return { kind: 'dead', reason: 'claimed repeatedly without an outcome' };
  const now = deps.clock.now();
  if (later(now, settings.timeoutMs) > until) return { kind: 'return' };
  const begun = await store.orders.beginFulfilment(token, now, outTradeNo, version);
  if (!begun) return { kind: 'return' };
  // The host may have stood still before the answer came: what was read is old, and the lease over.
  if (later(deps.clock.now(), settings.timeoutMs) > until) return { kind: 'return' };
  const reason = holdAtHandOver(order, { open, refunds });
  if (reason === null) return attempt(deps, { order, token, until }, attempts);
  const heldAt = holdsFrom(order, now);
  const named = heldDiscrepancy(order, { reason, heldAt }, now);
  if (named !== null) await store.discrepancies.see([named]);
  return { kind: 'hold', reason, heldAt };
}

function attemptsOf({ fulfilment }: Order): number {
  return fulfilment.state === 'due' ? fulfilment.attempts : 0;
}

/** Calls the merchant's hook, and keeps what it noted of its calls. */
async function attempt(deps: FulfilDeps, claimed: ClaimedOrder, attempts: number): Promise<FulfilmentFinish> {
  const noted: FulfilmentCall[] = [];
  const finish = await call(deps, claimed, attempts, noted);
  return noted.length === 0 ? finish : { ...finish, calls: withCalls(claimed.order.calls ?? [], noted) };
}

type Called = Exclude<FulfilmentFinish, { readonly kind: 'hold' | 'return' }>;

/**
 * Calls the merchant's hook with quick retries, bounded in time and by the lease.
 *
 * Failure policy: fail closed. A call without an answer may have taken effect, so the order waits
 * and is fulfilled again under the same key. It is not the order's failure and spends no attempt.
 */
async function call(
  deps: FulfilDeps,
  { order, until }: ClaimedOrder,
  attempts: number,
  noted: FulfilmentCall[],
): Promise<Called> {
  const { settings } = deps;
  const abort = new AbortController();
  const key = fulfilmentKey(order.outTradeNo);
  const hook = async () => {
    if (deps.clock.now() >= until) throw new AbortError('this host stood still until the lease was over');
    try {
      return await deps.fulfil(order, key, abort.signal, (one) => void noted.push(one));
    } catch (error) {
      const thrown =
        error instanceof Error
          ? error
          : new TypeError('merchant/fulfill.ts threw something that is not an Error');
      // A call over HTTP has noted its answer and keeps to a rate: the next is another attempt.
      const isOver = thrown instanceof PermanentFulfilmentError || thrown instanceof FulfilmentUnavailable;
      throw isOver || noted.length > 0 ? new AbortError(thrown) : thrown;
    }
  };
  const ended = await within(deps.timers, settings.timeoutMs, () =>
    pRetry(hook, {
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
  const unavailable = ended.kind === 'error' && ended.error instanceof FulfilmentUnavailable;
  if (unavailable || (ended.kind === 'timeout' && noted.at(-1)?.result === 'unavailable')) {
    const afterMs = unavailable ? ended.error.afterMs : null;
    const calls = [...(order.calls ?? []), ...noted];
    const waitMs = unavailableWaitMs(settings.backoff, calls, afterMs, deps.random());
    return { kind: 'wait', dueAt: later(deps.clock.now(), waitMs), error };
  }
  if (attempts >= settings.attempts) return { kind: 'dead', reason: error };
  const dueAt = later(deps.clock.now(), backoffMs(settings.backoff, Math.max(1, attempts), deps.random()));
  return { kind: 'retry', dueAt, error };
}
