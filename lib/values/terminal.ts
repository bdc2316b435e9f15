/**
 * Characters that control a terminal or reverse the reading direction: C0 except tabs and line
 * ends, DEL, C1, bidirectional marks, and line and paragraph separators. Each has four hexadecimal
 * digits.
 */
const OBEYED = /(?!\t|\n|\r\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * Makes untrusted text safe for a terminal: control characters are shown as `\u001b`. Inside JSON
 * the text stays the same once parsed.
 */
export function forTerminal(text: string): string {
  return text.replace(OBEYED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
