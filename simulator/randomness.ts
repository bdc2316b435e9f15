/** Returns a number from 0 (included) to 1 (excluded), like `Math.random`. */
export type Random = () => number;

/** Random text of `length` hexadecimal digits. */
export function hex(random: Random, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
}

/** Random text of `length` decimal digits. */
export function digits(random: Random, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 10).toString()).join('');
}
