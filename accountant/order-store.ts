import { amountColumn, idTable, numberColumn, textStore } from './compact';
import type { OrderRow, OrderState } from './order-row';
import { isTransactionId, type SubMchId, type TransactionId } from '../lib/values/ids';

const STATES = ['unknown', 'pending', 'paid', 'closed', 'failed'] as const satisfies readonly OrderState[];

/**
 * Bits of an order's state: the low ones are its state, the high ones what the comparison found.
 */
export const DOUBT = 0x80;
/** An unreadable row of the bill names the order. */
export const NAMED = 0x40;
/** A row of the bill had the order's own transaction. */
export const SEEN = 0x20;
const STATE = 0x07;
/** The state of an order that is paid and nothing else. */
export const PAID = STATES.indexOf('paid');

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
    line: numberColumn((length) => new Uint32Array(length)),
    party: numberColumn((length) => new Uint16Array(length)),
    state: numberColumn((length) => new Uint8Array(length)),
  };
}

/** Writes a new order at its index. */
export function writeOrder(columns: OrderColumns, index: number, row: OrderRow): void {
  const { texts, parties, total, paidSecond, transaction, line, party, state } = columns;
  total.set(index, row.total);
  party.set(index, parties.add(row.currency, row.subMchId));
  line.set(index, row.line);
  state.set(index, STATES.indexOf(row.state));
  if (row.transactionId !== null) transaction.set(index, texts.add(row.transactionId));
  if (row.paidAt !== null) paidSecond.set(index, row.paidAt / 1000);
}

/** Sets a bit of an order's state. */
export function setFlag({ state }: OrderColumns, index: number, flag: number): void {
  state.set(index, state.get(index) | flag);
}

/** An order's state, as its row had it. */
export function stateOf({ state }: OrderColumns, index: number): OrderState {
  return STATES[state.get(index) & STATE] ?? 'unknown';
}

/** The order's own transaction; null when the file has none. */
export function transactionOf({ texts, transaction }: OrderColumns, index: number): TransactionId | null {
  const place = transaction.get(index);
  const text = place === 0 ? null : texts.read(place);
  return isTransactionId(text) ? text : null;
}

/** True when a further row of an order differs from what the columns have. */
export function contradicts(columns: OrderColumns, index: number, row: OrderRow): boolean {
  const { parties, party, total, paidSecond } = columns;
  const paid = paidSecond.get(index);
  const { currency, subMchId } = parties.at(party.get(index));
  const state = stateOf(columns, index);
  const differ = (here: unknown, there: unknown) => here !== null && there !== null && here !== there;
  return (
    total.get(index) !== row.total ||
    currency !== row.currency ||
    differ(subMchId, row.subMchId) ||
    differ(transactionOf(columns, index), row.transactionId) ||
    (row.state !== 'unknown' && state !== 'unknown' && state !== row.state) ||
    (row.paidAt !== null && paid !== 0 && paid !== row.paidAt / 1000)
  );
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
