import type { OrderNote, WholeOrder } from '../../../model/order';
import type { CreateResult, Orders } from '../../ports/orders-port';
import type { Columns } from '../../rows/columns';
import { line } from '../../rows/columns';
import { MARK_COLUMNS, markValues } from '../../rows/marks';
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
} from '../../rows/order-rows';
import { claimAsks, isAskDue } from '../base/asks';
import type { Database, Session } from '../base/database';
import type { Value } from '../base/sql';
import { mysqlFulfilments } from './fulfilments';
import { mysqlLedger } from './ledger';
import { WHOLE_ORDER_COLUMNS } from './order-columns';
import { mysqlOrderLists } from './order-lists';
import { mysqlOrderMoney } from './order-money';
import { openTransactions } from './transactions';

/** The orders in MySQL. */
export function mysqlOrders(database: Database): Orders {
  const rowsOf = async (columns: string, numbers: readonly string[]): Promise<readonly Columns[]> =>
    numbers.length === 0
      ? []
      : database.rows(`SELECT ${columns} FROM ${ORDERS} WHERE out_trade_no IN (?)`, numbers);

  return {
    ...mysqlFulfilments(database),
    ...mysqlLedger(database),
    ...mysqlOrderLists(database),
    ...mysqlOrderMoney(database),
    create: async (order) => {
      // Nearly no new order has a mark or is paid.
      if (order.statement !== null || order.payment.state === 'paid')
        return database.transaction((session) => createWithMore(session, order));
      return (await create(database, order)) ? 'created' : 'exists';
    },
    find: async (numbers) => readWholeOrders(await rowsOf(WHOLE_ORDER_COLUMNS, numbers)),
    findWithoutCarts: async (numbers) => readOrders(await rowsOf(ORDER_COLUMNS, numbers)),
    note: (change) => note(database, change),
    noteRefundSaid: async (numbers, at) => {
      if (numbers.length === 0) return;
      await database.change(
        `UPDATE orders SET version = version + 1, refund_said_at = LEAST(COALESCE(refund_said_at, ?2), ?2)
         WHERE out_trade_no IN (?1)`,
        numbers,
        at,
      );
    },
    claimAsks: (request) =>
      claimAsks(
        database,
        {
          table: 'orders',
          state: 'payment_state',
          waiting: ['pending'],
          from: ORDERS,
          columns: ORDER_COLUMNS,
          read: readOrder,
        },
        request,
      ),
    isAskDue: (now) =>
      isAskDue(database, { table: 'orders', state: 'payment_state', waiting: ['pending'] }, now),
    askAgainAt: async (numbers, at, answer) => {
      if (numbers.length === 0) return;
      await database.change(
        `UPDATE orders SET next_ask_at = ?2, last_answer = COALESCE(?3, last_answer)
         WHERE out_trade_no IN (?1) AND payment_state = 'pending'`,
        numbers,
        at,
        answer === null ? null : lastAnswerValue(answer),
      );
    },
  };
}

/** Stores an order with its mark, which needs the order's row number, and with its transaction. */
async function createWithMore(session: Session, order: WholeOrder): Promise<CreateResult> {
  const { outTradeNo, payment, statement } = order;
  const takes = payment.state === 'paid' ? payment.transactionId : null;
  const transactions = await openTransactions(session, takes === null ? [] : [takes]);
  if (takes !== null && transactions.isOthers(takes, outTradeNo)) return 'transaction_taken';
  if (!(await create(session, order))) return 'exists';
  if (takes !== null) transactions.take(takes, outTradeNo);
  await transactions.write();
  if (statement !== null) {
    await session.change(
      `INSERT INTO order_marks (id, ${MARK_COLUMNS}) SELECT id, ?2, ?3, ?4 FROM orders WHERE out_trade_no = ?1`,
      outTradeNo,
      ...markValues(statement),
    );
  }
  return 'created';
}

function create(session: Session, order: WholeOrder): Promise<boolean> {
  const values: readonly Value[] = [
    order.outTradeNo,
    order.version,
    order.createdAt,
    order.subMchId,
    order.total,
    order.currency,
    order.payment.state,
    paidAtValue(order.payment),
    JSON.stringify(order.payment),
    order.payment.state === 'paid' ? order.payment.transactionId : null,
    otherPaymentsValue(order.otherPayments),
    reservationsValue(order.refunds),
    order.nextAskAt,
    order.asks,
    order.lastAskedAt,
    order.lastAnswer === null ? null : lastAnswerValue(order.lastAnswer),
    order.refundSaidAt ?? null,
    order.erasedAt ?? null,
    order.prepay === null ? null : JSON.stringify(order.prepay),
    order.prepayBody === undefined ? null : JSON.stringify(order.prepayBody),
    termsOf(order),
    JSON.stringify(order.cart),
    order.history.map(line).join(''),
    ...fulfilmentValues(order.fulfilment),
  ];
  return session.insert(
    `INSERT INTO orders (out_trade_no, version, created_at, sub_mch_id, total, currency, payment_state, paid_at,
       payment, transaction_id, other_payments, refunds, next_ask_at, asks, last_asked_at, last_answer, refund_said_at,
       erased_at, prepay, prepay_body, terms, cart, history, ${FULFILMENT_COLUMNS}) VALUES (?)`,
    values,
  );
}

async function note(database: Database, change: OrderNote): Promise<boolean> {
  const changed = await database.change(
    `UPDATE orders SET version = version + 1, prepay = COALESCE(?3, prepay),
       last_asked_at = COALESCE(?4, last_asked_at), refunds = COALESCE(?5, refunds), history = CONCAT(history, ?6),
       other_payments = COALESCE(?7, other_payments)
     WHERE out_trade_no = ?1 AND version = ?2`,
    ...orderNoteValues(change),
  );
  return changed === 1;
}
