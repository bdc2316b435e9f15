import type { BookedRefund } from '../../lib/statement/compare/match';
import type { RefundRow } from '../../lib/bill/row';
import type { RefundState } from '../../lib/model/refund';
import { fen, type Fen } from '../../lib/values/fen';
import type { SubMchId } from '../../lib/values/ids';
import { instant, type Instant } from '../../lib/values/instant';
import { amountColumn, idTable, numberColumn, textStore } from '../compact';
import type { Added } from './order-book';
import type { OrderRefund, PlacedRow, RowRefundState } from './order-row';
import {
  AGREED,
  BAD_AMOUNT,
  BAD_TIME,
  CONTRADICTED,
  DIFFERED,
  meansBit,
  NAMED,
  OTHER_DAY,
  OTHER_MERCHANT,
  partyTable,
  secondOf,
  SEEN,
} from './order-store';

/** A refund as the pass over absent refunds sees it. */
export interface BookedOrderRefund {
  readonly outRefundNo: string;
  /** Its order; empty when the files do not name it. */
  readonly outTradeNo: string;
  readonly transactionId: string | null;
  readonly subMchId: SubMchId | null;
  readonly amount: Fen;
  readonly state: RowRefundState;
  readonly refundedAt: Instant | null;
  readonly place: number;
}

/** The refunds of all files, by refund number. */
export interface RefundBook {
  size(): number;
  add(row: PlacedRow, refund: OrderRefund): Added;
  /** Marks a refund, known or not, whose amount cannot be read. */
  addUnreadable(outRefundNo: string, place: number): Added;
  /** True when one of the bits of `order-store.ts` is set. */
  has(index: number, bits: number): boolean;
  /** Sets a bit. */
  mark(index: number, bit: number): void;
  /** The refund's index; -1 when it is not in the files. */
  find(outRefundNo: string): number;
  at(index: number): BookedOrderRefund;
  /** The books' side of a comparison with a row of the bill in this state. */
  asBooked(index: number, theirs: RefundRow['state']): BookedRefund;
  /** Forgets everything that a comparison found. */
  forget(): void;
}

const STATES = [
  'unknown',
  'requested',
  'processing',
  'succeeded',
  'closed',
  'abnormal',
  'unclear',
] as const satisfies readonly RowRefundState[];
const STATE = 0x07;
const FOUND = SEEN | NAMED | AGREED | DIFFERED | OTHER_MERCHANT | OTHER_DAY;

/** Creates an empty book of refunds. */
export function refundBook(): RefundBook {
  const ids = idTable();
  const texts = textStore();
  const parties = partyTable();
  const order = numberColumn((length) => new Uint32Array(length));
  const transaction = numberColumn((length) => new Uint32Array(length));
  const amount = amountColumn();
  const second = numberColumn((length) => new Uint32Array(length));
  const place = numberColumn((length) => new Uint32Array(length));
  const party = numberColumn((length) => new Uint32Array(length));
  const bits = numberColumn((length) => new Uint16Array(length));

  const stateOf = (index: number): RowRefundState => STATES[bits.get(index) & STATE] ?? 'unknown';
  const has = (index: number, some: number): boolean => (bits.get(index) & some) !== 0;
  const mark = (index: number, bit: number): void => {
    bits.set(index, bits.get(index) | bit);
  };
  const textAt = (at: number): string | null => (at === 0 ? null : texts.read(at));
  const saysElse = (at: number, text: string | null): boolean =>
    at !== 0 && text !== null && !texts.equals(at, text);

  function write(index: number, row: PlacedRow, refund: OrderRefund): void {
    if (row.outTradeNo !== null) order.set(index, texts.add(row.outTradeNo));
    if (row.transactionId !== null) transaction.set(index, texts.add(row.transactionId));
    amount.set(index, refund.amount);
    place.set(index, row.place);
    party.set(index, parties.add('', row.subMchId));
    bits.set(index, STATES.indexOf(refund.state) | (refund.badTime ? BAD_TIME : 0) | meansBit(row));
    if (refund.refundedAt !== null) second.set(index, secondOf(refund.refundedAt));
  }

  function contradicts(index: number, row: PlacedRow, refund: OrderRefund): boolean {
    return (
      has(index, BAD_AMOUNT) ||
      amount.get(index) !== refund.amount ||
      stateOf(index) !== refund.state ||
      saysElse(order.get(index), row.outTradeNo) ||
      saysElse(transaction.get(index), row.transactionId)
    );
  }

  return {
    size: ids.size,
    add(row, refund) {
      const before = ids.size();
      const index = ids.add(refund.outRefundNo);
      if (index === before) {
        write(index, row, refund);
        return 'new';
      }
      if (!has(index, CONTRADICTED) && !contradicts(index, row, refund)) return 'repeated';
      mark(index, CONTRADICTED);
      return 'contradicted';
    },
    addUnreadable(outRefundNo, at) {
      const before = ids.size();
      const index = ids.add(outRefundNo);
      mark(index, index === before ? BAD_AMOUNT : CONTRADICTED);
      if (index < before) return 'contradicted';
      place.set(index, at);
      party.set(index, parties.add('', null));
      return 'new';
    },
    has,
    mark,
    find: ids.find,
    at: (index) => ({
      outRefundNo: ids.id(index),
      outTradeNo: textAt(order.get(index)) ?? '',
      transactionId: textAt(transaction.get(index)),
      subMchId: parties.at(party.get(index)).subMchId,
      amount: fen(amount.get(index)),
      state: stateOf(index),
      refundedAt: second.get(index) === 0 ? null : instant(second.get(index) * 1000),
      place: place.get(index),
    }),
    asBooked: (index, theirs) => ({
      amount: fen(amount.get(index)),
      state: comparable(stateOf(index), theirs),
    }),
    forget() {
      for (let index = 0; index < ids.size(); index += 1) bits.set(index, bits.get(index) & ~FOUND);
    },
  };
}

/** Without a state that we know, there is nothing to compare with the bill's. */
function comparable(own: RowRefundState, theirs: RefundRow['state']): RefundState {
  if (own !== 'unknown' && own !== 'unclear') return own;
  return theirs === 'unknown' ? 'processing' : theirs;
}
