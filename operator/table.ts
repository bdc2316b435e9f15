/**
 * Text made safe for a terminal: control characters would move the cursor or hide what precedes
 * them.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '·');
}

/** Columns of a terminal that a text takes: Chinese characters take two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  return width;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    code >= 0x20000
  );
}

/**
 * Rows under their heads, in columns of even width with two spaces between them. `right` names
 * right-aligned columns.
 */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const all = [heads, ...rows].map((row) => row.map(printable));
  const widths = heads.map((_, n) => Math.max(...all.map((row) => widthOf(row[n] ?? ''))));
  const lines = all.map((row) =>
    heads
      .map((_, n) => {
        const cell = row[n] ?? '';
        const pad = ' '.repeat((widths[n] ?? 0) - widthOf(cell));
        return right.has(n) ? pad + cell : cell + pad;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
