import { agreementOf, type Agreement, type AgreeRequest } from '../../../model/agreement';
import type { FulfilmentCall } from '../../../model/fulfilment-call';
import type { OrderEntry } from '../../../model/history';
import type { LastAnswer, LedgerOrder, Order, OrderNote, WholeOrder } from '../../../model/order';
import { isPaymentBeside } from '../../../model/order';
import { fulfilmentEntry, fulfilmentRetryEntry, liftEntry, releaseEntry } from '../../history';
import type { OutTradeNo } from '../../../values/ids';
import { daysLater, startOf } from '../../../values/day';
import type { Instant } from '../../../values/instant';
import { isInstant } from '../../../values/instant';
import type { LeaseToken } from '../../../model/lease';
import type { FulfilmentFinish } from '../../fulfilment-finish';
import type { CreateResult, Orders } from '../../ports/orders-port';
import type { AbsentQuery, FulfilmentClaimRequest, Page } from '../../requests';
import { askable, claimAsks, isAskDue, type Askable } from '../base/asks';
import { claimDue, leaseGone } from '../base/claims';
import { modify, select, selectNamed, type Database, type Fields } from '../base/database';
import { readApart, readEach, type Report } from '../base/documents';
import { requireAtMost1000 } from '../base/limits';
import { newPlace, type Place } from '../base/place';
import {
  heldFields,
  LEDGER_FIELDS,
  ORDER_FIELDS,
  orderDocument,
  readClaimedOrder,
  readLedgerOrder,
  readOrder,
  readWholeOrder,
} from './order-document';
import { readListedPage, readPage } from '../base/pages';
import { insertOnce, stillAmong } from '../base/proofs';
import type { CollectionName } from '../schema';
import { counts } from './counts';
import { countLate, lateCondition } from './late';
import { lookUp } from './look-ups';
import { orderMoney } from './money';
import { holderOf, takeTransaction } from '../inbox/take-transactions';
import { markAll, notMarkedIn } from '../runs/statement-mark';

const ORDERS: CollectionName = 'wxpay_orders';

