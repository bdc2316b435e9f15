import type { RateMillionths } from '../../lib/values/fee-rate';
import type { Fen } from '../../lib/values/fen';
import { wholeFen } from '../../lib/bill/amount';
import { feeAt } from '../../lib/statement/compare/match';

/** A fee that differs from the rate, in fen; fees may have fractions. */
export interface FeeDifference {
  readonly ours: number;
  readonly theirs: number;
}

/**
 * Compares a fee, in thousandths of a fen, with the rate on what was settled. A fee in whole fen is
 * the rounded product. One with a fraction is the product itself, to the five decimals of a bill.
 * Null when it agrees, or when the fee cannot be read.
 */
export function feeDifference(milli: number, settled: Fen, rate: RateMillionths): FeeDifference | null {
  if (!Number.isSafeInteger(milli)) return null;
  const expected = feeAt(rate, settled);
  const whole = wholeFen(milli);
  if (whole !== null) return whole === expected ? null : { ours: expected, theirs: whole };
  const off = BigInt(milli) * 1000n - BigInt(settled) * BigInt(rate);
  return off > -1000n && off < 1000n ? null : { ours: expected, theirs: milli / 1000 };
}
