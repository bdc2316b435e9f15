/**
 * 15 digits that a spreadsheet's number holds, and only zeros after them: at least five, so that
 * chance does not make it.
 */
const LOST = /^\d{15}0{5,}$/;

/**
 * True for a transaction number (28 digits) that went through a spreadsheet as a number: it kept 15
 * digits and wrote the others as zeros, so that thousands of payments may have the same. Only for
 * WeChat Pay's numbers: a merchant's may end in zeros.
 */
export function hasLostDigits(transactionId: string): boolean {
  return transactionId.endsWith('00000') && LOST.test(transactionId);
}
