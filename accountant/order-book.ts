import type { BookedPayment } from '../lib/statement/compare/match';
import type { PaymentRow } from '../lib/bill/row';
import { fen, type Fen } from '../lib/values/fen';
import { isSubMchId, type SubMchId, type TransactionId } from '../lib/values/ids';
import { instant, type Instant } from '../lib/values/instant';
import type { OrderRow, OrderState } from './order-row';
import type { OrderColumns } from './order-store';
import {
  contradicts,
  DOUBT,
  NAMED,
  orderColumns,
  PAID,
  SEEN,
  setFlag,
  stateOf,
  transactionOf,
  writeOrder,
} from './order-store';

/**
 * The result of adding a row: `repeated` matches an earlier row, `contradicted` differs from it.
 */
export type Added = 'new' | 'repeated' | 'contradicted';

/** An order as the pass over absent orders sees it. */
export interface BookedOrder {
  readonly outTradeNo: string;
  readonly total: Fen;
  readonly state: OrderState;
  readonly transactionId: string | null;
  readonly paidAt: Instant | null;
  readonly line: number;
}

/** The orders of a file, by order number. An index identifies an order, from 0 in file order. */
export interface OrderBook {
  size(): number;
  /**
   * Adds an order. A row that contradicts an earlier one of the same number marks the order as
   * doubtful.
   */
  add(row: OrderRow): Added;
  /**
   * Marks an order, known or not, as doubtful: its rows are unreadable or contradict each other.
   */
  doubt(outTradeNo: string, line: number): void;
  isInDoubt(index: number): boolean;
  /** Records that an unreadable row of the bill names the order, so it is not absent. */
  name(index: number): void;
  isNamed(index: number): boolean;
  /** The order's index; -1 when it is not in the file. */
  find(outTradeNo: string): number;
  /** As `find`, for the number in `bytes[start]` up to `bytes[end]`. */
  findBytes(bytes: Uint8Array, start: number, end: number): number;
  /**
   * True when the order is paid by the transaction in `bytes[start]` up to `bytes[end]`, was not in
   * the bill before, and is not doubtful. False is not a result: the order then needs the full
   * comparison.
   */
  isPlainlyPaidBy(index: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** The order amount, in fen. */
  totalOf(index: number): number;
  /** True when it is in this currency and, as far as the file states, paid to this merchant. */
  isOf(index: number, currency: string, paidTo: string): boolean;
  at(index: number): BookedOrder;
  /** The books' side of a comparison with this row of the bill. */
  asBooked(index: number, row: PaymentRow): BookedPayment;
  /**
   * Records that the bill has the order, and the transaction when the order has none of its own.
   */
  markSeen(index: number, row: PaymentRow): void;
  /** As `markSeen`, for an order plainly paid by a row's transaction. */
  markPlainlySeen(index: number): void;
  /** True when a row of the bill had the order's own transaction. */
  isSeen(index: number): boolean;
  /** True when the bill had this transaction of this order before. */
  hasSeen(index: number, transactionId: TransactionId): boolean;
}

const NO_TRANSACTIONS: readonly TransactionId[] = [];

/** Creates an empty book. */
export function orderBook(): OrderBook {
  const columns = orderColumns();
  // The plain comparison of a bill's rows reads these, once for each row.
  const { ids, texts, parties, total, transaction, party, state } = columns;

  const doubt = (outTradeNo: string, line: number): void => {
    const index = ids.add(outTradeNo);
    if (columns.line.get(index) === 0) columns.line.set(index, line);
    setFlag(columns, index, DOUBT);
  };
  const isInDoubt = (index: number): boolean => (state.get(index) & DOUBT) !== 0;
  const isSeen = (index: number): boolean => (state.get(index) & SEEN) !== 0;

  return {
    size: ids.size,
    add(row) {
      const before = ids.size();
      const index = ids.add(row.outTradeNo);
      if (index === before) {
        writeOrder(columns, index, row);
        return 'new';
      }
      if (!isInDoubt(index) && !contradicts(columns, index, row)) return 'repeated';
      doubt(row.outTradeNo, row.line);
      return 'contradicted';
    },
    doubt,
    isInDoubt,
    name: (index) => {
      setFlag(columns, index, NAMED);
    },
    isNamed: (index) => (state.get(index) & NAMED) !== 0,
    find: ids.find,
    findBytes: ids.findBytes,
    isPlainlyPaidBy(index, bytes, start, end) {
      const place = transaction.get(index);
      return state.get(index) === PAID && place !== 0 && texts.equalsBytes(place, bytes, start, end);
    },
    totalOf: total.get,
    isOf(index, currency, paidTo) {
      const ours = parties.at(party.get(index));
      return ours.currency === currency && (ours.subMchId === null || ours.subMchId === paidTo);
    },
    at: (index) => bookedOrder(columns, index),
    asBooked: (index, row) => bookedPayment(columns, index, row, isSeen(index)),
    markSeen(index, row) {
      const place = transaction.get(index);
      if (place === 0) transaction.set(index, texts.add(row.transactionId));
      if (place === 0 || texts.equals(place, row.transactionId)) setFlag(columns, index, SEEN);
    },
    markPlainlySeen: (index) => {
      state.set(index, state.get(index) | SEEN);
    },
    isSeen,
    hasSeen: (index, transactionId) => isSeen(index) && texts.equals(transaction.get(index), transactionId),
  };
}

function bookedOrder(columns: OrderColumns, index: number): BookedOrder {
  const second = columns.paidSecond.get(index);
  return {
    outTradeNo: columns.ids.id(index),
    total: fen(columns.total.get(index)),
    state: stateOf(columns, index),
    transactionId: transactionOf(columns, index),
    paidAt: second === 0 ? null : instant(second * 1000),
    line: columns.line.get(index),
  };
}

function bookedPayment(
  columns: OrderColumns,
  index: number,
  row: PaymentRow,
  isSeen: boolean,
): BookedPayment {
  const { currency, subMchId } = columns.parties.at(columns.party.get(index));
  const own = stateOf(columns, index);
  const known = transactionBeside(columns, index, row);
  // An earlier row of the bill has paid the order, so a second transaction is another payment.
  const paid = own === 'paid' || own === 'unknown' || (own === 'pending' && isSeen);
  // On a closed order, a transaction ID means that the books know this money. On a pending order it
  // proves nothing.
  const closed = own === 'closed' || own === 'failed';
  const late = closed && columns.transaction.get(index) !== 0 && known !== null;
  return {
    subMchId: subMchId ?? row.paidTo ?? UNNAMED,
    total: fen(columns.total.get(index)),
    currency,
    state: paid ? 'paid' : own,
    transactionId: paid ? known : null,
    otherTransactions: late ? [known] : NO_TRANSACTIONS,
  };
}

/**
 * The row's transaction when it is the order's own, or when the order has none. This is the case
 * for most rows and needs no decoding.
 */
function transactionBeside(columns: OrderColumns, index: number, row: PaymentRow): TransactionId | null {
  const place = columns.transaction.get(index);
  return place === 0 || columns.texts.equals(place, row.transactionId)
    ? row.transactionId
    : transactionOf(columns, index);
}

/** Placeholder for the merchant where neither side names one; nothing is compared with it. */
const UNNAMED = namedMerchant('0');

function namedMerchant(number: string): SubMchId {
  if (!isSubMchId(number)) throw new TypeError('not a merchant number');
  return number;
}
