import { amountColumn, idTable, numberColumn, textStore } from '../compact';
import type { PlacedRow, OrderState, RowOrder } from './order-row';
import { ORDER_STATES } from './order-row';
import { isTransactionId, type SubMchId, type TransactionId } from '../../lib/values/ids';

/** Bits of an order: the low three are its state, the others what is known of it beside. */
const STATE = 0x07;
/** A row of the bill had the order's own transaction. */
export const SEEN = 0x08;
/** Its transaction came from the bill, because the file has none. */
export const ADOPTED = 0x10;
/** An unreadable row of the bill names the order. */
export const NAMED = 0x20;
/** A row of the bill agrees with it. */
export const AGREED = 0x40;
/** A row of the bill differs from it. */
export const DIFFERED = 0x80;
/** A row of the bill has it that was not compared, because it is of another merchant. */
export const OTHER_MERCHANT = 0x100;
/** The same, because it is of another day. */
export const OTHER_DAY = 0x200;
/** Its rows contradict each other. */
export const CONTRADICTED = 0x400;
/** Its amount cannot be read. */
export const BAD_AMOUNT = 0x800;
/** Its time cannot be read. */
export const BAD_TIME = 0x1000;
/** Its rows say that it was paid by other means than WeChat Pay. */
export const OTHER_MEANS = 0x2000;
/** Its rows say that its money went back, under whatever refund number. */
export const MONEY_BACK = 0x4000;
/** The same, of a part that they do not state. */
export const MONEY_BACK_IN_PART = 0x8000;
/** The same, of the whole amount. */
export const MONEY_BACK_IN_FULL = 0x10000;

/** What a comparison adds; everything else comes from the file. */
const FOUND = SEEN | ADOPTED | NAMED | AGREED | DIFFERED | OTHER_MERCHANT | OTHER_DAY;
/** The bits of an order that is paid and nothing else. */
export const PAID = ORDER_STATES.indexOf('paid');

/**
 * The columns of a book: byte columns, not objects. An order with a transaction ID takes about 70
 * bytes, compared with about 300 as an object in a Map. Times are seconds; 0 is none.
 */
export type OrderColumns = ReturnType<typeof orderColumns>;

/** Creates empty columns. */
export function orderColumns() {
  return {
    ids: idTable(),
    texts: textStore(),
    parties: partyTable(),
    total: amountColumn(),
    paidSecond: numberColumn((length) => new Uint32Array(length)),
    transaction: numberColumn((length) => new Uint32Array(length)),
    place: numberColumn((length) => new Uint32Array(length)),
    party: numberColumn((length) => new Uint32Array(length)),
    bits: numberColumn((length) => new Uint32Array(length)),
  };
}

/** Writes a new order at its index. */
export function writeOrder(columns: OrderColumns, index: number, row: PlacedRow, order: RowOrder): void {
  const { texts, parties, total, paidSecond, transaction, place, party, bits } = columns;
  total.set(index, order.total);
  party.set(index, parties.add(order.currency, row.subMchId));
  place.set(index, row.place);
  bits.set(index, ORDER_STATES.indexOf(order.state) | (order.badTime ? BAD_TIME : 0) | meansBit(row));
  if (row.transactionId !== null) transaction.set(index, texts.add(row.transactionId));
  if (order.paidAt !== null) paidSecond.set(index, secondOf(order.paidAt));
}

/** The bit of the means that a row states. */
export function meansBit({ means }: PlacedRow): number {
  return means === 'other' ? OTHER_MEANS : 0;
}

/** Seconds since 1970, at least 1: 0 is no time. Times before 1970 are those of an unset clock. */
export function secondOf(at: number): number {
  return Math.min(Math.max(1, Math.floor(at / 1000)), 2 ** 32 - 1);
}

/** Sets a bit of an order. */
export function setBit({ bits }: OrderColumns, index: number, bit: number): void {
  bits.set(index, bits.get(index) | bit);
}

/** A further row that states another means: the order was paid in parts, and is compared. */
export function addMeans({ bits }: OrderColumns, index: number, { means }: PlacedRow): void {
  if (means === 'comparable') bits.set(index, bits.get(index) & ~OTHER_MEANS);
}

/** True when an order has one of these bits. */
export function hasBit({ bits }: OrderColumns, index: number, some: number): boolean {
  return (bits.get(index) & some) !== 0;
}

/** Forgets what a comparison found, so that the order can be compared with another reading. */
export function forgetFindings(columns: OrderColumns, index: number): void {
  if (hasBit(columns, index, ADOPTED)) columns.transaction.set(index, 0);
  columns.bits.set(index, columns.bits.get(index) & ~FOUND);
}

/** An order's state, as its row had it. */
export function stateOf({ bits }: OrderColumns, index: number): OrderState {
  return ORDER_STATES[bits.get(index) & STATE] ?? 'unknown';
}

/** The order's own transaction; null when the file has none. */
export function transactionOf({ texts, transaction }: OrderColumns, index: number): TransactionId | null {
  const place = transaction.get(index);
  const text = place === 0 ? null : texts.read(place);
  return isTransactionId(text) ? text : null;
}

/** True when a further row of an order differs from what the columns have. */
export function contradicts(columns: OrderColumns, index: number, row: PlacedRow, order: RowOrder): boolean {
  const { parties, party, total, paidSecond } = columns;
  const paid = paidSecond.get(index);
  const { currency, subMchId } = parties.at(party.get(index));
  const state = stateOf(columns, index);
  const differ = (here: unknown, there: unknown) => here !== null && there !== null && here !== there;
  return (
    total.get(index) !== order.total ||
    currency !== order.currency ||
    differ(subMchId, row.subMchId) ||
    differ(transactionOf(columns, index), row.transactionId) ||
    (order.state !== 'unknown' && state !== 'unknown' && state !== order.state) ||
    (order.paidAt !== null && paid !== 0 && paid !== secondOf(order.paidAt))
  );
}

/** Merchant and currency of orders: a few values that recur in every row. */
interface Party {
  readonly currency: string;
  readonly subMchId: SubMchId | null;
}

/** Numbers the few merchants and currencies of a file. */
export function partyTable() {
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
