import { looksLost } from '../orders/lost-number';
import type { Coverage } from './bill-days';
import type { CompareOptions } from './compare-options';
import type { Draft } from './draft';
import type { Kind, Reason } from './ledger';
import type { OrderFiles } from '../orders/order-file';
import type { OrderState, RowRefundState } from '../orders/order-row';
import {
  AGREED,
  BAD_AMOUNT,
  BAD_TIME,
  CONTRADICTED,
  DIFFERED,
  NAMED,
  OTHER_DAY,
  OTHER_MEANS,
  OTHER_MERCHANT,
  SEEN,
} from '../orders/order-store';
import type { SubMchId } from '../../lib/values/ids';
import type { Instant } from '../../lib/values/instant';

/** Where an item of the orders ends, once every bill has been read. */
type End =
  | { readonly bucket: 'agreeing' | 'differing' | 'otherDays' | 'otherMerchants' | 'otherMeans' }
  /** It is paid or refunded, must be in a bill, and is not. */
  | { readonly bucket: 'missing' }
  | { readonly bucket: 'inDoubt' | 'notLookedFor'; readonly reason: Reason };

/** What the decision about an item looks at. */
interface Item {
  readonly has: (index: number, bits: number) => boolean;
  readonly index: number;
  readonly subMchId: SubMchId | null;
  /** `done`: the money moved as far as the file says; `open`: it did not. */
  readonly state: 'done' | 'open' | 'unknown' | 'unclear';
  readonly at: Instant | null;
  readonly number: string;
  /** Its state says that it is not paid, beside a time of payment. */
  readonly isTimedUnpaid: boolean;
  /** Paid by other means than WeChat Pay, as far as our files and the bills say. */
  readonly isByOtherMeans: boolean;
}

/** Which kind of file is missing when no bill lists such items. */
interface Bills {
  readonly coverage: (at: Instant) => Coverage;
  readonly hasBill: boolean;
  readonly missing: 'no_payments_bill' | 'no_refunds_bill';
}

/**
 * Puts every order and refund of the files into its bucket, after all bills: what the bills had is
 * decided, and what is paid or refunded here but absent there is a difference.
 */
export function settleOrders(files: OrderFiles, options: CompareOptions, draft: Draft): void {
  settleUnnumbered(files, draft);
  settlePayments(files, options, draft);
  settleRefunds(files, options, draft);
  settleMoneyBack(files, options, draft);
}

function settlePayments({ orders, places }: OrderFiles, options: CompareOptions, draft: Draft): void {
  const bills: Bills = {
    coverage: (at) => draft.paymentDays.coverage(at, options.days),
    hasBill: draft.paymentDays.hasBill(),
    missing: 'no_payments_bill',
  };
  for (let index = 0; index < orders.size(); index += 1) {
    const kind: Kind = OPEN.has(orders.stateOf(index)) ? 'unpaid' : 'payments';
    const total = orders.totalOf(index);
    draft.ledger.read('orders', kind, total);
    // Nearly all orders end here.
    if (orders.has(index, AGREED)) {
      draft.ledger.settle('orders', kind, 'agreeing', total);
      continue;
    }
    const { outTradeNo, transactionId, subMchId, state, paidAt, place } = orders.at(index);
    const item: Item = {
      ...{ index, subMchId, state: paymentState(state, total), at: paidAt, number: outTradeNo },
      isTimedUnpaid: OPEN.has(state) && total > 0 && paidAt !== null,
      isByOtherMeans: orders.has(index, OTHER_MEANS),
      has: (at, bits) => orders.has(at, bits),
    };
    const end = endOf(item, bills, options);
    settle(draft, kind, total, place, end);
    if (end.bucket !== 'missing') continue;
    const { file, line } = places.at(place);
    draft.found({
      ...{ class: 'missing_payment', outTradeNo, transactionId, outRefundNo: null },
      ...{ ours: total, theirs: null, billFile: null, billLine: null, ordersFile: file, ordersLine: line },
    });
  }
}

