import { isRecord } from '../values/json';

/**
 * The receipt as text, cut to 500 characters, and without halves of characters, which not every
 * store takes. Merchants write JavaScript too: anything but a string is no receipt.
 */
export function receiptOf(result: unknown): string | null {
  const receipt = isRecord(result) ? result['receipt'] : undefined;
  return typeof receipt === 'string' ? receipt.slice(0, 500).replace(/\p{Cs}/gu, '') : null;
}
