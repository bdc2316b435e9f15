import { fen, type Fen } from '../lib/values/fen';

/** A rate as millionths: 0.60 % is 6,000. */
export type FeeRate = number;

/** The rate of most merchants: 0.60 %. */
export const DEFAULT_FEE_RATE: FeeRate = 6_000;

/** The highest simulated rate: 100 %. */
const WHOLE = 1_000_000;

/** Guards a rate from 0 to 100 %, in whole millionths. */
export function isFeeRate(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= WHOLE;
}

/**
 * WeChat Pay's fee on a settled amount, rounded half up to the fen per row: 60.00 yuan at 0.54 %
 * cost 0.32 (as in public bills). Exact for every amount.
 */
export function feeOf(settled: Fen, rate: FeeRate): Fen {
  return fen(Number((BigInt(settled) * BigInt(rate) + BigInt(WHOLE / 2)) / BigInt(WHOLE)));
}

/** A rate as written in bills: `0.60%`, with at least two decimals. */
export function rateText(rate: FeeRate): string {
  const digits = String(rate).padStart(5, '0');
  const decimals = digits.slice(-4).replace(/0{1,2}$/, '');
  return `${digits.slice(0, -4)}.${decimals}%`;
}
