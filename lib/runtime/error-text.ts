import { maskPayer } from '../values/ids';

/**
 * A short text of a thrown value that may be stored and logged: our own and the SDK's messages
 * carry no payload. A merchant's may name the payer it was about: `payer` is masked in it.
 */
export function errorText(error: unknown, payer?: string): string {
  if (!(error instanceof Error)) return 'unknown error';
  const text = `${error.name}: ${error.message}`;
  return (payer === undefined ? text : text.replaceAll(payer, maskPayer(payer))).slice(0, 200);
}
