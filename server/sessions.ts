import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Instant } from '../lib/values/instant';
import { later } from '../lib/values/instant';

/** A session ends after this, in ms, whatever its operator does: a working day. */
export const SESSION_MS = 12 * 3_600_000;

/** Beyond this number of sessions of one operator, their oldest ends. */
const MOST_SESSIONS = 50;

/** How often sessions that ended by themselves are looked for, in ms. */
const SWEEP_MS = 60_000;

/** A console session: whose, and by which of their tokens. */
export interface ConsoleSession {
  readonly name: string;
  readonly sha256: string;
  readonly address: string;
  readonly until: Instant;
  readonly usedAt: Instant;
}

/** The console's sessions, by the hash of the browser's secret. They end with the process. */
export interface Sessions {
  /** Starts one; answers the browser's secret. */
  begin(of: Pick<ConsoleSession, 'name' | 'sha256' | 'address'>): string;
  /**
   * The session of this secret that has not ended; null for none. `isAttended`: a person is at it,
   * so its idle time starts anew.
   */
  find(secret: string, isAttended: boolean): ConsoleSession | null;
  /** Ends it; null when there was none. */
  end(secret: string): ConsoleSession | null;
}

/**
 * Starts without sessions. `expired` hears of each that ended by itself, within a minute of the
 * next request.
 */
export function openSessions(
  clock: Clock,
  idleMs: number,
  expired: (session: ConsoleSession) => void,
): Sessions {
  const sessions = new Map<string, ConsoleSession>();
  let sweptAt = clock.now();
  const isOver = ({ until, usedAt }: ConsoleSession, now: Instant): boolean =>
    now >= until || now >= later(usedAt, idleMs);
  const sweep = (): void => {
    const now = clock.now();
    if (now >= sweptAt && now < later(sweptAt, SWEEP_MS)) return;
    sweptAt = now;
    for (const [key, session] of sessions) if (isOver(session, now)) close(key, session);
  };
  const close = (key: string, session: ConsoleSession): void => {
    sessions.delete(key);
    expired(session);
  };
  return {
    begin(of) {
      sweep();
      const secret = randomBytes(32).toString('base64url');
      const now = clock.now();
      sessions.set(keyOf(secret), { ...of, until: later(now, SESSION_MS), usedAt: now });
      const own = [...sessions].filter(([, { name }]) => name === of.name);
      const [oldest] = own;
      if (own.length > MOST_SESSIONS && oldest !== undefined) close(...oldest);
      return secret;
    },
    find(secret, isAttended) {
      sweep();
      const key = keyOf(secret);
      const session = sessions.get(key);
      if (session === undefined) return null;
      const now = clock.now();
      if (isOver(session, now)) {
        close(key, session);
        return null;
      }
      if (isAttended) sessions.set(key, { ...session, usedAt: now });
      return session;
    },
    end(secret) {
      const key = keyOf(secret);
      const session = sessions.get(key) ?? null;
      sessions.delete(key);
      return session;
    },
  };
}

function keyOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
