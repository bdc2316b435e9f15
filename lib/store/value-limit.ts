import type { Json } from '../values/json';
import { StoreError } from './errors';

/** The longest shared value, in bytes of JSON. */
const MOST_BYTES = 64 * 1024;

/**
 * A shared value as the JSON text that is stored. Throws `StoreError` `invalid` above 64 KiB: a
 * value that grows without end would slow every process that reads it.
 */
export function sharedValueText(value: Json): string {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  throw new StoreError('invalid', `a shared value may have at most ${MOST_BYTES} bytes of JSON`);
}
