import type { OrderFiles } from '../../accountant/orders/order-file';
import type { RowReading } from '../../accountant/orders/read-order-row';
import { BAD_AMOUNT, BAD_TIME, CONTRADICTED, OTHER_MEANS } from '../../accountant/orders/order-store';
import type { CountAndSum } from '../../lib/model/count-and-sum';
import type { GivenOrder } from '../../lib/ops/import/import-api';
import type { StatedRefund } from '../../lib/rules/imported-order';
import type { Fen } from '../../lib/values/fen';
import { fen } from '../../lib/values/fen';
import type { SubMchId } from '../../lib/values/ids';
import { isOutRefundNo, isOutTradeNo, isTransactionId } from '../../lib/values/ids';

/*
 * Which orders of a file can be imported: those that the file plainly says are paid, by which
 * transaction, when, and how much of it went back. Pure.
 */

/** Why an order of the file cannot be sent. */
export const LEFT_REASONS = [
  /** It can still be paid in the earlier system: it is imported once it has ended. */
  'pending',
  /** It was never paid: there is nothing to import. */
  'closed',
  'failed',
  /** The file does not say whether it was paid, or says it in a word that is not known. */
  'no_state',
  'unknown_state',
  'no_order_number',
  'no_transaction',
  /** Another order of the file has the transaction. */
  'transaction_twice',
  'no_time',
  'bad_amount',
  'contradiction',
  'other_currency',
  'other_merchant',
  /** It was paid by other means than WeChat Pay. */
  'other_means',
  /** It says that money went back, and no refund, or not all of it, is named. */
  'refund_unnamed',
  /** A refund of it has not ended, or the file does not say so. */
  'refund_open',
  'refund_no_time',
] as const;

/** One of `LEFT_REASONS`. */
export type LeftReason = (typeof LEFT_REASONS)[number];

/** What one order of the file came to. */
export type Draft =
  | { readonly kind: 'order'; readonly order: GivenOrder }
  | { readonly kind: 'left'; readonly why: LeftReason; readonly total: Fen; readonly place: number };

/** The orders of the file, one by one, from 0. A million are not kept as objects at once. */
export interface Drafts {
  readonly size: number;
  readonly at: (index: number) => Draft;
}

/** What rows say of refunds beyond what the books keep. */
export interface RefundDoubts {
  readonly sawRow: (row: RowReading, state: string) => void;
  /**
   * Why these refunds may not be all that went back of an order; null: they are. `refunds` is null
   * where the books name none, not even one that was closed.
   */
  readonly why: (order: StatedNumbers, refunds: readonly StatedRefund[] | null) => LeftReason | null;
}

type StatedNumbers = Pick<GivenOrder, 'outTradeNo' | 'transactionId'>;

/** The state of an order that money went back of. A refund that failed left it where it was. */
const WENT_BACK = /退款|退货|售后|refund/i;
const DID_NOT = /失败|fail|关闭|取消|拒绝|reject|closed/i;

/** Collects the rows that say that money went back. */
export function refundDoubts(): RefundDoubts {
  const byState = new Set<string>();
  /** What the row of an order says went back in all, without a number; NaN: it is not clear. */
  const inAll = new Map<string, number>();
  /** Refunds of their own that have no usable number. */
  const unnamed = new Set<string>();
  const ownerOf = new Map<string, string>();
  const contradicted = new Set<string>();

  function sawNumber(outRefundNo: string, outTradeNo: string): void {
    const owner = ownerOf.get(outRefundNo) ?? outTradeNo;
    ownerOf.set(outRefundNo, owner);
    if (owner !== outTradeNo) contradicted.add(outTradeNo);
  }

  return {
    sawRow({ outTradeNo, transactionId, order, refund }, state) {
      const name = nameOf(outTradeNo, transactionId);
      switch (refund?.kind) {
        case 'refund':
          if (outTradeNo !== null) sawNumber(refund.refund.outRefundNo, outTradeNo);
          return;
        case 'bad_amount':
          if (outTradeNo !== null) sawNumber(refund.outRefundNo, outTradeNo);
          return;
        case 'unusable':
          if (order?.kind !== 'order') unnamed.add(name);
          else inAll.set(name, agreed(inAll.get(name), refund.amount));
          return;
        case undefined:
          if (order !== null && WENT_BACK.test(state) && !DID_NOT.test(state)) byState.add(name);
      }
    },
    why({ outTradeNo, transactionId }, refunds) {
      const names = [outTradeNo, nameOf(null, transactionId)];
      if (contradicted.has(outTradeNo)) return 'contradiction';
      if (names.some((name) => unnamed.has(name))) return 'refund_unnamed';
      if (refunds === null && names.some((name) => byState.has(name))) return 'refund_unnamed';
      const back = (refunds ?? []).reduce((sum, { amount }) => sum + amount, 0);
      return names.some((name) => (inAll.get(name) ?? back) !== back) ? 'refund_unnamed' : null;
    },
  };
}

