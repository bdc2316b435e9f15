/** Any value JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * True for a plain object or any other non-array object: something whose fields may be looked at.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Values nested deeper than this are not taken from outside: nothing a merchant sells needs it, and
 * recursion must end.
 */
const MAX_DEPTH = 32;

/** True for a value that JSON carries without loss, at most 32 levels deep. */
export function isJson(value: unknown, depth = 0): value is Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (depth >= MAX_DEPTH || typeof value !== 'object') return false;
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return parts.every((part) => isJson(part, depth + 1));
}
