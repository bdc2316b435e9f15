import type { Discrepancy, DiscrepancyClass } from '../../lib/model/discrepancy';
import { discrepancyId } from '../../lib/model/discrepancy';
import type { ClaimedMessage, NewMessage, Source } from '../../lib/model/message';
import { keyOf } from '../../lib/model/message';
import type { Order, OrderPayment, OrderSettlement, WholeOrder } from '../../lib/model/order';
import type { Refund, RefundSettlement } from '../../lib/model/refund';
import type { RunTally, StatementRun } from '../../lib/model/statement/statement-run';
import { statementRunId } from '../../lib/model/statement/statement-run-id';
import type { LeaseToken } from '../../lib/model/lease';
import { leaseToken } from '../../lib/model/lease';
import type { Finish, Settlement, Store } from '../../lib/store/port';
import type { ClaimRequest } from '../../lib/store/requests';
import type { BeijingDay } from '../../lib/values/day';
import { dayOf, daysLater } from '../../lib/values/day';
import { fen } from '../../lib/values/fen';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../../lib/values/ids';
import { isOutRefundNo, isOutTradeNo, isPayerId, isSubMchId, isTransactionId } from '../../lib/values/ids';
import type { Instant } from '../../lib/values/instant';
import { instant, later } from '../../lib/values/instant';
import type { PaymentDetails, RefundDetails } from '../../lib/model/facts';

/** When the cases begin: 2026-03-01 12:00 in Beijing. */
export const START: Instant = instant(1_772_337_600_000);
/** The next day: whatever the cases find is open by then. */
export const NEXT_DAY: Instant = later(START, 86_400_000);
/** The Beijing day the cases begin on, 20260301; days count from it. */
export function day(n = 0): BeijingDay {
  return daysLater(dayOf(START), n);
}

/** How long the claims of the cases last, in ms. */
export const LEASE_MS = 30_000;

/** Text that is an identifier of this kind. Throws otherwise. */
export function guarded<T extends string>(guard: (value: unknown) => value is T, text: string): T {
  if (!guard(text)) throw new TypeError(`not a valid identifier for a test: ${text}`);
  return text;
}

/** The `n`th order number; numbers sort like `n`. */
export function tradeNo(n: number): OutTradeNo {
  return guarded(isOutTradeNo, `order-${String(n).padStart(6, '0')}`);
}

/**
 * The `n`th transaction: 28 digits like WeChat Pay's, beyond the precision of a JavaScript number.
 */
export function transactionId(n: number): TransactionId {
  return guarded(isTransactionId, `42000022482026030112${String(n).padStart(8, '0')}`);
}