/** The sum that all rows of an order state; NaN where they differ or one cannot be read. */
function agreed(before: number | undefined, amount: number): number {
  return amount > 0 && (before ?? amount) === amount ? amount : NaN;
}

/** The name of an order that rows of refunds share: its number, or else its transaction. */
function nameOf(outTradeNo: string | null, transactionId: string | null): string {
  return outTradeNo ?? `@${transactionId ?? ''}`;
}

/** The orders of files. `merchant`: only this one's; null: of any. */
export function draftsOf(files: OrderFiles, doubts: RefundDoubts, merchant: SubMchId | null): Drafts {
  const { orders, refunds } = files;
  const refundsOf = new Map<string, number[]>();
  for (let index = 0; index < refunds.size(); index += 1) {
    const { outTradeNo, transactionId } = refunds.at(index);
    const name = nameOf(outTradeNo === '' ? null : outTradeNo, transactionId);
    const indexes = refundsOf.get(name);
    if (indexes === undefined) refundsOf.set(name, [index]);
    else indexes.push(index);
  }
  const seen = new Map<string, number>();
  for (let index = 0; index < orders.size(); index += 1) {
    const { transactionId } = orders.at(index);
    if (transactionId !== null) seen.set(transactionId, (seen.get(transactionId) ?? 0) + 1);
  }

  const refundsIn = (indexes: readonly number[]): readonly StatedRefund[] | LeftReason => {
    const found: StatedRefund[] = [];
    for (const index of indexes) {
      const { outRefundNo, amount, state, refundedAt } = refunds.at(index);
      if (refunds.has(index, CONTRADICTED)) return 'contradiction';
      if (refunds.has(index, BAD_AMOUNT) || !isOutRefundNo(outRefundNo)) return 'bad_amount';
      if (state === 'closed') continue;
      const isOver = state === 'succeeded' || (state === 'unknown' && refundedAt !== null);
      if (!isOver) return 'refund_open';
      if (refundedAt === null) return 'refund_no_time';
      found.push({ outRefundNo, amount, refundedAt });
    }
    return found;
  };

  const at = (index: number): Draft => {
    const { outTradeNo, subMchId, total, state, transactionId, paidAt, place } = orders.at(index);
    const left = (why: LeftReason): Draft => ({ kind: 'left', why, total, place });
    if (!isOutTradeNo(outTradeNo)) return left('no_order_number');
    if (orders.has(index, CONTRADICTED)) return left('contradiction');
    if (orders.has(index, BAD_AMOUNT)) return left('bad_amount');
    if (merchant !== null && subMchId !== null && subMchId !== merchant) return left('other_merchant');
    if (!orders.isOf(index, 'CNY', subMchId ?? '')) return left('other_currency');
    if (state === 'unknown') return left('no_state');
    if (state === 'unclear') return left('unknown_state');
    if (state !== 'paid') return left(state);
    if (orders.has(index, OTHER_MEANS)) return left('other_means');
    if (!isTransactionId(transactionId)) return left('no_transaction');
    if ((seen.get(transactionId) ?? 0) > 1) return left('transaction_twice');
    if (paidAt === null || orders.has(index, BAD_TIME)) return left('no_time');
    const named = [
      ...(refundsOf.get(outTradeNo) ?? []),
      ...(refundsOf.get(nameOf(null, transactionId)) ?? []),
    ];
    const back = refundsIn(named);
    if (typeof back === 'string') return left(back);
    const why = doubts.why({ outTradeNo, transactionId }, named.length === 0 ? null : back);
    if (why !== null) return left(why);
    return {
      kind: 'order',
      order: { outTradeNo, subMchId: merchant ?? subMchId, transactionId, total, paidAt, refunds: back },
    };
  };
  return { size: orders.size(), at };
}

/** The orders that are not sent, by reason, with the places of the first of each. */
export interface LeftOut extends CountAndSum {
  readonly why: LeftReason;
  readonly places: readonly number[];
}

/** Places named for each reason. */
const NAMED = 5;

/** Counts what is not sent. */
export function leftOutOf({ size, at }: Drafts): readonly LeftOut[] {
  const left = new Map<LeftReason, { count: number; sum: number; places: number[] }>();
  for (let index = 0; index < size; index += 1) {
    const draft = at(index);
    if (draft.kind === 'order') continue;
    const entry = left.get(draft.why) ?? { count: 0, sum: 0, places: [] };
    entry.count += 1;
    entry.sum += draft.total;
    if (entry.places.length < NAMED) entry.places.push(draft.place);
    left.set(draft.why, entry);
  }
  return [...left].map(([why, { count, sum, places }]) => ({ why, count, sum: fen(sum), places }));
}
