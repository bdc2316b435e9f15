/**
 * An OPENID: 28 characters starting with `o`. It must not appear in a detail that reaches a log or
 * a screen.
 */
const OPENID = /\bo[0-9A-Za-z_-]{27}(?![0-9A-Za-z_-])/g;

const LONGEST = 300;

/** Foreign text made safe for a detail: one line, bounded, without payers. */
export function readableText(text: string): string {
  const line = text
    .replace(OPENID, 'o***')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}…`;
}
