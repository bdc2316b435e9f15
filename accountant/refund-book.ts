import type { RefundState } from '../lib/model/refund';
import type { BookedRefund } from '../lib/statement/compare/match';
import type { RefundRow } from '../lib/bill/row';
import { fen, type Fen } from '../lib/values/fen';
import { instant, type Instant } from '../lib/values/instant';
import { idTable, numberColumn, textStore } from './compact';
import type { Added } from './order-book';
import type { OrderRefund, OrderRow } from './order-row';

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

const DOUBT = 0x80;

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
