import type { RefundState } from '../lib/model/refund';
import type { BookedPayment, BookedRefund } from '../lib/statement/compare/match';
import type { PaymentRow, RefundRow } from '../lib/bill/row';
import { fen, type Fen } from '../lib/values/fen';
import { isSubMchId, isTransactionId, type SubMchId, type TransactionId } from '../lib/values/ids';
import { instant, type Instant } from '../lib/values/instant';
import { amountColumn, idTable, numberColumn, textStore } from './compact';
import type { OrderRefund, OrderRow, OrderState } from './order-row';

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

const STATES = ['unknown', 'pending', 'paid', 'closed', 'failed'] as const satisfies readonly OrderState[];
const PAID = STATES.indexOf('paid');
const DOUBT = 0x80;
const NAMED = 0x40;
const SEEN = 0x20;
const STATE = 0x07;
const NO_TRANSACTIONS: readonly TransactionId[] = [];

/**
 * Creates an empty book. Orders are stored in byte columns, not as objects: about 70 bytes per
 * order with a transaction ID, compared with about 300 for objects in a Map.
 */
export function orderBook(): OrderBook {
  const ids = idTable();
  const texts = textStore();
  const parties = partyTable();
  const total = amountColumn();
  const paidSecond = numberColumn((length) => new Uint32Array(length));
  const transaction = numberColumn((length) => new Uint32Array(length));
  const line = numberColumn((length) => new Uint32Array(length));
  const party = numberColumn((length) => new Uint16Array(length));
  const state = numberColumn((length) => new Uint8Array(length));

  const flag = (index: number, of: number): void => {
    state.set(index, state.get(index) | of);
  };
  const stateOf = (index: number): OrderState => STATES[state.get(index) & STATE] ?? 'unknown';

  function transactionOf(index: number): TransactionId | null {
    const place = transaction.get(index);
    const text = place === 0 ? null : texts.read(place);
    return isTransactionId(text) ? text : null;
  }

  /**
   * The row's transaction when it is the order's own, or when the order has none. This is the case
   * for most rows and needs no decoding.
   */
  function transactionBeside(index: number, row: PaymentRow): TransactionId | null {
    const place = transaction.get(index);
    return place === 0 || texts.equals(place, row.transactionId) ? row.transactionId : transactionOf(index);
  }

  function contradicts(index: number, row: OrderRow): boolean {
    const booked = transactionOf(index);
    const paid = paidSecond.get(index);
    const { currency, subMchId } = parties.at(party.get(index));
    const differ = (here: unknown, there: unknown) => here !== null && there !== null && here !== there;
    return (
      total.get(index) !== row.total ||
      currency !== row.currency ||
      differ(subMchId, row.subMchId) ||
      differ(booked, row.transactionId) ||
      (row.state !== 'unknown' && stateOf(index) !== 'unknown' && stateOf(index) !== row.state) ||
      (row.paidAt !== null && paid !== 0 && paid !== row.paidAt / 1000)
    );
  }

  const book: OrderBook = {
    size: ids.size,
    add(row) {
      const before = ids.size();
      const index = ids.add(row.outTradeNo);
      if (index < before) {
        if (!book.isInDoubt(index) && !contradicts(index, row)) return 'repeated';
        book.doubt(row.outTradeNo, row.line);
        return 'contradicted';
      }
      total.set(index, row.total);
      party.set(index, parties.add(row.currency, row.subMchId));
      line.set(index, row.line);
      state.set(index, STATES.indexOf(row.state));
      if (row.transactionId !== null) transaction.set(index, texts.add(row.transactionId));
      if (row.paidAt !== null) paidSecond.set(index, row.paidAt / 1000);
      return 'new';
    },
    doubt(outTradeNo, at) {
      const index = ids.add(outTradeNo);
      if (line.get(index) === 0) line.set(index, at);
      flag(index, DOUBT);
    },
    isInDoubt: (index) => (state.get(index) & DOUBT) !== 0,
    name: (index) => {
      flag(index, NAMED);
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
    at: (index) => ({
      outTradeNo: ids.id(index),
      total: fen(total.get(index)),
      state: stateOf(index),
      transactionId: transactionOf(index),
      paidAt: paidSecond.get(index) === 0 ? null : instant(paidSecond.get(index) * 1000),
      line: line.get(index),
    }),
    asBooked(index, row) {
      const { currency, subMchId } = parties.at(party.get(index));
      const own = stateOf(index);
      const known = transactionBeside(index, row);
      // An earlier row of the bill has paid the order, so a second transaction is another payment.
      const paid = own === 'paid' || own === 'unknown' || (own === 'pending' && book.isSeen(index));
      // On a closed order, a transaction ID means that the books know this money. On a pending
      // order it proves nothing.
      const late = (own === 'closed' || own === 'failed') && transaction.get(index) !== 0 && known !== null;
      return {
        subMchId: subMchId ?? row.paidTo ?? UNNAMED,
        total: fen(total.get(index)),
        currency,
        state: paid ? 'paid' : own,
        transactionId: paid ? known : null,
        otherTransactions: late ? [known] : NO_TRANSACTIONS,
      };
    },
    markSeen(index, row) {
      const place = transaction.get(index);
      if (place === 0) transaction.set(index, texts.add(row.transactionId));
      if (place === 0 || texts.equals(place, row.transactionId)) flag(index, SEEN);
    },
    markPlainlySeen: (index) => {
      flag(index, SEEN);
    },
    isSeen: (index) => (state.get(index) & SEEN) !== 0,
    hasSeen: (index, transactionId) =>
      book.isSeen(index) && texts.equals(transaction.get(index), transactionId),
  };
  return book;
}

/** Refunds of the orders file, by refund number. */
export interface RefundBook {
  size(): number;
  add(row: OrderRow, refund: OrderRefund): Added;
  /** Marks a refund, known or not, as doubtful. */
  doubt(outRefundNo: string, line: number): void;
  isInDoubt(index: number): boolean;
  find(outRefundNo: string): number;
  at(index: number): BookedOrderRefund;
  asBooked(index: number, row: RefundRow): BookedRefund;
  markSeen(index: number, line: number): void;
  /** The bill's line with this refund; 0 when there is none. */
  seenLine(index: number): number;
}

/** A refund as the pass over absent refunds sees it. */
export interface BookedOrderRefund {
  readonly outRefundNo: string;
  readonly outTradeNo: string;
  readonly amount: Fen;
  readonly state: RefundState | null;
  readonly refundedAt: Instant | null;
  readonly line: number;
}

const REFUND_STATES = [null, 'requested', 'processing', 'succeeded', 'closed', 'abnormal'] as const;

/** Creates an empty book of refunds. */
export function refundBook(): RefundBook {
  const ids = idTable();
  const texts = textStore();
  const order = numberColumn((length) => new Uint32Array(length));
  const amount = numberColumn((length) => new Float64Array(length));
  const second = numberColumn((length) => new Uint32Array(length));
  const line = numberColumn((length) => new Uint32Array(length));
  const seen = numberColumn((length) => new Uint32Array(length));
  const state = numberColumn((length) => new Uint8Array(length));

  const stateOf = (index: number): RefundState | null => REFUND_STATES[state.get(index) & ~DOUBT] ?? null;

  const book: RefundBook = {
    size: ids.size,
    add(row, refund) {
      const before = ids.size();
      const index = ids.add(refund.outRefundNo);
      if (index < before) {
        const same =
          !book.isInDoubt(index) &&
          amount.get(index) === refund.amount &&
          stateOf(index) === refund.state &&
          texts.equals(order.get(index), row.outTradeNo);
        if (same) return 'repeated';
        book.doubt(refund.outRefundNo, row.line);
        return 'contradicted';
      }
      order.set(index, texts.add(row.outTradeNo));
      amount.set(index, refund.amount);
      line.set(index, row.line);
      state.set(index, REFUND_STATES.indexOf(refund.state));
      if (refund.refundedAt !== null) second.set(index, refund.refundedAt / 1000);
      return 'new';
    },
    doubt(outRefundNo, at) {
      const index = ids.add(outRefundNo);
      if (line.get(index) === 0) line.set(index, at);
      state.set(index, state.get(index) | DOUBT);
    },
    isInDoubt: (index) => (state.get(index) & DOUBT) !== 0,
    find: ids.find,
    at: (index) => ({
      outRefundNo: ids.id(index),
      outTradeNo: order.get(index) === 0 ? '' : texts.read(order.get(index)),
      amount: fen(amount.get(index)),
      state: stateOf(index),
      refundedAt: second.get(index) === 0 ? null : instant(second.get(index) * 1000),
      line: line.get(index),
    }),
    // Without a state in the file, there is nothing to compare with the bill's.
    asBooked: (index, row) => ({
      amount: fen(amount.get(index)),
      state: stateOf(index) ?? (row.state === 'unknown' ? 'processing' : row.state),
    }),
    markSeen: seen.set,
    seenLine: seen.get,
  };
  return book;
}

/** Placeholder for the merchant where neither side names one; nothing is compared with it. */
const UNNAMED = namedMerchant('0');

function namedMerchant(number: string): SubMchId {
  if (!isSubMchId(number)) throw new TypeError('not a merchant number');
  return number;
}

/** Merchant and currency of orders: a few values that recur in every row. */
interface Party {
  readonly currency: string;
  readonly subMchId: SubMchId | null;
}

function partyTable() {
  const known: Party[] = [];
  const index = new Map<string, number>();
  const unknownParty: Party = { currency: '', subMchId: null };
  return {
    add(currency: string, subMchId: SubMchId | null): number {
      const key = `${currency} ${subMchId ?? ''}`;
      const found = index.get(key);
      if (found !== undefined) return found;
      index.set(key, known.length);
      known.push({ currency, subMchId });
      return known.length - 1;
    },
    at: (place: number): Party => known[place] ?? unknownParty,
  };
}