/** The merchant of all cases. */
export const MERCHANT: SubMchId = guarded(isSubMchId, '1900000109');
/** Another of our merchants. */
export const OTHER_MERCHANT: SubMchId = guarded(isSubMchId, '1900000208');
/** The payer of all cases. */
export const PAYER: PayerId = guarded(isPayerId, 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o');

/** What WeChat Pay says of the `n`th payment. */
export function paymentOf(n: number, over: Partial<PaymentDetails> = {}): PaymentDetails {
  return {
    outTradeNo: tradeNo(n),
    transactionId: transactionId(n),
    subMchId: MERCHANT,
    total: fen(100 + n),
    currency: 'CNY',
    paidAt: later(START, -5_000),
    payer: PAYER,
    cash: fen(100 + n),
    coupon: null,
    settlementTotal: null,
    bankType: 'OTHERS',
    attach: null,
    ...over,
  };
}

/** The `n`th refund number. */
export function refundNo(n: number): OutRefundNo {
  return guarded(isOutRefundNo, `refund-${String(n).padStart(6, '0')}`);
}

/** What WeChat Pay says of the `n`th refund: all of the `n`th payment went back. */
export function refundOf(n: number, over: Partial<RefundDetails> = {}): RefundDetails {
  return {
    outRefundNo: refundNo(n),
    outTradeNo: tradeNo(n),
    transactionId: transactionId(n),
    subMchId: MERCHANT,
    refundId: `50000000382019052709732${String(n).padStart(6, '0')}`,
    state: 'succeeded',
    total: fen(100 + n),
    refund: fen(100 + n),
    settled: fen(100 + n),
    succeededAt: START,
    ...over,
  };
}

/** The `n`th payment as the platform delivers it. */
export function message(n: number, over: Partial<NewMessage> = {}): NewMessage {
  const content = over.content ?? { kind: 'payment' as const, payment: paymentOf(n) };
  const trust = over.trust ?? 'platform';
  return {
    key: keyOf(content, trust),
    content,
    outTradeNo: tradeNo(n),
    trust,
    raw: JSON.stringify({ n }),
    path: 'callback',
    receivedAt: START,
    ...over,
  };
}

/** An order as those read it who need no cart. */
export function withoutCart(order: WholeOrder): Order {
  const copy: Order & { cart?: unknown; prepayBody?: unknown; calls?: unknown } = { ...order };
  delete copy.cart;
  delete copy.prepayBody;
  delete copy.calls;
  return copy;
}

/** The `n`th order, pending. */
export function order(n: number, over: Partial<WholeOrder> = {}): WholeOrder {
  return {
    outTradeNo: tradeNo(n),
    requestId: `request-${String(n)}`,
    subMchId: MERCHANT,
    payer: PAYER,
    total: fen(100 + n),
    currency: 'CNY',
    body: '测试商品',
    attach: null,
    cart: { items: [{ sku: 'tea', quantity: n }] },
    createdAt: START,
    expiresAt: later(START, 900_000),
    version: 1,
    payment: { state: 'pending' },
    fulfilment: { state: 'none' },
    prepay: null,
    lastAskedAt: null,
    nextAskAt: later(START, 60_000),
    asks: 0,
    lastAnswer: null,
    otherPayments: [],
    refunds: [],
    statement: null,
    history: [{ at: START, event: 'created', path: 'payer', evidence: null }],
    ...over,
  };
}

/** What a paid order knows of its payment: the `n`th one, paid at `at`. */
export function paidAt(n: number, at: Instant): Extract<OrderPayment, { state: 'paid' }> {
  return {
    state: 'paid',
    transactionId: transactionId(n),
    paidAt: at,
    knownAt: later(at, 5_000),
    knownBy: 'callback',
    evidence: message(n).key,
    cash: fen(100 + n),
    coupon: null,
    settlementTotal: null,
  };
}

/** The `n`th refund of the `n`th order: all of it, requested, due for a call a minute later. */
export function refund(n: number, over: Partial<Refund> = {}): Refund {
  return {
    outRefundNo: refundNo(n),
    outTradeNo: tradeNo(n),
    subMchId: MERCHANT,
    transactionId: null,
    total: fen(100 + n),
    amount: fen(100 + n),
    reason: null,
    origin: 'operator',
    requestedBy: 'ops:lin',
    createdAt: START,
    version: 1,
    progress: { state: 'requested' },
    nextAskAt: later(START, 60_000),
    asks: 0,
    lastError: null,
    statement: null,
    history: [{ at: START, event: 'requested', path: 'operator', evidence: 'ops:lin' }],
    ...over,
  };
}

/** How a refund stands that WeChat Pay says succeeded at `at`, told by this message. */
export function succeededAt(
  at: Instant,
  by: Pick<NewMessage, 'key'>,
): Extract<Refund['progress'], { state: 'succeeded' }> {
  return {
    state: 'succeeded',
    refundId: '50000000382019052709732000001',
    settled: fen(100),
    succeededAt: at,
    knownAt: later(at, 5_000),
    knownBy: 'callback',
    evidence: by.key,
  };
}

/** The change that makes a refund succeeded at `now`, by this message. */
export function refundedBy(
  of: Refund,
  by: Pick<NewMessage, 'key'>,
  now: Instant,
): Extract<RefundSettlement, { kind: 'change' }> {
  return {
    kind: 'change',
    outRefundNo: of.outRefundNo,
    expectedVersion: of.version,
    progress: succeededAt(now, by),
    entry: { at: now, event: 'refund_succeeded', path: 'callback', evidence: by.key },
  };
}

/** The `n`th refund as the platform tells of it. */
export function refundMessage(n: number, over: Partial<RefundDetails> = {}): NewMessage {
  return message(n, { content: { kind: 'refund', refund: refundOf(n, over) } });
}

/** A run that has found nothing. */
export const NO_TALLY: RunTally = {
  theirs: { payments: none(), refunds: none(), revoked: none(), fees: fen(0) },
  ours: { payments: none(), refunds: none() },
  matched: { payments: none(), refunds: none() },
  repaired: { payments: none(), refunds: none() },
  carriedOver: { payments: none(), refunds: none() },
  found: {},
  explained: 0,
  setAside: {},
  problems: [],
};

function none() {
  return { count: 0, sum: fen(0) };
}

/** The run over the `n`th day, waiting, due at `START`. */
export function statementRun(n: number, over: Partial<StatementRun> = {}): StatementRun {
  const of = over.day ?? day(n);
  const subMchId = over.subMchId ?? MERCHANT;
  return {
    id: statementRunId(subMchId, of),
    subMchId,
    day: of,
    round: 1,
    createdAt: START,
    dueAt: START,
    attempts: 0,
    begunAgainAt: null,
    refusedDownloads: 0,
    lease: null,
    work: { state: 'waiting', reason: 'not_asked', detail: null },
    history: [{ at: START, event: 'opened', path: 'worker', evidence: null }],
    cash: null,
    ...over,
  };
}

/** The change that makes an order paid, and its fulfilment due at `now`, by this message. */
export function paidBy(of: Order, by: Pick<NewMessage, 'key'>, now: Instant): OrderSettlement {
  return {
    outTradeNo: of.outTradeNo,
    expectedVersion: of.version,
    payment: {
      state: 'paid',
      transactionId: transactionId(1),
      paidAt: later(now, -5_000),
      knownAt: now,
      knownBy: 'callback',
      evidence: by.key,
      cash: of.total,
      coupon: null,
      settlementTotal: null,
    },
    fulfilment: { state: 'due', attempts: 0, dueAt: now, lease: null, lastError: null },
    otherPayments: [],
    refunds: [],
    entry: { at: now, event: 'paid', path: 'callback', evidence: by.key },
  };
}

/** A settlement that does nothing but finish, unless told otherwise. */
export function settlement(
  of: Pick<NewMessage, 'key'>,
  finish: Finish = { kind: 'done', outcome: 'applied' },
  over: Partial<Settlement> = {},
): Settlement {
  return { key: of.key, change: null, refund: null, discrepancies: [], resolves: null, finish, ...over };
}

/** A discrepancy about the `n`th payment, seen at `at`. */
export function discrepancy(
  n: number,
  at: Instant,
  over: Partial<Discrepancy> & { readonly class?: DiscrepancyClass } = {},
): Discrepancy {
  const kind = over.class ?? 'amount_mismatch';
  const subject = { kind: 'payment', outTradeNo: tradeNo(n), transactionId: transactionId(n) } as const;
  return {
    id: discrepancyId(kind, subject),
    class: kind,
    subject,
    ours: { total: 100 },
    theirs: { total: 99 },
    path: 'callback',
    statementRun: null,
    firstSeenAt: at,
    lastSeenAt: at,
    opensAt: at,
    resolution: null,
    ...over,
  };
}

let tokens = 0;

/** A token no other claim has. */
export function freshToken(): LeaseToken {
  tokens += 1;
  return leaseToken(`token-${String(tokens).padStart(10, '0')}`);
}

/** A claim at `now` for `LEASE_MS`. */
export function claimAt(now: Instant, over: Partial<ClaimRequest> = {}): ClaimRequest {
  return { token: freshToken(), now, leaseUntil: later(now, LEASE_MS), limit: 100, ...over };
}

/** Records messages `from` to `to - 1`, 100 at a time, made by `make`. */
export async function recordRange(
  store: Store,
  from: number,
  to: number,
  make: (n: number) => NewMessage = message,
): Promise<readonly NewMessage[]> {
  const made: NewMessage[] = [];
  for (let start = from; start < to; start += 100) {
    const group = Array.from({ length: Math.min(100, to - start) }, (_, i) => make(start + i));
    await Promise.all(group.map((one) => store.inbox.record(one)));
    made.push(...group);
  }
  return made;
}

/** The keys of what was claimed. */
export function keysOf(claimed: readonly Pick<ClaimedMessage, 'key'>[]): readonly string[] {
  return claimed.map((one) => one.key);
}

/** The same message, heard by another path. */
export function heardBy(of: NewMessage, path: Source, at: Instant): NewMessage {
  return { ...of, path, receivedAt: at };
}

/** A statement run that ended without a bill. */
export function doneRun(now: Instant): StatementRun {
  const nothing = { outcome: 'none', statement: null, file: null, refusal: null } as const;
  const report = { ...nothing, tally: NO_TALLY, workedMs: 0, finishedAt: now };
  return statementRun(0, { work: { state: 'done', report } });
}
