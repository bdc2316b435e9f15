import type { Clock, Instant } from '../../lib/values/instant';
import type { Client } from '../client';
import { answered, exposition } from './exposition';

/**
 * How long an answer is reused, in ms. A call costs a run of the function and some 25 database
 * requests, and the watchdog measures every five minutes anyway.
 */
export const KEPT_MS = 60_000;

/**
 * The metrics of a shop whose `ops` is called for each scrape, at most once in `KEPT_MS`; scrapes
 * at the same time share one call. Never rejects.
 *
 * Failure policy: fail open. While `ops` does not answer, or refuses, only
 * `wxpay_inbox_exporter_up 0` is exposed: old figures would look like a shop at rest.
 */
export function exporter(client: Pick<Client, 'ask'>, clock: Clock): () => Promise<string> {
  let last: { readonly at: Instant; readonly text: Promise<string> } | null = null;
  return () => {
    const now = clock.now();
    if (last !== null && now - last.at < KEPT_MS && now >= last.at) return last.text;
    const text = measured(client);
    last = { at: now, text };
    return text;
  };
}

async function measured(client: Pick<Client, 'ask'>): Promise<string> {
  try {
    const reply = await client.ask('overview', {});
    return reply.ok ? exposition(reply) + answered(1) : answered(0);
  } catch {
    return answered(0);
  }
}
