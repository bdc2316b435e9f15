import stringWidth from 'string-width';

/**
 * Text made safe for a terminal: control characters would move the cursor or hide what precedes
 * them.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '·');
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
  const widths = heads.map((_, n) => Math.max(...all.map((row) => stringWidth(row[n] ?? ''))));
  const lines = all.map((row) =>
    heads
      .map((_, n) => {
        const cell = row[n] ?? '';
        const pad = ' '.repeat((widths[n] ?? 0) - stringWidth(cell));
        return right.has(n) ? pad + cell : cell + pad;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