/** The orders of a Store on CloudBase. */
export function ordersOn(db: Database, report: Report, random?: () => number): Orders {
  const place = newPlace(random);
  return {
    create: (order) => create(db, order),
    find: (numbers) => find(db, report, readWholeOrder, numbers),
    findWithoutCarts: (numbers) => find(db, report, readOrder, numbers, ORDER_FIELDS),
    note: (note) => takeNote(db, note),
    claimFulfilments: (request) => claimFulfilments(db, report, request, place),
    async hasFulfilmentWork(now) {
      const { lte, or } = db.command;
      const due = {
        'fulfilment.state': 'due',
        'fulfilment.dueAt': lte(now),
        'fulfilment.leaseUntil': lte(now),
      };
      const any = db.collection(ORDERS).where(or(due, { 'fulfilment.state': 'held' }));
      return (await select(ORDERS, any.limit(1).field({ _id: true }))).length > 0;
    },
    noteRefundSaid: (numbers, at) => noteRefundSaid(db, numbers, at),
    beginFulfilment: (token, now, outTradeNo, version) => begin(db, token, now, outTradeNo, version),
    async liftHold(outTradeNo, version, why, now) {
      const held = db.collection(ORDERS).where({ _id: outTradeNo, version, 'fulfilment.state': 'held' });
      return (await modify(ORDERS, held, dueAgain(db, now, liftEntry(why, now)))) === 1;
    },
    async releaseHold(outTradeNo, who, why, now) {
      const held = db.collection(ORDERS).where({ _id: outTradeNo, 'fulfilment.state': 'held' });
      const changed = await modify(ORDERS, held, {
        ...dueAgain(db, now, releaseEntry(who, why, now)),
        'fulfilment.hold.release': db.command.set({ at: now, who, why }),
      });
      return changed === 1;
    },
    finishFulfilment: (token, now, outTradeNo, finish) => finishOne(db, token, now, outTradeNo, finish),
    async retryFulfilment(outTradeNo, who, now) {
      const dead = db.collection(ORDERS).where({ _id: outTradeNo, 'fulfilment.state': 'dead' });
      const changed = await modify(ORDERS, dead, {
        'fulfilment.state': 'due',
        'fulfilment.attempts': 0,
        'fulfilment.dueAt': now,
        'fulfilment.lastError': null,
        ...leaseGone('fulfilment.'),
        version: db.command.inc(1),
        history: db.command.push([fulfilmentRetryEntry(who, now)]),
      });
      return changed === 1;
    },
    claimAsks: (request) => claimAsks(db, report, ASKABLE, request),
    isAskDue: (now) => isAskDue(db, ASKABLE, now),
    askAgainAt: (numbers, at, answer) => askAgainAt(db, numbers, at, answer),
    ledger: (numbers) => find(db, report, readLedgerOrder, numbers, LEDGER_FIELDS),
    agree: (request) => agree(db, report, request),
    markStatement: (numbers, mark) => markAll(db, ORDERS, numbers, mark),
    absent: (query) => absent(db, report, query),
    firstCreatedAt: () => firstCreatedAt(db),
    list: ({ payment, fulfilment, late, created, first, ...page }) =>
      readListedPage(db, report, {
        collection: ORDERS,
        having:
          late === undefined || late === null
            ? {
                ...(typeof payment === 'string' ? { 'payment.state': payment } : {}),
                ...(typeof fulfilment === 'string' ? { 'fulfilment.state': fulfilment } : {}),
              }
            : lateCondition(db, late.kind, late.by),
        sortedBy: 'createdAt',
        direction: first === 'oldest' ? 'asc' : 'desc',
        ...(created !== undefined && { span: created }),
        read: readOrder,
        fields: ORDER_FIELDS,
        ...page,
      }),
    lookUp: ({ by, after, limit }) => lookUp(db, report, by, after, limit),
    ...orderMoney(db),
    async raw(outTradeNo) {
      const query = db.collection(ORDERS).where({ _id: outTradeNo });
      return readApart(await select(ORDERS, query), readWholeOrder, report).unreadable[0] ?? null;
    },
    async ofTransaction(transactionId) {
      const paid = db.collection(ORDERS).where({ 'payment.transactionId': transactionId });
      const query = paid.field({ ...ORDER_FIELDS });
      const found = await select(ORDERS, query);
      if (found.length > 0) return readEach(found, readOrder, report)[0] ?? null;
      const outTradeNo = await holderOf(db, transactionId);
      if (outTradeNo === null) return null;
      const beside = await select(
        ORDERS,
        db
          .collection(ORDERS)
          .where({ _id: outTradeNo })
          .field({ ...ORDER_FIELDS }),
      );
      const order = readEach(beside, readOrder, report)[0] ?? null;
      return order !== null && isPaymentBeside(order, transactionId) ? order : null;
    },
    counts: () => counts(db),
    countLate: (query) => countLate(db, query),
  };
}

const ASKABLE: Askable<Order> = {
  collection: ORDERS,
  stateField: 'payment.state',
  states: ['pending'],
  fields: ORDER_FIELDS,
  read: readOrder,
};

/** The fields of an order whose hold ends. The hold stays in `hold`. */
function dueAgain(db: Database, now: Instant, entry: OrderEntry): Fields {
  return {
    'fulfilment.state': 'due',
    'fulfilment.dueAt': now,
    'fulfilment.lastError': null,
    ...leaseGone('fulfilment.'),
    version: db.command.inc(1),
    history: db.command.push([entry]),
  };
}

async function noteRefundSaid(db: Database, numbers: readonly OutTradeNo[], at: Instant): Promise<void> {
  requireAtMost1000(numbers.length, 'order numbers');
  if (numbers.length === 0) return;
  const { in: oneOf, inc, min } = db.command;
  const named = db.collection(ORDERS).where({ _id: oneOf([...numbers]) });
  await modify(ORDERS, named, { refundSaidAt: min(at), version: inc(1) });
}

async function begin(
  db: Database,
  token: LeaseToken,
  now: Instant,
  outTradeNo: OutTradeNo,
  version: number,
): Promise<boolean> {
  const { gt, inc } = db.command;
  const claimed = db.collection(ORDERS).where({
    _id: outTradeNo,
    version,
    'fulfilment.state': 'due',
    'fulfilment.leaseToken': token,
    'fulfilment.leaseUntil': gt(now),
  });
  return (await modify(ORDERS, claimed, { 'fulfilment.begunAt': now, version: inc(1) })) === 1;
}

