import { agreementOf } from '../../../lib/model/agreement';
import type { OrderEntry } from '../../../lib/model/history';
import { isPaymentBeside, type Order, type PastHold, type WholeOrder } from '../../../lib/model/order';
import { fulfilmentEntry, fulfilmentRetryEntry, liftEntry, releaseEntry } from '../../../lib/store/history';
import type { FulfilmentFinish } from '../../../lib/store/fulfilment-finish';
import type { Orders } from '../../../lib/store/ports/orders-port';
import type { AbsentQuery, AskRequest, LateKind, LateQuery } from '../../../lib/store/requests';
import type { OrderCounts } from '../../../lib/model/order';
import type { StatementMark } from '../../../lib/model/statement/statement-mark';
import { dayOf } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import type { Instant } from '../../../lib/values/instant';
import { lookUp } from './look-ups';
import type { ModelOrder, ModelState, Step } from './state';
import { checked, pageOf } from './state';

/** The orders of a model store. */
export function modelOrders(state: ModelState, step: Step): Orders {
  const orders = (): WholeOrder[] => [...state.orders.values()].map(({ order }) => order);
  const change = (found: ModelOrder, over: Partial<WholeOrder>): void => {
    state.orders.set(found.order.outTradeNo, { ...found, order: { ...found.order, ...over } });
  };
  return {
    create: (order) =>
      step('orders.create', () => {
        const { outTradeNo, payment } = order;
        const takes = payment.state === 'paid' ? payment.transactionId : null;
        if (takes !== null && (state.transactions.get(takes) ?? outTradeNo) !== outTradeNo)
          return 'transaction_taken' as const;
        if (state.orders.has(outTradeNo)) return 'exists' as const;
        if (takes !== null) state.transactions.set(takes, outTradeNo);
        state.orders.set(outTradeNo, { order, marks: [] });
        return 'created' as const;
      }),
    find: (numbers) =>
      step('orders.find', () => numbers.flatMap((number) => state.orders.get(number)?.order ?? [])),
    findWithoutCarts: (numbers) =>
      step('orders.findWithoutCarts', () =>
        numbers.flatMap((number) => state.orders.get(number)?.order ?? []).map(withoutCart),
      ),
    note: ({ outTradeNo, expectedVersion, entry, ...noted }) =>
      step('orders.note', () => {
        const found = state.orders.get(outTradeNo);
        if (found?.order.version !== expectedVersion) return false;
        const history = entry === undefined ? found.order.history : [...found.order.history, entry];
        change(found, { ...noted, version: expectedVersion + 1, history });
        return true;
      }),
    hasFulfilmentWork: (now) =>
      step('orders.hasFulfilmentWork', () =>
        orders().some(
          ({ fulfilment }) =>
            fulfilment.state === 'held' ||
            (fulfilment.state === 'due' &&
              fulfilment.dueAt <= now &&
              (fulfilment.lease === null || fulfilment.lease.until <= now)),
        ),
      ),
    claimFulfilments: ({ token, now, leaseUntil, limit, except = [] }) =>
      step('orders.claimFulfilments', () => {
        const due = orders()
          .flatMap((order) => {
            const { fulfilment } = order;
            const isDue =
              fulfilment.state === 'due' &&
              fulfilment.dueAt <= now &&
              !except.includes(order.subMchId) &&
              (fulfilment.lease === null || fulfilment.lease.until <= now);
            return isDue ? [{ order, fulfilment }] : [];
          })
          .sort((a, b) => a.fulfilment.dueAt - b.fulfilment.dueAt)
          .slice(0, checked(limit));
        return due.map(({ order, fulfilment }) => {
          const claimed: WholeOrder = {
            ...order,
            version: order.version + 1,
            fulfilment: {
              ...withoutBeginning(fulfilment),
              attempts: fulfilment.attempts + 1,
              lease: { token, until: leaseUntil },
            },
          };
          state.orders.set(order.outTradeNo, {
            order: claimed,
            marks: state.orders.get(order.outTradeNo)?.marks ?? [],
          });
          return claimed;
        });
      }),
    noteRefundSaid: (numbers, at) =>
      step('orders.noteRefundSaid', () => {
        for (const number of numbers) {
          const found = state.orders.get(number);
          if (found === undefined) continue;
          const { refundSaidAt = at, version } = found.order;
          change(found, { refundSaidAt: refundSaidAt < at ? refundSaidAt : at, version: version + 1 });
        }
      }),
    beginFulfilment: (token, now, outTradeNo, expectedVersion) =>
      step('orders.beginFulfilment', () => {
        const found = state.orders.get(outTradeNo);
        const fulfilment = found?.order.fulfilment;
        if (found?.order.version !== expectedVersion || fulfilment?.state !== 'due') return false;
        if (fulfilment.lease?.token !== token || fulfilment.lease.until <= now) return false;
        change(found, { version: expectedVersion + 1, fulfilment: { ...fulfilment, begunAt: now } });
        return true;
      }),
    liftHold: (outTradeNo, expectedVersion, why, now) =>
      step('orders.liftHold', () => {
        const found = state.orders.get(outTradeNo);
        if (found?.order.version !== expectedVersion) return false;
        return endHold(found.order, null, liftEntry(why, now), now, (over) => change(found, over));
      }),
    releaseHold: (outTradeNo, who, why, now) =>
      step('orders.releaseHold', () => {
        const found = state.orders.get(outTradeNo);
        if (found === undefined) return false;
        const release = { at: now, who, why };
        return endHold(found.order, release, releaseEntry(who, why, now), now, (over) => change(found, over));
      }),
    finishFulfilment: (token, now, outTradeNo, finish) =>
      step('orders.finishFulfilment', () => {
        const found = state.orders.get(outTradeNo);
        const fulfilment = found?.order.fulfilment;
        if (found === undefined || fulfilment?.state !== 'due') return false;
        if (fulfilment.lease?.token !== token || fulfilment.lease.until <= now) return false;
        const entry = fulfilmentEntry(finish, now);
        change(found, {
          version: found.order.version + 1,
          fulfilment: finished(fulfilment, finish, now),
          ...('calls' in finish ? { calls: finish.calls } : {}),
          history: entry === null ? found.order.history : [...found.order.history, entry],
        });
        return true;
      }),
    retryFulfilment: (outTradeNo, who, now) =>
      step('orders.retryFulfilment', () => {
        const found = state.orders.get(outTradeNo);
        if (found?.order.fulfilment.state !== 'dead') return false;
        change(found, {
          version: found.order.version + 1,
          fulfilment: { state: 'due', attempts: 0, dueAt: now, lease: null, lastError: null },
          history: [...found.order.history, fulfilmentRetryEntry(who, now)],
        });
        return true;
      }),
    claimAsks: (request) => step('orders.claimAsks', () => claimAsks(state, request)),
    isAskDue: (now) =>
      step('orders.isAskDue', () =>
        orders().some(({ payment, nextAskAt }) => payment.state === 'pending' && nextAskAt <= now),
      ),
    askAgainAt: (numbers, at, answer) =>
      step('orders.askAgainAt', () => {
        for (const number of numbers) {
          const found = state.orders.get(number);
          if (found?.order.payment.state === 'pending') {
            change(found, { nextAskAt: at, lastAnswer: answer ?? found.order.lastAnswer });
          }
        }
      }),
    ledger: (numbers) =>
      step('orders.ledger', () =>
        numbers.flatMap((number) => state.orders.get(number)?.order ?? []).map(ledgerOf),
      ),
    agree: (request) =>
      step('orders.agree', () => {
        const orders = request.payments.flatMap(({ outTradeNo }) => state.orders.get(outTradeNo) ?? []);
        const agreement = agreementOf(
          orders.map(({ order }) => ledgerOf(order)),
          request,
        );
        for (const found of orders) {
          if (agreement.agreed.has(found.order.outTradeNo)) change(found, { statement: request.mark });
        }
        return agreement;
      }),
    markStatement: (numbers, mark) =>
      step('orders.markStatement', () => {
        for (const number of numbers) {
          const found = state.orders.get(number);
          if (found !== undefined) change(found, { statement: mark });
        }
      }),
    absent: (query) =>
      step('orders.absent', () => {
        const absent = orders().flatMap((order) =>
          order.subMchId === query.subMchId &&
          order.payment.state === 'paid' &&
          dayOf(order.payment.paidAt) === query.day &&
          isAbsent(order.statement, query)
            ? [{ order: ledgerOf(order), paidAt: order.payment.paidAt }]
            : [],
        );
        const page = pageOf(
          absent,
          ({ order, paidAt }) => ({ at: paidAt, name: order.outTradeNo }),
          1,
          query,
        );
        return { items: page.items.map(({ order }) => order), next: page.next };
      }),
    firstCreatedAt: () =>
      step('orders.firstCreatedAt', () => {
        const [first] = orders().sort((a, b) => a.createdAt - b.createdAt);
        return first?.createdAt ?? null;
      }),
    list: (query) =>
      step('orders.list', () => ({
        ...pageOf(
          orders()
            .map(withoutCart)
            .filter(
              (order) =>
                (query.payment ?? order.payment.state) === order.payment.state &&
                (query.fulfilment ?? order.fulfilment.state) === order.fulfilment.state &&
                (query.created?.from ?? 0) <= order.createdAt &&
                order.createdAt < (query.created?.to ?? Infinity) &&
                isLateAsAsked(order, query.late ?? null),
            ),
          ({ createdAt, outTradeNo }) => ({ at: createdAt, name: outTradeNo }),
          query.first === 'oldest' ? 1 : -1,
          query,
        ),
        unreadable: [],
      })),
    lookUp: ({ by, ...page }) => step('orders.lookUp', () => lookUp(orders(), by, page)),
    booked: ({ subMchId, day }) =>
      step('orders.booked', () => {
        const all = orders().filter(
          (one) =>
            one.subMchId === subMchId && one.payment.state === 'paid' && dayOf(one.payment.paidAt) === day,
        );
        const otherDays = all.filter(({ statement }) => statement !== null && statement.day !== day);
        return { all: sumOf(all), otherDays: sumOf(otherDays), next: null };
      }),
    paidBetween: ({ merchants, from, to }) =>
      step('orders.paidBetween', () =>
        sumOf(orders().filter((one) => merchants.includes(one.subMchId) && isPaidIn(one, from, to))),
      ),
    stuckBetween: ({ from, to }) =>
      step('orders.stuckBetween', () => {
        const paid = orders().filter((one) => isPaidIn(one, from, to));
        const stuck = (state: 'held' | 'dead') => sumOf(paid.filter((one) => one.fulfilment.state === state));
        return { held: stuck('held'), dead: stuck('dead') };
      }),
    raw: () => step('orders.raw', () => null),
    ofTransaction: (transactionId) =>
      step('orders.ofTransaction', () => {
        const paidBy = ({ payment }: Order) =>
          payment.state === 'paid' && payment.transactionId === transactionId;
        const all = orders().map(withoutCart);
        return all.find(paidBy) ?? all.find((order) => isPaymentBeside(order, transactionId)) ?? null;
      }),
    counts: () => step('orders.counts', () => countsOf(orders())),
    countLate: (query) =>
      step('orders.countLate', () => ({
        unknown: orders().filter((order) => isLate(order, 'unknown', query)).length,
        unfulfilled: orders().filter((order) => isLate(order, 'unfulfilled', query)).length,
      })),
  };
}

