import { createHash, randomBytes } from 'node:crypto';
import { stopwatch } from '../../lib/runtime/stopwatch';
import type { Clock } from '../../lib/values/instant';

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
}

/** Times are ms on a stopwatch: a clock that is set back must not lengthen a session. */
interface Kept extends ConsoleSession {
  readonly until: number;
  readonly usedAt: number;
}

/** The console's sessions, by the hash of the browser's secret. They end with the process. */
export interface Sessions {
  /** Starts one; answers the browser's secret. */
  begin(session: ConsoleSession): string;
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
  const sessions = new Map<string, Kept>();
  const elapsed = stopwatch(clock);
  let sweptAt = 0;
  const isOver = ({ until, usedAt }: Kept, now: number): boolean => now >= until || now >= usedAt + idleMs;
  const sweep = (): void => {
    const now = elapsed();
    if (now < sweptAt + SWEEP_MS) return;
    sweptAt = now;
    for (const [key, session] of sessions) if (isOver(session, now)) close(key, session);
  };
  const close = (key: string, session: ConsoleSession): void => {
    sessions.delete(key);
    expired(session);
  };
  return {
    begin(session) {
      sweep();
      const secret = randomBytes(32).toString('base64url');
      const now = elapsed();
      sessions.set(keyOf(secret), { ...session, until: now + SESSION_MS, usedAt: now });
      const own = [...sessions].filter(([, { name }]) => name === session.name);
      const [oldest] = own;
      if (own.length > MOST_SESSIONS && oldest !== undefined) close(...oldest);
      return secret;
    },
    find(secret, isAttended) {
      sweep();
      const key = keyOf(secret);
      const session = sessions.get(key);
      if (session === undefined) return null;
      const now = elapsed();
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
