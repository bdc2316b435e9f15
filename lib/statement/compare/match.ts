import type { DiscrepancyClass } from '../../model/discrepancy';
import type { OrderPayment } from '../../model/order';
import type { RefundState } from '../../model/refund';
import type { Fen } from '../../values/fen';
import { fen } from '../../values/fen';
import type { SubMchId, TransactionId } from '../../values/ids';
import type { Json } from '../../values/json';
import type { RateMillionths } from '../../values/fee-rate';
import type { PaymentRow, RefundRow } from '../../bill/row';

/** What our books say of an order a statement names. */
export interface BookedPayment {
  readonly subMchId: SubMchId;
  readonly total: Fen;
  readonly currency: string;
  readonly state: OrderPayment['state'];
  /** The transaction that paid it; null while none did. */
  readonly transactionId: TransactionId | null;
  /** Transactions beside that one which are on the books already. */
  readonly otherTransactions: readonly TransactionId[];
}

/** One disagreement between the books, with what each side says. */
export interface Difference {
  readonly class: DiscrepancyClass;
  readonly ours: Json;
  readonly theirs: Json;
}

/**
 * What a payment row means for our books:
 * - `agrees`: same transaction, same money.
 * - `news`: the money agrees and the order was never told of this transaction: it belongs into the
 *   inbox. `as` says what that makes of it.
 * - `differs`: the money does not agree. Nothing is repaired on such evidence.
 * - `missing_order`: no such order here.
 */
export type PaymentVerdict =
  | { readonly kind: 'agrees' }
  | { readonly kind: 'news'; readonly as: 'unpaid_order' | 'duplicate_payment' | 'paid_after_close' }
  | { readonly kind: 'differs'; readonly differences: readonly Difference[] }
  | { readonly kind: 'missing_order' };

/**
 * Compares a payment row with our books. Pure. The payer is not compared: a service provider's
 * statement names the payer as the provider's appid knows them, not as the mini program does.
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
      return { kind: 'news', as: 'unpaid_order' };
    case 'paid':
      return { kind: 'news', as: 'duplicate_payment' };
    case 'closed':
    case 'failed':
      return { kind: 'news', as: 'paid_after_close' };
  }
}

/** What our books say of a refund a statement names. */
export interface BookedRefund {
  readonly amount: Fen;
  readonly state: RefundState;
}

/**
 * What a refund row means for our books: `agrees`, `news` (it stands otherwise here, and the row
 * may be believed), `differs`, or `refund_missing_here`.
 */
export type RefundVerdict =
  | { readonly kind: 'agrees' }
  | { readonly kind: 'news' }
  | { readonly kind: 'differs'; readonly differences: readonly Difference[] }
  | { readonly kind: 'refund_missing_here' };

/**
 * Compares a refund row with our books. Pure. A statement is a snapshot that is never updated, so a
 * row that says less than we know by now (`processing`, `abnormal`, a state without a word) agrees.
 */
export function matchRefund(row: RefundRow, ours: BookedRefund | null): RefundVerdict {
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
      return { kind: 'news' };
    case 'abnormal':
      return { kind: 'news' };
    case 'succeeded':
      return row.state === 'abnormal' ? { kind: 'agrees' } : stateDiffers(row, ours);
    case 'closed':
      // Then the money is gone after all: the one way out of `closed` there is.
      return row.state === 'succeeded' ? { kind: 'news' } : stateDiffers(row, ours);
  }
}

function stateDiffers(row: RefundRow, ours: BookedRefund): RefundVerdict {
  return {
    kind: 'differs',
    differences: [{ class: 'refund_state_mismatch', ours: ours.state, theirs: row.state }],
  };
}

const EXACT_PRODUCT = 2 ** 50;

/**
 * The fee that a rate makes of a settled amount, in whole fen, half up: WeChat Pay rounds each
 * row's fee to the fen (read off real statements: 60.00 at 0.54 % is 0.32). Exact: works on whole
 * numbers only.
 */
export function feeAt(rate: RateMillionths, settled: Fen): Fen {
  const product = settled * rate;
  // Below this the product is exact and so is its quotient; BigInt took a third of all matching.
  if (product >= 0 && product < EXACT_PRODUCT) return fen(Math.floor((product + 500_000) / 1_000_000));
  const millionths = BigInt(settled) * BigInt(rate);
  return fen(Number((millionths + 500_000n) / 1_000_000n));
}

/**
 * The fee's disagreement with the rate that was agreed with WeChat Pay; null when they agree or the
 * row tells no whole fee.
 */
export function feeDifference(row: PaymentRow, rate: RateMillionths): Difference | null {
  const expected = feeAt(rate, row.settled);
  if (row.fee === null || row.fee === expected) return null;
  return { class: 'fee_mismatch', ours: expected, theirs: row.fee };
}
