/** Gives a number from 0 (included) to 1 (excluded), as `Math.random` does. */
export type Random = () => number;

/** A text of `length` hexadecimal digits. */
export function hex(random: Random, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
}

/** A text of `length` decimal digits. */
export function digits(random: Random, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 10).toString()).join('');
}