async function askAgainAt(
  db: Database,
  numbers: readonly OutTradeNo[],
  at: Instant,
  answer: LastAnswer | null,
): Promise<void> {
  requireAtMost1000(numbers.length, 'order numbers');
  if (numbers.length === 0) return;
  const pending = db.collection(ORDERS).where({ ...askable(ASKABLE, db), _id: db.command.in([...numbers]) });
  await modify(ORDERS, pending, {
    nextAskAt: at,
    ...(answer === null ? {} : { lastAnswer: db.command.set({ ...answer }) }),
  });
}

/** The marks were written just before: what a read shows without one is proven to have none. */
async function absent(db: Database, report: Report, query: AbsentQuery): Promise<Page<LedgerOrder>> {
  const { subMchId, day, round, after, limit } = query;
  const notMarked = notMarkedIn(db, day, round);
  const { items, next } = await readPage(db, report, {
    collection: ORDERS,
    having: { subMchId, 'payment.state': 'paid', ...notMarked },
    sortedBy: 'payment.paidAt',
    direction: 'asc',
    span: { from: startOf(day), to: startOf(daysLater(day, 1)) },
    fields: LEDGER_FIELDS,
    after,
    limit,
    read: readLedgerOrder,
  });
  const numbers = items.map(({ outTradeNo }) => outTradeNo);
  const still = await stillAmong(db, ORDERS, numbers, notMarked);
  return { items: items.filter(({ outTradeNo }) => still.has(outTradeNo)), next };
}

async function firstCreatedAt(db: Database): Promise<Instant | null> {
  const first = db
    .collection(ORDERS)
    .where({ createdAt: db.command.gte(0) })
    .orderBy('createdAt', 'asc')
    .limit(1)
    .field({ createdAt: true });
  const [found] = await select(ORDERS, first);
  const createdAt = found?.['createdAt'];
  return isInstant(createdAt) ? createdAt : null;
}

/**
 * Failure policy: fail closed. The transaction is taken first, because an order that is paid
 * without it would let the transaction pay another order too.
 */
async function create(db: Database, order: WholeOrder): Promise<CreateResult> {
  const { outTradeNo, payment } = order;
  if (payment.state === 'paid') {
    const taken = await takeTransaction(db, { outTradeNo, transactionId: payment.transactionId });
    if (taken === 'of_another_order') return 'transaction_taken';
  }
  return (await insertOnce(db, ORDERS, orderDocument(order))) ? 'created' : 'exists';
}

/**
 * Failure policy: fail open. An order whose document does not fit is reported and omitted, so that
 * the rest of its batch goes on. Its payments then look like those of an order that does not exist:
 * they end as dead letters with a discrepancy, which an operator sees and can replay, and never
 * change the order.
 */
async function find<Item>(
  db: Database,
  report: Report,
  read: (document: Fields) => Item,
  numbers: readonly OutTradeNo[],
  fields?: Readonly<Record<string, true>>,
): Promise<readonly Item[]> {
  requireAtMost1000(numbers.length, 'order numbers');
  if (numbers.length === 0) return [];
  const found = await selectNamed(ORDERS, numbers, (some) => {
    const query = db.collection(ORDERS).where({ _id: db.command.in(some) });
    return fields === undefined ? query : query.field({ ...fields });
  });
  return readEach(found, read, report);
}

async function takeNote(db: Database, note: OrderNote): Promise<boolean> {
  const { inc, set, push } = db.command;
  const query = db.collection(ORDERS).where({ _id: note.outTradeNo, version: note.expectedVersion });
  const changed = await modify(ORDERS, query, {
    version: inc(1),
    ...(note.prepay === undefined ? {} : { prepay: set({ ...note.prepay }) }),
    ...(note.lastAskedAt === undefined ? {} : { lastAskedAt: note.lastAskedAt }),
    ...(note.refunds === undefined ? {} : { refunds: set([...note.refunds]) }),
    ...(note.otherPayments === undefined ? {} : { otherPayments: set([...note.otherPayments]) }),
    ...(note.entry === undefined ? {} : { history: push([note.entry]) }),
  });
  return changed === 1;
}

