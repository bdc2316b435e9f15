/** A rate as millionths: 0.60 % is 6,000. */
export type RateMillionths = number;

const PERCENT = /^(\d{1,2})(?:\.(\d{1,4}))?%$/;

/**
 * Reads a rate as written in bills and contracts, such as `0.60%`, without floating point. Null for
 * anything else, and for more than four decimals, which millionths cannot hold.
 */
export function readFeeRate(text: string): RateMillionths | null {
  const match = PERCENT.exec(text);
  if (!match) return null;
  const [, whole = '', decimals = ''] = match;
  return Number(whole) * 10_000 + Number(decimals.padEnd(4, '0'));
}

/** Writes a rate as bills do, with at least two decimals: 6,000 is `0.60%`. */
export function writeFeeRate(rate: RateMillionths): string {
  const digits = String(Math.abs(rate)).padStart(5, '0');
  const decimals = digits.slice(-4).replace(/0{1,2}$/, '');
  return `${rate < 0 ? '-' : ''}${digits.slice(0, -4)}.${decimals}%`;
}