function isPaidIn({ payment }: WholeOrder, from: Instant, to: Instant): boolean {
  return payment.state === 'paid' && payment.paidAt >= from && payment.paidAt < to;
}

function sumOf(orders: readonly WholeOrder[]) {
  return { count: orders.length, total: fen(orders.reduce((sum, { total }) => sum + total, 0)) };
}

function isLateAsAsked(order: Order, late: Parameters<Orders['list']>[0]['late']): boolean {
  if (late === null || late === undefined) return true;
  const isFailed = late.kind === 'unfulfilled' && order.fulfilment.state === 'dead';
  return isFailed || isLate(order, late.kind, late.by);
}

function isLate(
  { payment, fulfilment, createdAt, nextAskAt }: Order,
  kind: LateKind,
  by: LateQuery,
): boolean {
  switch (kind) {
    case 'unknown':
      return (
        payment.state === 'pending' &&
        (createdAt < by.pendingCreatedBefore
          ? createdAt >= by.pendingCreatedFrom
          : nextAskAt < by.askDueBefore)
      );
    case 'unfulfilled':
      return (
        (fulfilment.state === 'due' || fulfilment.state === 'held') && createdAt < by.unfulfilledCreatedBefore
      );
  }
}

/** True for what has no mark, or one of an earlier round over the same day. */
export function isAbsent(
  mark: StatementMark | null,
  { day, round }: Pick<AbsentQuery, 'day' | 'round'>,
): boolean {
  return mark === null || (mark.day === day && mark.round < round);
}

