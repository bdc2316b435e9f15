import type { PaymentDetails } from '../model/facts';
import type { HoldReason, Order } from '../model/order';
import type { OpenRefund } from '../model/message';
import { refundNoIn } from '../model/refund-in-key';
import type { Refund } from '../model/refund';
import type { StatementRun } from '../model/statement/statement-run';
import { statementRunId } from '../model/statement/statement-run-id';
import type { KnownRefunds } from '../rules/hold';
import {
  areRefundsCompared,
  holdAtHandOver,
  isFoundAtHandOver,
  isOfOrder,
  isRefundOnBooks,
} from '../rules/hold';
import { decideRefund } from '../rules/refunds/refund';
import { isRefundedInFull, transactionsOf } from '../rules/refunds/reservation';
import type { Budget } from '../runtime/budget';
import { errorText } from '../runtime/error-text';
import { dayOf } from '../values/day';
import type { Log } from '../runtime/log';
import type { Orders } from '../store/ports/orders-port';
import type { Refunds } from '../store/ports/refunds-port';
import type { Inbox } from '../store/port';
import type { StatementRuns } from '../store/ports/statement-runs-port';
import type { OutRefundNo, SubMchId } from '../values/ids';
import { later, type Clock, type Instant } from '../values/instant';
import type { OrderAnswer, WeChatPay } from '../wechat/port';
import type { ResolveHoldsDeps } from './resolve-holds';
import { refundsReserved } from './refunds-reserved';
import { resolveHolds } from './resolve-holds';

