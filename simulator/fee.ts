import { fen, type Fen } from '../lib/values/fen';

/** A rate as millionths: 0.60 % is 6,000. */
export type FeeRate = number;

/** What most merchants pay: 0.60 %. */
export const DEFAULT_FEE_RATE: FeeRate = 6_000;

/** The dearest rate that is played: all of it. */
const WHOLE = 1_000_000;

/** Guards a rate from 0 to 100 %, in whole millionths. */
export function isFeeRate(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= WHOLE;
}

/**
 * What WeChat Pay charges for settling an amount, rounded half up to the fen row by row: 60.00 yuan
 * at 0.54 % cost
 * 0.32 (read off public statements). Exact, whatever the amount.
 */
export function feeOf(settled: Fen, rate: FeeRate): Fen {
  return fen(Number((BigInt(settled) * BigInt(rate) + BigInt(WHOLE / 2)) / BigInt(WHOLE)));
}

/** A rate as statements write it: `0.60%`, with at least two decimals. */
export function rateText(rate: FeeRate): string {
  const digits = String(rate).padStart(5, '0');
  const decimals = digits.slice(-4).replace(/0{1,2}$/, '');
  return `${digits.slice(0, -4)}.${decimals}%`;
}