/** When the question after the n-th one is due. */
export function againAfter({ again }: AskRequest, asks: number): Instant {
  return again[Math.min(asks, again.length - 1)] ?? again[0];
}

function claimAsks(state: ModelState, request: AskRequest): readonly Order[] {
  const due = [...state.orders.values()]
    .filter(({ order: { payment, nextAskAt, subMchId } }) => {
      return payment.state === 'pending' && nextAskAt <= request.now && !request.except?.includes(subMchId);
    })
    .sort((a, b) => a.order.nextAskAt - b.order.nextAskAt)
    .slice(0, checked(request.limit));
  for (const found of due) {
    const { order } = found;
    const next = { asks: order.asks + 1, nextAskAt: againAfter(request, order.asks) };
    state.orders.set(order.outTradeNo, { ...found, order: { ...order, ...next } });
  }
  return due.map(({ order }) => withoutCart(order));
}

function withoutCart(order: WholeOrder): Order {
  const copy: Order & { cart?: unknown; prepayBody?: unknown; calls?: unknown } = { ...order };
  delete copy.cart;
  delete copy.calls;
  delete copy.prepayBody;
  return copy;
}

function ledgerOf({ outTradeNo, subMchId, total, currency, payment, otherPayments, statement }: Order) {
  return { outTradeNo, subMchId, total, currency, payment, otherPayments, statement };
}

