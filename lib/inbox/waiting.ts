import type { LeaseToken } from '../model/lease';
import type { ClaimedMessage, InboxKey, OpenRefund } from '../model/message';
import { later } from '../values/instant';
import type { Known } from './lookup';
import type { ProcessDeps } from './process-deps';

/**
 * Claims, under the same token, the refund messages that wait for payments of this batch, due or
 * not, so that they are decided and settled together with their payments. Claiming them after the
 * payment is applied would be a second step that can be lost.
 *
 * Dead ones are replayed first: they may be dead only because the order was not paid. One that is
 * dead for another reason goes dead again. One that another worker holds is not claimed; it waits
 * for seconds, because its order is here (see `judge`).
 *
 * CloudBase: 0 requests when none waits, else 2, and 1 per dead message. Rejects with a
 * `StoreError`. Failure policy: fail closed. The payment is then not applied either, and both are
 * claimed again.
 */
export async function claimWaiting(
  { store, clock, settings }: Pick<ProcessDeps, 'store' | 'clock' | 'settings'>,
  token: LeaseToken,
  batch: readonly ClaimedMessage[],
  known: (message: ClaimedMessage) => Known,
): Promise<readonly ClaimedMessage[]> {
  const inHand = new Set(batch.map(({ key }) => key));
  const waiting = new Map<InboxKey, OpenRefund>();
  for (const message of batch) {
    for (const one of known(message).openRefunds) if (!inHand.has(one.key)) waiting.set(one.key, one);
  }
  const dead = [...waiting.values()].flatMap(({ key, diedAt }) => (diedAt === null ? [] : [key]));
  if (dead.length > 0) await store.inbox.replay(dead, 'the order was paid', clock.now());
  const claimed: ClaimedMessage[] = [];
  for (const keys of batchesOf(settings.batch, [...waiting.keys()])) {
    const now = clock.now();
    const leaseUntil = later(now, settings.leaseMs);
    const limit = settings.batch;
    claimed.push(...(await store.inbox.claim({ token, now, leaseUntil, limit, trust: 'platform', keys })));
  }
  return claimed;
}

/** Keys in parts of at most this size. */
export function* batchesOf(
  size: number,
  keys: readonly InboxKey[],
): Generator<readonly InboxKey[], void, void> {
  for (let from = 0; from < keys.length; from += size) yield keys.slice(from, from + size);
}
