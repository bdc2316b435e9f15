import { z } from 'zod';
import { seconds } from './fields';

/** How the merchant's own system is called. */
export const webhookSettings = z.strictObject({
  url: z.string().refine(isHookAddress, {
    error: 'must be an https address without a password, such as "https://shop.example.com/fulfil"',
  }),
  /** Calls started per second, by all runs together. Null: as many as `concurrency` allows. */
  perSecond: z.int().min(1).max(1000).nullable().default(null),
  /** When the system is left alone for a while, because it gives no answers. */
  breaker: z
    .strictObject({
      /** So many orders in a row without an answer. */
      failures: z.int().min(1).max(100).default(5),
      /** The first pause; each one that follows is twice as long. */
      pauseSeconds: seconds(5, 3600).default(30),
      longestPauseSeconds: seconds(5, 3600).default(300),
    })
    .refine(({ pauseSeconds, longestPauseSeconds }) => pauseSeconds <= longestPauseSeconds, {
      error: 'must have a pauseSeconds of at most its longestPauseSeconds',
    })
    .prefault({}),
});

/**
 * Where the merchant's system takes calls: with TLS except on this machine, because a call names
 * the payer. No password in it: addresses are shown, secrets are not.
 */
function isHookAddress(text: string): boolean {
  if (!URL.canParse(text) || text.length > 500 || text.includes('#')) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isOurs = protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
  return (protocol === 'https:' || isOurs) && username === '' && password === '';
}
