import { fen, type Fen } from '../values/fen';

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** Thousandths of a fen in a fen: bills state fees with five decimals of a yuan. */
const MILLI = 1000;
/**
 * The most digits before the point. More are refused, so that the result is always a safe integer.
 */
const MOST_WHOLE_DIGITS = 10;
/** Decimals of a yuan in one thousandth of a fen. */
const DECIMALS = 5;

/**
 * Reads a yuan amount such as `60.00`, `-0.27000` or `5` from bytes, as thousandths of a fen. Uses
 * whole numbers only, so every amount is exact. NaN when the bytes are not a decimal number, have
 * more than five significant decimals, or have more than ten digits before the point.
 */
export function milliFen(bytes: Buffer, start: number, end: number): number {
  let i = start;
  const sign = bytes[i];
  if (sign === MINUS || sign === PLUS) i += 1;
  let value = 0;
  const whole = i;
  for (; i < end; i += 1) {
    const digit = (bytes[i] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (i === whole || i - whole > MOST_WHOLE_DIGITS) return NaN;
  let decimals = 0;
  if (i < end) {
    if (bytes[i] !== POINT) return NaN;
    for (i += 1; i < end; i += 1) {
      const digit = (bytes[i] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return NaN;
      if (decimals < DECIMALS) {
        value = value * 10 + digit;
        decimals += 1;
      } else if (digit !== 0) {
        return NaN;
      }
    }
  }
  for (; decimals < DECIMALS; decimals += 1) value *= 10;
  return sign === MINUS && value !== 0 ? -value : value;
}

/** Converts thousandths of a fen to fen. Null when the result is not a whole number of fen. */
export function wholeFen(milli: number): Fen | null {
  return Number.isSafeInteger(milli) && milli % MILLI === 0 ? fen(milli / MILLI + 0) : null;
}
