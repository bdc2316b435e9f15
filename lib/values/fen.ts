import type { Brand } from './brand';

/**
 * An amount of money: a whole number of fen (1/100 yuan). May be negative in bills (refunded fees).
 */
export type Fen = Brand<number, 'Fen'>;

/**
 * True for any safe integer, of either sign. Strings, fractions, NaN and infinities are not fen.
 */
export function isFen(value: unknown): value is Fen {
  return Number.isSafeInteger(value);
}

/** True for an amount that a payer can be charged: fen, at least 1. */
export function isPayableFen(value: unknown): value is Fen {
  return isFen(value) && value >= 1;
}

/** Marks a number from our own code as fen. Throws `RangeError` when it is not a safe integer. */
export function fen(value: number): Fen {
  if (!isFen(value)) {
    const hint = 'count in fen from the start, or use Math.round(yuan * 100) or yuanToFen("19.90")';
    throw new RangeError(`not a whole number of fen: ${String(value)}; ${hint}`);
  }
  return value;
}

const YUAN = /^([+-]?)(\d{1,13})(?:\.(\d*))?$/;

/**
 * Reads a yuan text such as `60.00`, `-0.27000` or `5` as fen, without floating point. Null when
 * the text is not a decimal number, or has a non-zero fraction of a fen: nothing is rounded
 * silently.
 */
export function yuanToFen(text: string): Fen | null {
  const match = YUAN.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(2))) return null;
  const value = Number(whole) * 100 + Number(fraction.slice(0, 2).padEnd(2, '0'));
  const signed = sign === '-' && value !== 0 ? -value : value;
  return isFen(signed) ? signed : null;
}

/** Writes fen as yuan with two decimals: `fen(-27)` is `-0.27`. */
export function fenToYuan(amount: Fen): string {
  const digits = String(Math.abs(amount)).padStart(3, '0');
  return `${amount < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