function settleRefunds({ orders, refunds, places }: OrderFiles, options: CompareOptions, draft: Draft): void {
  const bills: Bills = {
    coverage: (at) => draft.refundDays.coverage(at, options.days),
    hasBill: draft.refundDays.hasBill(),
    missing: 'no_refunds_bill',
  };
  for (let index = 0; index < refunds.size(); index += 1) {
    const { outTradeNo, outRefundNo, transactionId, subMchId, amount, state, refundedAt, place } =
      refunds.at(index);
    const kind: Kind = OPEN.has(state) ? 'openRefunds' : 'refunds';
    draft.ledger.read('orders', kind, amount);
    const order = orders.find(outTradeNo);
    const item: Item = {
      ...{ index, subMchId, state: refundState(state), at: refundedAt, number: outRefundNo },
      isTimedUnpaid: false,
      isByOtherMeans: order < 0 ? refunds.has(index, OTHER_MEANS) : isPaidElsewhere(orders, order),
      has: (at, bits) => refunds.has(at, bits),
    };
    const end = endOf(item, bills, options);
    settle(draft, kind, amount, place, end);
    if (end.bucket !== 'missing') continue;
    const { file, line } = places.at(place);
    draft.found({
      ...{ class: 'refund_missing_there', outTradeNo, transactionId, outRefundNo },
      ...{ ours: amount, theirs: null, billFile: null, billLine: null, ordersFile: file, ordersLine: line },
    });
  }
}

/**
 * Money that went back under no number. Of an order that was paid by other means it is in no bill;
 * everything else is in doubt.
 */
function settleUnnumbered({ orders, unnumbered }: OrderFiles, draft: Draft): void {
  for (const { outTradeNo, amount, place } of unnumbered) {
    const order = orders.find(outTradeNo);
    draft.ledger.read('orders', 'other', amount);
    if (order >= 0 && isPaidElsewhere(orders, order)) {
      draft.ledger.settle('orders', 'other', 'otherMeans', amount);
    } else {
      draft.ledger.explain('orders', 'other', 'inDoubt', amount, 'no_refund_number', place);
    }
  }
}

/**
 * Money that went back by the words of an order, while no file names the refund. It is in doubt
 * unless a bill shows it, or no bill reaches the day of the payment. A refund may be made months
 * later, so a payment of an earlier day excuses nothing.
 */
function settleMoneyBack({ orders, moneyBack }: OrderFiles, options: CompareOptions, draft: Draft): void {
  for (const [index, { amount }] of moneyBack) {
    draft.ledger.read('orders', 'refunds', amount);
    settle(draft, 'refunds', amount, orders.placeOf(index), endOfMoneyBack(orders, index, options, draft));
  }
}

function endOfMoneyBack(
  orders: OrderFiles['orders'],
  index: number,
  { merchant, days }: CompareOptions,
  draft: Draft,
): End {
  const inBill = draft.moneyBack.get(index);
  if (inBill !== undefined) return { bucket: inBill };
  const { subMchId, paidAt } = orders.at(index);
  const isOthers =
    subMchId === null || merchant === null ? orders.has(index, OTHER_MERCHANT) : subMchId !== merchant;
  if (isOthers) return { bucket: 'otherMerchants' };
  if (isPaidElsewhere(orders, index)) return { bucket: 'otherMeans' };
  if (!draft.refundDays.hasBill()) return { bucket: 'notLookedFor', reason: 'no_refunds_bill' };
  const isLater = paidAt !== null && !orders.has(index, BAD_TIME) && draft.refundDays.endBefore(paidAt, days);
  return isLater ? { bucket: 'otherDays' } : { bucket: 'inDoubt', reason: 'refund_not_named' };
}

/**
 * True when our rows say that an order was paid by other means, and no row of a bill has it.
 * Failure policy: fail closed. Where the bill has the order, its refunds are compared too.
 */
function isPaidElsewhere(orders: OrderFiles['orders'], index: number): boolean {
  return orders.has(index, OTHER_MEANS) && !orders.has(index, IN_BILL | CONTRADICTED);
}

const IN_BILL = SEEN | AGREED | DIFFERED | NAMED | OTHER_DAY | OTHER_MERCHANT;

const OPEN: ReadonlySet<OrderState | RowRefundState> = new Set([
  'pending',
  'closed',
  'failed',
  'requested',
  'processing',
  'abnormal',
]);

