/**
 * The 15 digits that a spreadsheet's number keeps, then only zeros: at least five, so that chance
 * does not produce them.
 */
const LOST = /^\d{15}0{5,}$/;

/**
 * True for a transaction ID (28 digits) that a spreadsheet converted to a number: it kept 15 digits
 * and replaced the rest with zeros, so that thousands of payments may share one. Only for WeChat
 * Pay's numbers: a merchant's may end in zeros.
 */
export function hasLostDigits(transactionId: string): boolean {
  return transactionId.endsWith('00000') && LOST.test(transactionId);
}
