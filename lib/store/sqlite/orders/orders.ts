import type { OrderNote, WholeOrder } from '../../../model/order';
import type { CreateResult, Orders } from '../../ports/orders-port';
import { prepareAsks } from '../base/asks';
import { line, reading } from '../../rows/columns';
import type { Connection } from '../base/connection';
import { checkedLimit } from '../../rows/cursor';
import { prepareFulfilments } from './fulfilments';
import { prepareTransactions } from './order-change';
import type { GroupCommit } from '../commits/group-commit';
import { prepareLedger } from './ledger';
import { prepareOrderCounts } from './order-counts';
import { prepareOrderLookUps } from './order-look-ups';
import { prepareBooked, preparePaidBetween, prepareStuckBetween } from './order-money';
import { MARK_COLUMNS, markValues } from '../../rows/marks';
import { prepareOfTransaction, prepareOrderList, prepareRawOrder } from './order-lists';
import {
  FULFILMENT_COLUMNS,
  fulfilmentValues,
  lastAnswerValue,
  ORDER_COLUMNS,
  orderNoteValues,
  ORDERS,
  otherPaymentsValue,
  paidAtValue,
  readOrder,
  readOrders,
  readWholeOrders,
  reservationsValue,
  termsOf,
  WHOLE_ORDER_COLUMNS,
} from '../../rows/order-rows';

/** The orders in SQLite. */
export function sqliteOrders(connection: Connection, commits: GroupCommit): Orders {
  const create = prepareCreate(connection);
  const note = prepareNote(connection);
  const fulfilments = prepareFulfilments(connection);
  const ledger = prepareLedger(connection);
  const asks = prepareAsks(connection, {
    table: 'orders',
    waiting: `payment_state = 'pending'`,
    from: 'orders INDEXED BY orders_ask_due LEFT JOIN order_marks USING (id)',
    columns: ORDER_COLUMNS,
    read: readOrder,
  });

  const findOf = (columns: string) =>
    connection.prepare(
      `SELECT ${columns} FROM ${ORDERS} WHERE out_trade_no IN (SELECT value FROM json_each(?))`,
    );
  const find = findOf(WHOLE_ORDER_COLUMNS);
  const findWithoutCarts = findOf(ORDER_COLUMNS);
  const list = prepareOrderList(connection);
  const lookUp = prepareOrderLookUps(connection);
  const booked = prepareBooked(connection);
  const paidBetween = preparePaidBetween(connection);
  const stuckBetween = prepareStuckBetween(connection);
  const raw = prepareRawOrder(connection);
  const ofTransaction = prepareOfTransaction(connection);
  const counts = prepareOrderCounts(connection);

  const late = connection.prepare(
    `SELECT
       (SELECT count(*) FROM orders INDEXED BY orders_states
        WHERE payment_state = 'pending' AND fulfilment_state IN ('none', 'due', 'held', 'done', 'dead')
          AND created_at >= ?4 AND created_at < ?1)
       + (SELECT count(*) FROM orders INDEXED BY orders_ask_due
          WHERE payment_state = 'pending' AND next_ask_at < ?2 AND created_at >= ?1),
       (SELECT count(*) FROM orders INDEXED BY orders_states
        WHERE payment_state = 'paid' AND fulfilment_state IN ('due', 'held') AND created_at < ?3)`,
  );

  // The plus keeps SQLite from scanning all pending orders.
  const askAgainAt = connection.prepare(
    `UPDATE orders SET next_ask_at = ?2, last_answer = coalesce(?3, last_answer)
     WHERE out_trade_no IN (SELECT value FROM json_each(?1)) AND +payment_state = 'pending'`,
  );
  const refundSaid = connection.prepare(
    `UPDATE orders SET version = version + 1, refund_said_at = min(coalesce(refund_said_at, ?2), ?2)
     WHERE out_trade_no IN (SELECT value FROM json_each(?1))`,
  );
  const firstCreated = connection.prepare('SELECT min(created_at) FROM orders');

  return {
    create: async (order) => {
      const job = create(order);
      return commits.write(job);
    },
    find: async (numbers) => readWholeOrders(find.all(JSON.stringify(numbers))),
    findWithoutCarts: async (numbers) => readOrders(findWithoutCarts.all(JSON.stringify(numbers))),
    note: async (change) => commits.write(() => note(change)),
    hasFulfilmentWork: async (now) => fulfilments.hasWork(now),
    claimFulfilments: async (request) => {
      const limit = checkedLimit(request.limit);
      return commits.write(() => fulfilments.claim({ ...request, limit }));
    },
    noteRefundSaid: async (numbers, at) => {
      if (numbers.length > 0) await commits.write(() => refundSaid.run(JSON.stringify(numbers), at));
    },
    beginFulfilment: async (token, now, outTradeNo, expectedVersion) =>
      commits.write(() => fulfilments.begin(token, now, outTradeNo, expectedVersion)),
    liftHold: async (outTradeNo, expectedVersion, why, now) =>
      commits.write(() => fulfilments.lift(outTradeNo, expectedVersion, why, now)),
    releaseHold: async (outTradeNo, who, why, now) =>
      commits.write(() => fulfilments.release(outTradeNo, who, why, now)),
    finishFulfilment: async (token, now, outTradeNo, finish) =>
      commits.write(() => fulfilments.finish(token, now, outTradeNo, finish)),
    retryFulfilment: async (outTradeNo, who, now) =>
      commits.write(() => fulfilments.bringBack(outTradeNo, who, now)),
    claimAsks: async (request) => {
      const limit = checkedLimit(request.limit);
      return commits.write(() => asks.claim({ ...request, limit }));
    },
    isAskDue: async (now) => asks.isDue(now),
    askAgainAt: async (numbers, at, answer) => {
      if (numbers.length === 0) return;
      const said = answer === null ? null : lastAnswerValue(answer);
      await commits.write(() => askAgainAt.run(JSON.stringify(numbers), at, said));
    },
    ledger: async (numbers) => ledger.find(numbers),
    agree: async (request) => {
      if (request.payments.length === 0) return { agreed: new Set(), others: [] };
      return commits.write(() => ledger.agree(request));
    },
    markStatement: async (numbers, mark) => {
      if (numbers.length > 0) await commits.write(() => ledger.mark(numbers, mark));
    },
    absent: async (query) => ledger.absent(query),
    booked: async (query) => booked(query),
    firstCreatedAt: async () => reading(firstCreated.all()[0] ?? []).instantOrNull(),
    list: async (query) => list(query),
    lookUp: async ({ by, after, limit }) => lookUp(by, after, limit),
    paidBetween,
    stuckBetween: async (query) => stuckBetween(query),
    raw: async (outTradeNo) => raw(outTradeNo),
    ofTransaction: async (transactionId) => ofTransaction(transactionId),
    countLate: async (query) => {
      const { pendingCreatedFrom, pendingCreatedBefore, askDueBefore, unfulfilledCreatedBefore } = query;
      const [counted = []] = late.all(
        pendingCreatedBefore,
        askDueBefore,
        unfulfilledCreatedBefore,
        pendingCreatedFrom,
      );
      const row = reading(counted);
      return { unknown: row.integer(), unfulfilled: row.integer() };
    },
    counts,
  };
}

