import { maskPayer } from '../values/ids';

/**
 * A short text of a thrown value that is safe to store and log: our own and the SDK's messages
 * contain no payload. A merchant's may name its payer, so `payer` is masked.
 */
export function errorText(error: unknown, payer?: string): string {
  if (!(error instanceof Error)) return 'unknown error';
  const text = `${error.name}: ${error.message}`;
  return (payer === undefined ? text : text.replaceAll(payer, maskPayer(payer))).slice(0, 200);
}
