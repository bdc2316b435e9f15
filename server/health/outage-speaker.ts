import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SharedState } from '../../lib/runtime/shared-state';
import type { Clock } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';

/** Which of several servers notifies of an outage of the database that they share. */
export interface OutageSpeaker {
  /** To be called while the database accepts writes: takes or renews the lease. Never rejects. */
  readonly renew: () => Promise<void>;
  /** Whether this server had the lease when that was last known. */
  readonly speaks: () => boolean;
}

/** A server that has its database to itself. */
export const ALONE: OutageSpeaker = { renew: () => Promise.resolve(), speaks: () => true };

const KEY = 'outage_speaker';

/** How long a lease lasts, in ms: several looks at readiness, so that a late one loses nothing. */
const LEASE_MS = 60_000;

const entrySchema = z.object({ holder: z.string() });

/**
 * Elects one of the servers by a lease in the store, while there is a store: during an outage they
 * cannot ask. The one that held it then notifies at once, and the others only when the outage
 * lasts: it may be theirs alone, or the one that should notify is gone as well.
 *
 * Failure policy: fail open. A server that does not know yet notifies, and one that cannot ask
 * keeps its part: two notices are better than none.
 */
export function electSpeaker(parts: { readonly shared: SharedState; readonly clock: Clock }): OutageSpeaker {
  const { shared, clock } = parts;
  const self = randomUUID();
  let speaks = true;
  const holds = async (): Promise<boolean> => {
    const now = clock.now();
    const found = await shared.read(KEY, now);
    const entry = entrySchema.safeParse(found?.value);
    if (found !== null && entry.success && entry.data.holder !== self) return false;
    return shared.write({
      key: KEY,
      version: found?.version ?? null,
      value: { holder: self },
      expiresAt: later(now, LEASE_MS),
      now,
    });
  };
  return {
    renew: async () => {
      try {
        speaks = await holds();
      } catch {
        // It stays as it was.
      }
    },
    speaks: () => speaks,
  };
}