function prepareCreate(connection: Connection): (order: WholeOrder) => () => CreateResult {
  const insert = connection.prepare(
    `INSERT INTO orders (out_trade_no, version, created_at, sub_mch_id, total, currency, payment_state, paid_at,
       payment, other_payments, refunds, next_ask_at, asks, last_asked_at, prepay, terms, history,
       ${FULFILMENT_COLUMNS}, cart)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (out_trade_no) DO NOTHING`,
  );
  const insertMark = connection.prepare(
    `INSERT INTO order_marks (id, ${MARK_COLUMNS}) VALUES (last_insert_rowid(), ?, ?, ?)`,
  );
  // A new order has none, so creating it binds no value for it.
  const setAnswer = connection.prepare('UPDATE orders SET last_answer = ? WHERE id = last_insert_rowid()');
  const setRefundSaid = connection.prepare(
    'UPDATE orders SET refund_said_at = ? WHERE id = last_insert_rowid()',
  );
  const setErased = connection.prepare('UPDATE orders SET erased_at = ? WHERE id = last_insert_rowid()');
  const transactions = prepareTransactions(connection);
  const setBody = connection.prepare('UPDATE orders SET prepay_body = ? WHERE id = last_insert_rowid()');
  return (order) => {
    const { outTradeNo, payment } = order;
    const takes = payment.state === 'paid' ? { outTradeNo, transactionId: payment.transactionId } : null;
    const values = [
      order.outTradeNo,
      order.version,
      order.createdAt,
      order.subMchId,
      order.total,
      order.currency,
      order.payment.state,
      paidAtValue(order.payment),
      JSON.stringify(order.payment),
      otherPaymentsValue(order.otherPayments),
      reservationsValue(order.refunds),
      order.nextAskAt,
      order.asks,
      order.lastAskedAt,
      order.prepay === null ? null : JSON.stringify(order.prepay),
      termsOf(order),
      order.history.map(line).join(''),
      ...fulfilmentValues(order.fulfilment),
      JSON.stringify(order.cart),
    ];
    return () => {
      if (takes !== null && transactions.isOthers(takes)) return 'transaction_taken';
      if (insert.run(...values) === 0) return 'exists';
      if (takes !== null) transactions.take(takes);
      if (order.lastAnswer !== null) setAnswer.run(lastAnswerValue(order.lastAnswer));
      if (order.refundSaidAt !== undefined) setRefundSaid.run(order.refundSaidAt);
      if (order.erasedAt !== undefined) setErased.run(order.erasedAt);
      // As JSON, because the driver cuts bare text at a NUL.
      if (order.prepayBody !== undefined) setBody.run(JSON.stringify(order.prepayBody));
      if (order.statement !== null) insertMark.run(...markValues(order.statement));
      return 'created';
    };
  };
}

function prepareNote(connection: Connection): (note: OrderNote) => boolean {
  const update = connection.prepare(
    `UPDATE orders SET version = version + 1, prepay = coalesce(?3, prepay),
       last_asked_at = coalesce(?4, last_asked_at), refunds = coalesce(?5, refunds), history = history || ?6,
       other_payments = coalesce(?7, other_payments)
     WHERE out_trade_no = ?1 AND version = ?2`,
  );
  return (change) => update.run(...orderNoteValues(change)) === 1;
}
