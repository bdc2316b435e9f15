import type { BookedPayment } from '../../lib/statement/compare/match';
import type { PaymentRow } from '../../lib/bill/row';
import { fen, type Fen } from '../../lib/values/fen';
import { isSubMchId, type SubMchId, type TransactionId } from '../../lib/values/ids';
import { instant, type Instant } from '../../lib/values/instant';
import type { OrderNames, OrderState, PlacedRow, RowOrder } from './order-row';
import type { OrderColumns } from './order-store';
import {
  addMeans,
  ADOPTED,
  AGREED,
  BAD_AMOUNT,
  contradicts,
  CONTRADICTED,
  forgetFindings,
  hasBit,
  orderColumns,
  PAID,
  SEEN,
  setBit,
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
  /** Empty when a spreadsheet destroyed it. */
  readonly outTradeNo: string;
  readonly subMchId: SubMchId | null;
  readonly total: Fen;
  readonly state: OrderState;
  readonly transactionId: string | null;
  readonly paidAt: Instant | null;
  readonly place: number;
}

/** The orders of all files, by order number. An index identifies an order, from 0 in file order. */
export interface OrderBook {
  size(): number;
  /**
   * Adds an order. A row that contradicts an earlier one of the same number marks the order as
   * contradicted.
   */
  add(row: PlacedRow, order: RowOrder): Added;
  /** Marks an order, known or not, whose amount cannot be read. */
  addUnreadable(row: PlacedRow): Added;
  /** True when one of the bits of `order-store.ts` is set. */
  has(index: number, bits: number): boolean;
  /** Sets a bit. */
  mark(index: number, bit: number): void;
  /** The order's index; -1 when it is not in the files. */
  find(outTradeNo: string): number;
  /** The index of an order whose number is destroyed, by its transaction; -1 when there is none. */
  findByTransaction(transactionId: string): number;
  /** As `find`, for the number in `bytes[start]` up to `bytes[end]`. */
  findBytes(bytes: Uint8Array, start: number, end: number): number;
  /**
   * True when the order is paid, by the transaction in `bytes[start]` up to `bytes[end]` or by none
   * that the file names, was not in the bill before, and is not in doubt. False is not a result:
   * the order then needs the full comparison.
   */
  isPlainlyPaidBy(index: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** True when the file names no transaction for the order and none was adopted. */
  lacksTransaction(index: number): boolean;
  /** The order amount, in fen. */
  totalOf(index: number): number;
  stateOf(index: number): OrderState;
  placeOf(index: number): number;
  /** True when it is in this currency and, as far as the file states, paid to this merchant. */
  isOf(index: number, currency: string, paidTo: string): boolean;
  at(index: number): BookedOrder;
  /** The books' side of a comparison with this row of the bill. */
  asBooked(index: number, row: PaymentRow): BookedPayment;
  /**
   * Records that the bill has the order, and the transaction when the order has none of its own.
   */
  markSeen(index: number, transactionId: TransactionId): void;
  /** As `markSeen`, for an order plainly paid by a row's own transaction. */
  markPlainlySeen(index: number): void;
  /** True when the bill had this transaction of this order before. */
  hasSeen(index: number, transactionId: TransactionId): boolean;
  /** Forgets everything that a comparison found. */
  forget(): void;
}

const NO_TRANSACTIONS: readonly TransactionId[] = [];
/** Begins the key of an order without a usable number; no order number contains it. */
const BY_TRANSACTION = '@';

/** Creates an empty book. */
export function orderBook(): OrderBook {
  const columns = orderColumns();
  // The plain comparison of a bill's rows reads these, once for each row.
  const { ids, texts, parties, total, transaction, party, bits } = columns;
  let byTransaction = 0;

  const has = (index: number, some: number): boolean => hasBit(columns, index, some);
  const find = (outTradeNo: string): number => ids.find(outTradeNo);

  return {
    size: ids.size,
    add(row, order) {
      const before = ids.size();
      const index = ids.add(keyOf(row));
      if (index === before) {
        if (row.outTradeNo === null) byTransaction += 1;
        writeOrder(columns, index, row, order);
        return 'new';
      }
      addMeans(columns, index, row);
      if (has(index, CONTRADICTED)) return 'contradicted';
      if (!has(index, BAD_AMOUNT) && !contradicts(columns, index, row, order)) return 'repeated';
      setBit(columns, index, CONTRADICTED);
      return 'contradicted';
    },
    addUnreadable(row) {
      const before = ids.size();
      const index = ids.add(keyOf(row));
      if (index === before) {
        if (row.outTradeNo === null) byTransaction += 1;
        columns.place.set(index, row.place);
        party.set(index, parties.add('CNY', null));
        setBit(columns, index, BAD_AMOUNT);
        return 'new';
      }
      setBit(columns, index, CONTRADICTED);
      return 'contradicted';
    },
    has,
    mark: (index, bit) => {
      setBit(columns, index, bit);
    },
    find,
    findByTransaction: (transactionId) =>
      byTransaction === 0 ? -1 : ids.find(`${BY_TRANSACTION}${transactionId}`),
    findBytes: ids.findBytes,
    isPlainlyPaidBy(index, bytes, start, end) {
      if (bits.get(index) !== PAID) return false;
      const place = transaction.get(index);
      return place === 0 || texts.equalsBytes(place, bytes, start, end);
    },
    lacksTransaction: (index) => transaction.get(index) === 0,
    totalOf: total.get,
    stateOf: (index) => stateOf(columns, index),
    placeOf: columns.place.get,
    isOf(index, currency, paidTo) {
      const ours = parties.at(party.get(index));
      return ours.currency === currency && (ours.subMchId === null || ours.subMchId === paidTo);
    },
    at: (index) => bookedOrder(columns, index),
    asBooked: (index, row) => bookedPayment(columns, index, row, has(index, SEEN)),
    markSeen(index, transactionId) {
      const place = transaction.get(index);
      if (place === 0) {
        transaction.set(index, texts.add(transactionId));
        setBit(columns, index, ADOPTED);
      }
      if (place === 0 || texts.equals(place, transactionId)) setBit(columns, index, SEEN);
    },
    markPlainlySeen: (index) => {
      bits.set(index, bits.get(index) | SEEN | AGREED);
    },
    hasSeen: (index, transactionId) =>
      has(index, SEEN) && texts.equals(transaction.get(index), transactionId),
    forget() {
      for (let index = 0; index < ids.size(); index += 1) forgetFindings(columns, index);
    },
  };
}

function keyOf({ outTradeNo, transactionId }: OrderNames): string {
  return outTradeNo ?? `${BY_TRANSACTION}${transactionId ?? ''}`;
}

function bookedOrder(columns: OrderColumns, index: number): BookedOrder {
  const second = columns.paidSecond.get(index);
  const id = columns.ids.id(index);
  return {
    outTradeNo: id.startsWith(BY_TRANSACTION) ? '' : id,
    subMchId: columns.parties.at(columns.party.get(index)).subMchId,
    total: fen(columns.total.get(index)),
    state: stateOf(columns, index),
    transactionId: transactionOf(columns, index),
    paidAt: second === 0 ? null : instant(second * 1000),
    place: columns.place.get(index),
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
  // An earlier row of the bill has paid the order, so a second transaction is another payment. A
  // state that the file does not say, or says in a word we do not know, is no evidence against it.
  const paid = own === 'paid' || own === 'unknown' || own === 'unclear' || (own === 'pending' && isSeen);
  return {
    subMchId: subMchId ?? row.paidTo ?? UNNAMED,
    total: fen(columns.total.get(index)),
    currency,
    state: paid ? 'paid' : own,
    transactionId: paid ? known : null,
    // A transaction ID on a pending or closed order proves nothing: WeChat Pay shows it paid.
    otherTransactions: NO_TRANSACTIONS,
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
