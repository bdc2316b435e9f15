import type { DiscrepancyClass } from '../../model/discrepancy';
import type { OrderPayment } from '../../model/order';
import type { RefundState } from '../../model/refund';
import type { Fen } from '../../values/fen';
import { fen } from '../../values/fen';
import type { SubMchId, TransactionId } from '../../values/ids';
import type { Json } from '../../values/json';
import type { RateMillionths } from '../../values/fee-rate';
import type { PaymentRow, RefundRow } from '../../bill/row';

/** Our books' side of an order that a bill names. */
export interface BookedPayment {
  readonly subMchId: SubMchId;
  readonly total: Fen;
  readonly currency: string;
  readonly state: OrderPayment['state'];
  /** The transaction that paid it; null while it is unpaid. */
  readonly transactionId: TransactionId | null;
  /** Further transactions already on the books. */
  readonly otherTransactions: readonly TransactionId[];
}

/** One discrepancy between the books, with both sides' values. */
export interface Difference {
  readonly class: DiscrepancyClass;
  readonly ours: Json;
  readonly theirs: Json;
}

/**
 * The result of comparing a payment row with our books:
 * - `agrees`: same transaction, same money.
 * - `unrecorded`: the money agrees, but the order does not record this transaction yet, so it
 *   belongs in the inbox. `as` states what it is then.
 * - `differs`: the money does not agree. Nothing is repaired on such evidence.
 * - `missing_order`: no such order here.
 */
export type PaymentVerdict =
  | { readonly kind: 'agrees' }
  | { readonly kind: 'unrecorded'; readonly as: 'unpaid_order' | 'duplicate_payment' | 'paid_after_close' }
  | { readonly kind: 'differs'; readonly differences: readonly Difference[] }
  | { readonly kind: 'missing_order' };

/**
 * Compares a payment row with our books. Pure. The payer is not compared: a service provider's bill
 * names the payer by the provider's appid, not by the mini program's.
 */
export function matchPayment(row: PaymentRow, ours: BookedPayment | null): PaymentVerdict {
  if (ours === null) return { kind: 'missing_order' };
  const differences: Difference[] = [];
  if (row.paidTo !== null && row.paidTo !== ours.subMchId) {
    differences.push({ class: 'merchant_mismatch', ours: ours.subMchId, theirs: row.paidTo });
  }
  if (row.currency !== ours.currency) {
    differences.push({ class: 'currency_mismatch', ours: ours.currency, theirs: row.currency });
  }
  if (row.total !== ours.total) {
    differences.push({ class: 'amount_mismatch', ours: ours.total, theirs: row.total });
  }
  if (differences.length > 0) return { kind: 'differs', differences };
  if (ours.transactionId === row.transactionId || ours.otherTransactions.includes(row.transactionId)) {
    return { kind: 'agrees' };
  }
  switch (ours.state) {
    case 'pending':
      return { kind: 'unrecorded', as: 'unpaid_order' };
    case 'paid':
      return { kind: 'unrecorded', as: 'duplicate_payment' };
    case 'closed':
    case 'failed':
      return { kind: 'unrecorded', as: 'paid_after_close' };
  }
}

/** Our books' side of a refund that a bill names. */
export interface BookedRefund {
  readonly amount: Fen;
  readonly state: RefundState;
}

/**
 * The result of comparing a refund row with our books: `agrees`, `unrecorded` (our state differs,
 * and the row may be trusted), `differs`, or `refund_missing_here`.
 */
export type RefundVerdict =
  | { readonly kind: 'agrees' }
  | { readonly kind: 'unrecorded' }
  | { readonly kind: 'differs'; readonly differences: readonly Difference[] }
  | { readonly kind: 'refund_missing_here' };

/** What a row of the bill says of money that went back. */
type RefundStatement = Pick<RefundRow, 'asked' | 'state'>;

/**
 * Compares a refund row with our books. Pure. A bill is a snapshot that is never updated, so a row
 * that states less than we know by now (`processing`, `abnormal`, an unknown state) agrees.
 */
export function matchRefund(row: RefundStatement, ours: BookedRefund | null): RefundVerdict {
  if (ours === null) return { kind: 'refund_missing_here' };
  if (ours.amount !== row.asked) {
    return {
      kind: 'differs',
      differences: [{ class: 'refund_amount_mismatch', ours: ours.amount, theirs: row.asked }],
    };
  }
  if (row.state === 'unknown' || row.state === 'processing' || row.state === ours.state) {
    return { kind: 'agrees' };
  }
  switch (ours.state) {
    case 'requested':
    case 'processing':
      return { kind: 'unrecorded' };
    case 'abnormal':
      return { kind: 'unrecorded' };
    case 'succeeded':
      return row.state === 'abnormal' ? { kind: 'agrees' } : stateDiffers(row, ours);
    case 'closed':
      // The money went back after all: this is the only way out of `closed`.
      return row.state === 'succeeded' ? { kind: 'unrecorded' } : stateDiffers(row, ours);
  }
}

function stateDiffers(row: RefundStatement, ours: BookedRefund): RefundVerdict {
  return {
    kind: 'differs',
    differences: [{ class: 'refund_state_mismatch', ours: ours.state, theirs: row.state }],
  };
}

const EXACT_PRODUCT = 2 ** 50;

/**
 * The fee on a settled amount at a rate, in whole fen, rounded half up: WeChat Pay rounds each
 * row's fee to the fen (seen in real bills: 60.00 at 0.54 % is 0.32). Exact: uses whole numbers
 * only.
 */
export function feeAt(rate: RateMillionths, settled: Fen): Fen {
  const product = settled * rate;
  // Below this the product and its quotient are exact. Using BigInt always took a third of the
  // total comparison time.
  if (product >= 0 && product < EXACT_PRODUCT) return fen(Math.floor((product + 500_000) / 1_000_000));
  const millionths = BigInt(settled) * BigInt(rate);
  return fen(Number((millionths + 500_000n) / 1_000_000n));
}

/**
 * The discrepancy between the row's fee and the rate agreed with WeChat Pay. Null when they agree,
 * or when the row states no whole fee.
 */
export function feeDifference(row: PaymentRow, rate: RateMillionths): Difference | null {
  const expected = feeAt(rate, row.settled);
  if (row.fee === null || row.fee === expected) return null;
  return { class: 'fee_mismatch', ours: expected, theirs: row.fee };
}