/**
 * The claim raises the version: otherwise a settlement decided before it would restore the
 * fulfilment without its lease.
 */
function claimFulfilments(
  db: Database,
  report: Report,
  request: FulfilmentClaimRequest,
  place: Place,
): Promise<readonly WholeOrder[]> {
  const { except = [] } = request;
  const lease = { token: request.token, until: request.leaseUntil };
  return claimDue(
    db,
    report,
    {
      collection: ORDERS,
      prefix: 'fulfilment.',
      counter: 'attempts',
      state: 'due',
      ...(except.length > 0 && { having: { subMchId: db.command.nin([...except]) } }),
      alsoSet: { version: db.command.inc(1), 'fulfilment.begunAt': null },
      read: (document) => readClaimedOrder(document, lease),
      deadFields: (now) => ({
        'fulfilment.state': 'dead',
        'fulfilment.deadAt': now,
        'fulfilment.reason': 'the stored order does not fit this version',
      }),
    },
    request,
    undefined,
    place,
  );
}

async function finishOne(
  db: Database,
  token: LeaseToken,
  now: Instant,
  outTradeNo: OutTradeNo,
  finish: FulfilmentFinish,
): Promise<boolean> {
  const { gt, inc, push } = db.command;
  const claimed = db.collection(ORDERS).where({
    _id: outTradeNo,
    'fulfilment.state': 'due',
    'fulfilment.leaseToken': token,
    'fulfilment.leaseUntil': gt(now),
  });
  const entry = fulfilmentEntry(finish, now);
  const changed = await modify(ORDERS, claimed, {
    ...finishedFields(db, now, finish),
    ...leaseGone('fulfilment.'),
    'fulfilment.begunAt': null,
    version: inc(1),
    ...(entry === null ? {} : { history: push([entry]) }),
  });
  return changed === 1;
}

/** Fields of the former state stay in the document; the state decides which are read. */
function finishedFields(db: Database, now: Instant, finish: FulfilmentFinish): Fields {
  switch (finish.kind) {
    case 'done':
      return {
        'fulfilment.state': 'done',
        'fulfilment.doneAt': now,
        'fulfilment.receipt': finish.receipt,
        ...callsIn(db, finish),
      };
    case 'retry':
      return {
        'fulfilment.dueAt': finish.dueAt,
        'fulfilment.lastError': finish.error,
        ...callsIn(db, finish),
      };
    case 'dead':
      return {
        'fulfilment.state': 'dead',
        'fulfilment.deadAt': now,
        'fulfilment.reason': finish.reason,
        ...callsIn(db, finish),
      };
    case 'wait':
      return {
        'fulfilment.dueAt': finish.dueAt,
        'fulfilment.lastError': finish.error,
        'fulfilment.attempts': db.command.inc(-1),
        ...callsIn(db, finish),
      };
    case 'hold':
      return {
        'fulfilment.state': 'held',
        'fulfilment.heldAt': finish.heldAt,
        'fulfilment.reason': finish.reason,
        'fulfilment.hold': db.command.set({ ...heldFields(finish.reason, finish.heldAt).hold }),
        'fulfilment.attempts': db.command.inc(-1),
      };
    case 'return':
      return { 'fulfilment.attempts': db.command.inc(-1), 'fulfilment.dueAt': db.command.min(now) };
  }
}

function callsIn(db: Database, { calls }: { readonly calls?: readonly FulfilmentCall[] }): Fields {
  return calls === undefined ? {} : { calls: db.command.set(calls.map((call) => ({ ...call }))) };
}

async function agree(db: Database, report: Report, request: AgreeRequest): Promise<Agreement> {
  const numbers = request.payments.map(({ outTradeNo }) => outTradeNo);
  const orders = await find(db, report, readLedgerOrder, numbers, LEDGER_FIELDS);
  const agreement = agreementOf(orders, request);
  await markAll(db, ORDERS, [...agreement.agreed], request.mark);
  return agreement;
}
