/** An OPENID: 28 characters that begin with `o`. Never to be seen in a detail that reaches a log or a screen. */
const OPENID = /\bo[0-9A-Za-z_-]{27}(?![0-9A-Za-z_-])/g;

const LONGEST = 300;

/** A foreign text fit for a detail: one line, bounded, without payers. */
export function readableText(text: string): string {
  const line = text
    .replace(OPENID, 'o***')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}…`;
}