type Due = Extract<Order['fulfilment'], { state: 'due' }>;

function withoutBeginning({ state, attempts, dueAt, lease, lastError, hold }: Due): Due {
  return { state, attempts, dueAt, lease, lastError, ...(hold === undefined ? {} : { hold }) };
}

function endHold(
  { fulfilment, version, history }: Order,
  release: PastHold['release'],
  entry: OrderEntry,
  now: Instant,
  change: (over: Partial<Order>) => void,
): boolean {
  if (fulfilment.state !== 'held') return false;
  const { attempts, reason, heldAt } = fulfilment;
  change({
    version: version + 1,
    fulfilment: {
      state: 'due',
      attempts,
      dueAt: now,
      lease: null,
      lastError: null,
      hold: { reason, heldAt, release },
    },
    history: [...history, entry],
  });
  return true;
}

function finished(claimed: Due, finish: FulfilmentFinish, now: Instant): Order['fulfilment'] {
  const of = withoutBeginning(claimed);
  const { attempts } = of;
  switch (finish.kind) {
    case 'done':
      return { state: 'done', attempts, doneAt: now, receipt: finish.receipt };
    case 'retry':
      return { ...of, dueAt: finish.dueAt, lease: null, lastError: finish.error };
    case 'wait':
      return { ...of, attempts: attempts - 1, dueAt: finish.dueAt, lease: null, lastError: finish.error };
    case 'dead':
      return { state: 'dead', attempts, deadAt: now, reason: finish.reason };
    case 'hold':
      return { state: 'held', attempts: attempts - 1, heldAt: finish.heldAt, reason: finish.reason };
    case 'return':
      return { ...of, attempts: attempts - 1, dueAt: of.dueAt < now ? of.dueAt : now, lease: null };
  }
}

function countsOf(orders: readonly Order[]): OrderCounts {
  const payment = { pending: 0, paid: 0, closed: 0, failed: 0 };
  const fulfilment = { none: 0, due: 0, held: 0, done: 0, dead: 0 };
  for (const order of orders) {
    payment[order.payment.state] += 1;
    fulfilment[order.fulfilment.state] += 1;
  }
  return { payment, fulfilment };
}
