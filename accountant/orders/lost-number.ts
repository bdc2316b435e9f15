/** The 15 digits that a spreadsheet keeps of a number, then zeros alone: at least three. */
const LOST = /^\d{15}0{3,}$/;

/**
 * True for a number that may have lost its digits in a spreadsheet. A shop's own number may really
 * end in zeros, so it counts as lost only when the bill does not have it.
 */
export function looksLost(number: string): boolean {
  return number.endsWith('000') && LOST.test(number);
}

const SCIENTIFIC = /^\d(?:[.,]\d+)?e\+?\d+$/i;

/** True for a number that a spreadsheet has written as `2.02603E+21`. */
export function isScientific(number: string): boolean {
  return SCIENTIFIC.test(number);
}