/** What reviewing held orders needs. */
export interface HoldDeps {
  readonly store: {
    readonly orders: Pick<Orders, 'list' | 'liftHold' | 'note' | 'noteRefundSaid'>;
    readonly inbox: Pick<Inbox, 'find' | 'openRefunds' | 'replay'>;
    readonly refunds: Pick<Refunds, 'find'>;
    readonly statementRuns: Pick<StatementRuns, 'find'>;
    readonly discrepancies: ResolveHoldsDeps['store']['discrepancies'];
  };
  readonly wechat: Pick<WeChatPay, 'queryOrder'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Held orders read by one request. */
const PAGE = 100;

/**
 * The most held orders that one run queries at WeChat Pay, so that many of them cannot use up its
 * time.
 */
const QUERIES_PER_RUN = 20;

/** The shortest time between two queries about one held order, in ms. */
const ASK_AGAIN_MS = 60_000;

/** A run needs this much time left to continue, in ms. */
const RESERVE_MS = 5_000;

interface Review {
  readonly runs: Map<string, StatementRun | null>;
  queries: number;
}

/**
 * Reviews every held order and releases those whose hold is explained: the refund message is
 * applied, the amount is known, the refund has ended, the bill's refunds are compared, or WeChat
 * Pay confirmed the payment. A hold thus ends by itself, whichever run learned the explanation and
 * whatever crashed in between. Refund messages that died before the order was paid are replayed,
 * and so are those that would be processed now that their refund has ended. Returns how many orders
 * became due.
 *
 * Held orders of the merchants in `except` are left alone.
 *
 * Never rejects. Failure policy: fail closed. An order that cannot be reviewed stays held until the
 * next run.
 *
 * CloudBase: 1 request, 1 per 100 held orders, 1 more per page where money is reserved for refunds,
 * 1 more where refund messages are dead, and 3 per order that becomes due.
 */
export async function reviewHolds(
  deps: HoldDeps,
  budget: Budget,
  except: readonly SubMchId[] = [],
): Promise<number> {
  const review: Review = { runs: new Map(), queries: 0 };
  let lifted = 0;
  try {
    let after: string | null = null;
    do {
      const query = { fulfilment: 'held', after, limit: PAGE } as const;
      const page: Awaited<ReturnType<typeof deps.store.orders.list>> = await deps.store.orders.list(query);
      const [open, refunds] = await Promise.all([
        deps.store.inbox.openRefunds(page.items.map(({ outTradeNo }) => outTradeNo)),
        refundsReserved(deps.store, page.items),
      ]);
      const ended = await endedRefunds(deps, open);
      for (const order of page.items) {
        if (budget.stopping || budget.remaining() < RESERVE_MS) return lifted;
        if (except.includes(order.subMchId)) continue;
        if (await reviewed(deps, review, order, { open, refunds, ended })) lifted += 1;
      }
      after = page.next;
    } while (after !== null);
  } catch (error) {
    deps.log.error('holds_not_reviewed', { outTradeNo: null, error: errorText(error) });
  }
  return lifted;
}

/** What a page of held orders is reviewed with. */
interface KnownOfPage extends KnownRefunds {
  /** The refunds on our books that ended and that dead messages are about. */
  readonly ended: ReadonlyMap<OutRefundNo, Refund>;
}

async function reviewed(deps: HoldDeps, review: Review, order: Order, known: KnownOfPage): Promise<boolean> {
  const { fulfilment, outTradeNo } = order;
  if (fulfilment.state !== 'held') return false;
  const now = deps.clock.now();
  const transactions = transactionsOf(order);
  const ofOrder = known.open.filter((one) => isOfOrder(one, order, transactions));
  await reviveOld(deps, ofOrder, fulfilment.heldAt, now);
  await reviveExplained(deps, order, ofOrder, known.ended, now);
  const still = holdAtHandOver(order, known);
  if (still === fulfilment.reason) return false;
  // A hold that goes on for another reason is lifted too: handing over holds it under its new name.
  const explained =
    still !== null && isFoundAtHandOver(fulfilment.reason)
      ? { why: `it is held for another reason now: ${still}`, version: order.version }
      : await explanation(deps, review, { order, refunds: known.refunds }, fulfilment, now);
  if (explained === null) return false;
  const lifted = await deps.store.orders.liftHold(outTradeNo, explained.version, explained.why, now);
  if (!lifted) return false;
  deps.log.info('hold_lifted', { outTradeNo, reason: fulfilment.reason, why: explained.why });
  // A run that dies here leaves the discrepancy to the turn that ends the order's fulfilment.
  await resolveHolds(deps, order, explained.why, { until: now });
  return true;
}

/**
 * How long after a hold began a message may still die of what was known before, in ms: another
 * run's claim from before the hold ends by then, and hosts' clocks differ by less.
 */
const EARLIER_CLAIM_MS = 120_000;

/**
 * A message that died before the order was held, or of a claim from before, may be dead only
 * because the order was not paid. One that died later stays dead.
 */
async function reviveOld(
  { store }: HoldDeps,
  openRefunds: readonly OpenRefund[],
  heldAt: Instant,
  now: Instant,
): Promise<void> {
  const last = later(heldAt, EARLIER_CLAIM_MS);
  const keys = openRefunds.flatMap(({ key, diedAt }) => (diedAt !== null && diedAt <= last ? [key] : []));
  if (keys.length > 0) await store.inbox.replay(keys, 'the order was paid', now);
}

async function endedRefunds(
  { store }: HoldDeps,
  open: readonly OpenRefund[],
): Promise<ReadonlyMap<OutRefundNo, Refund>> {
  const numbers = new Set(
    open.flatMap(({ key, diedAt }) => (diedAt === null ? [] : (refundNoIn(key) ?? []))),
  );
  const ended = new Map<OutRefundNo, Refund>();
  if (numbers.size === 0) return ended;
  for (const refund of await store.refunds.find([...numbers].slice(0, MOST_NUMBERS))) {
    const { state } = refund.progress;
    if (state === 'succeeded' || state === 'closed') ended.set(refund.outRefundNo, refund);
  }
  return ended;
}

/** The most numbers that one look-up takes. Those beyond it are looked up once others are gone. */
const MOST_NUMBERS = 1000;

/**
 * Replays dead messages about refunds that have ended since, by a callback, a query or a bill, if
 * they would be processed now. One that still disagrees stays dead, so that no message is replayed
 * run after run. CloudBase: 1 request per such message, and 1 to replay.
 */
async function reviveExplained(
  { store }: HoldDeps,
  order: Order,
  ofOrder: readonly OpenRefund[],
  ended: ReadonlyMap<OutRefundNo, Refund>,
  now: Instant,
): Promise<void> {
  for (const { key, diedAt } of ofOrder) {
    const outRefundNo = diedAt === null ? null : refundNoIn(key);
    const refund = outRefundNo === null ? undefined : ended.get(outRefundNo);
    if (refund === undefined) continue;
    const message = await store.inbox.find(key);
    if (message?.state !== 'dead' || message.content.kind !== 'refund') continue;
    const { content, receivedAt: heardAt, confirmedBy } = message;
    const fact = { content, evidence: key, path: confirmedBy[0] ?? 'callback', heardAt } as const;
    if (decideRefund(order, refund, fact, now).kind !== 'done') continue;
    await store.inbox.replay([key], 'its refund has ended', now);
  }
}

interface HeldOrder {
  readonly order: Order;
  /** Among others, the refunds of its reservations. */
  readonly refunds: readonly Refund[];
}

interface Explained {
  readonly why: string;
  /** The order's version as stored now. */
  readonly version: number;
}

async function explanation(
  deps: HoldDeps,
  review: Review,
  held: HeldOrder,
  { reason, heldAt }: { readonly reason: HoldReason; readonly heldAt: Instant },
  now: Instant,
): Promise<Explained | null> {
  const { order, refunds } = held;
  const { version } = order;
  switch (reason) {
    case 'refund_message_open':
    case 'refund_message_unreadable':
      return { why: 'the refund message is processed', version };
    case 'refund_sum_unknown':
      return { why: 'the refund is on our books', version };
    case 'refund_unfinished':
      return {
        why: isRefundedInFull(order, refunds)
          ? 'the refund has succeeded'
          : 'the money of a refund belongs to the order again',
        version,
      };
    case 'statement_refunds_pending': {
      const isCompared = areRefundsCompared(await runOf(deps, review, order), heldAt, now);
      return isCompared ? { why: 'the refunds of the bill are compared', version } : null;
    }
    case 'verify_above':
      return confirmed(deps, review, held, now);
  }
}

async function runOf(
  { store }: HoldDeps,
  { runs }: Review,
  { subMchId, payment }: Order,
): Promise<StatementRun | null> {
  if (payment.state !== 'paid') return null;
  const id = statementRunId(subMchId, dayOf(payment.paidAt));
  const known = runs.get(id);
  if (known !== undefined) return known;
  const run = await store.statementRuns.find(id);
  runs.set(id, run);
  return run;
}

/**
 * Queries WeChat Pay about the payment of a large order. A note on the order reserves the query, so
 * that other runs do not make it at the same time.
 */
async function confirmed(
  deps: HoldDeps,
  review: Review,
  { order, refunds }: HeldOrder,
  now: Instant,
): Promise<Explained | null> {
  const { outTradeNo, subMchId, lastAskedAt, version } = order;
  if (review.queries >= QUERIES_PER_RUN) return null;
  if (lastAskedAt !== null && Math.abs(now - lastAskedAt) < ASK_AGAIN_MS) return null;
  const turn = { outTradeNo, expectedVersion: version, lastAskedAt: now };
  if (!(await deps.store.orders.note(turn))) return null;
  review.queries += 1;
  const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo });
  deps.log.info('order_asked', { outTradeNo, answer: answer.kind });
  if (answer.kind === 'paid_then_refunded') {
    await deps.store.orders.noteRefundSaid([outTradeNo], now);
    if (answer.payment !== null && !isOwnPayment(order, answer.payment)) return null;
    // A refund on our books proves the payment, and gives the amount that went back.
    return isRefundOnBooks(order, refunds)
      ? { why: 'WeChat Pay confirmed the payment', version: version + 2 }
      : null;
  }
  return isSamePayment(order, answer)
    ? { why: 'WeChat Pay confirmed the payment', version: version + 1 }
    : null;
}

function isSamePayment(order: Order, answer: OrderAnswer): boolean {
  return answer.kind === 'paid' && isOwnPayment(order, answer.payment);
}

function isOwnPayment({ payment, total }: Order, said: PaymentDetails): boolean {
  if (payment.state !== 'paid') return false;
  return said.transactionId === payment.transactionId && said.total === total;
}
