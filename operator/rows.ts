import type { Instant } from '../lib/values/instant';
import { formatBeijing } from '../lib/values/instant';
import { table } from './table';
import type { Words } from './words';

/** Beijing time, to the second. */
export function time(at: Instant | null): string {
  return at === null ? '' : formatBeijing(at, 'YYYY-MM-DD HH:mm:ss');
}

/** Rows with heads in this language; the columns are the keys of the rows. */
export function rows(words: Words, all: readonly Readonly<Record<string, string>>[]): string {
  const [first] = all;
  if (first === undefined) return `${words.nothing}\n`;
  const names = Object.keys(first);
  return table(
    names.map((name) => words.heads[name] ?? name),
    all.map((row) => names.map((name) => row[name] ?? '')),
  );
}
