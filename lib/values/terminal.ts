/**
 * What a terminal obeys instead of showing, or what turns a line round before a reader's eyes: C0 but for tabs and ends of lines, DEL, C1, the
 * marks of reading direction, and the separators of lines and paragraphs. All have four hexadecimal digits.
 */
const OBEYED = /(?!\t|\n|\r\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * Text as it may be written to a terminal, whoever wrote into it: what a terminal would obey is shown as `\u001b`. Inside JSON that is the
 * same text once it is read.
 */
export function forTerminal(text: string): string {
  return text.replace(OBEYED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
