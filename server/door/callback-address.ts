/**
 * Which notifications come to an address: parsed ones, or those of API v3, for one merchant or any.
 */
export type CallbackAddress =
  { readonly kind: 'event' } | { readonly kind: 'v3'; readonly mchId: string | null };

/** The callback's paths; `:name` stands for any number. */
export const CALLBACK_PATHS: readonly string[] = [
  '/callback/pay',
  '/callback/refund',
  '/callback/v3/pay',
  '/callback/v3/pay/:mchId',
  '/callback/v3/refund',
  '/callback/v3/refund/:mchId',
];

const EVENT: CallbackAddress = { kind: 'event' };

/** What comes to this path; null for a path that is no callback's. */
export function callbackAt(path: string): CallbackAddress | null {
  if (path === '/callback/pay' || path === '/callback/refund') return EVENT;
  if (!path.startsWith('/callback/v3/')) return null;
  const found = /^\/callback\/v3\/(?:pay|refund)(?:\/(\d{1,32}))?$/.exec(path);
  return found === null ? null : { kind: 'v3', mchId: found[1] ?? null };
}