/** What costs nothing is not paid through WeChat Pay, so no bill has it. */
function paymentState(state: OrderState, total: number): Item['state'] {
  if (total === 0) return 'open';
  if (state === 'unknown' || state === 'unclear') return state;
  return OPEN.has(state) ? 'open' : 'done';
}

/** A refund whose state the file does not say is one that was made: the file books it. */
function refundState(state: RowRefundState): Item['state'] {
  if (state === 'unclear') return state;
  return OPEN.has(state) ? 'open' : 'done';
}

function settle(draft: Draft, kind: Kind, amount: number, place: number, end: End): void {
  switch (end.bucket) {
    case 'missing':
      draft.ledger.settle('orders', kind, 'differing', amount);
      return;
    case 'inDoubt':
    case 'notLookedFor':
      draft.ledger.explain('orders', kind, end.bucket, amount, end.reason, place);
      return;
    case 'agreeing':
    case 'differing':
    case 'otherDays':
    case 'otherMerchants':
    case 'otherMeans':
      draft.ledger.settle('orders', kind, end.bucket, amount);
  }
}

/**
 * Decides where an item ends. What a bill said of it comes first, then what makes it incomparable,
 * then whether it should have been in a bill.
 */
function endOf(item: Item, bills: Bills, options: CompareOptions): End {
  const { state, at } = item;
  const has = (bits: number): boolean => item.has(item.index, bits);
  if (has(AGREED)) return { bucket: 'agreeing' };
  if (has(DIFFERED)) return { bucket: 'differing' };
  if (isOfOther(item, options.merchant, has(OTHER_MERCHANT))) return { bucket: 'otherMerchants' };
  if (has(CONTRADICTED)) return { bucket: 'inDoubt', reason: 'contradiction' };
  if (has(BAD_AMOUNT)) return { bucket: 'inDoubt', reason: 'bad_amount' };
  if (has(NAMED)) return { bucket: 'inDoubt', reason: 'unreadable_in_bill' };
  if (has(OTHER_DAY)) return { bucket: 'otherDays' };
  // The bill has it, with the same money; what the file says of it is not known.
  if (has(SEEN)) return { bucket: 'inDoubt', reason: 'unknown_state' };
  if (item.isTimedUnpaid && !item.isByOtherMeans) {
    return absentOnDay(item, bills, { bucket: 'inDoubt', reason: 'unpaid_with_time' });
  }
  if (state === 'open') return { bucket: 'agreeing' };
  if (item.isByOtherMeans) {
    const isOfOtherDay = at !== null && bills.coverage(at) === 'other_day';
    return { bucket: isOfOtherDay ? 'otherDays' : 'otherMeans' };
  }
  if (state === 'unclear') return absentOnDay(item, bills, { bucket: 'inDoubt', reason: 'unknown_state' });
  if (has(BAD_TIME)) return { bucket: 'inDoubt', reason: 'bad_time' };
  if (state === 'unknown') return absentOnDay(item, bills, { bucket: 'notLookedFor', reason: 'no_state' });
  if (!bills.hasBill) return { bucket: 'notLookedFor', reason: bills.missing };
  const missing: End = looksLost(item.number)
    ? { bucket: 'inDoubt', reason: 'digits_lost' }
    : { bucket: 'missing' };
  return at === null ? missing : absentOnDay(item, bills, missing);
}

/**
 * True when the item is of another merchant than the one asked for. The file decides where it names
 * the merchant. Otherwise a bill row of another merchant with the item's number does, although
 * numbers are unique per merchant only.
 */
function isOfOther({ subMchId }: Item, asked: SubMchId | null, isInOthersRow: boolean): boolean {
  return subMchId === null || asked === null ? isInOthersRow : subMchId !== asked;
}

/** Of another day, or not to be looked for on its own, or else `covered`. */
function absentOnDay({ at }: Item, bills: Bills, covered: End): End {
  const coverage = at === null ? 'covered' : bills.coverage(at);
  switch (coverage) {
    case 'covered':
      return covered;
    case 'other_day':
      return { bucket: 'otherDays' };
    case 'no_bill':
      return { bucket: 'notLookedFor', reason: bills.missing };
    case 'no_bill_of_day':
    case 'day_unknown':
      return { bucket: 'notLookedFor', reason: coverage };
  }
}
