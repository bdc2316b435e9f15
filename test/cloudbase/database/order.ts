import { operatorRefused } from '../errors';
import { isDocument, type Document } from './documents';

/**
 * Compares two values in BSON's order, like sorts and `$min`/`$max`: by type (null and missing,
 * numbers, texts, objects, lists, booleans, dates), then within the type. Negative, zero or
 * positive. Throws for other types.
 */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b);
  if (isDocument(a) && isDocument(b)) return compareDocuments(a, b);
  return rank(a) - rank(b);
}

function rank(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return 1;
  if (typeof value === 'string') return 2;
  if (isDocument(value)) return 3;
  if (Array.isArray(value)) return 4;
  if (typeof value === 'boolean') return 5;
  if (value instanceof Date) return 6;
  throw operatorRefused(`an order for ${typeof value}`, 'a comparison');
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (const [index, value] of a.entries()) {
    if (index >= b.length) return 1;
    const difference = compareValues(value, b[index]);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Field by field in stored order: by the type of the value, then by name, then by value. */
function compareDocuments(a: Document, b: Document): number {
  const parts = (document: Document): unknown[] =>
    Object.entries(document).flatMap(([name, value]) => [rank(value), name, value]);
  return compareLists(parts(a), parts(b));
}
