import { MysqlError } from './errors';
import type { Link } from './link';

/** Connections shared by all calls. */
export interface Pool {
  /**
   * Runs `work` with a connection of its own. Rejects with `overloaded` when none is free in time.
   */
  use<Result>(work: (link: Link) => Promise<Result>): Promise<Result>;
  /** How many connections are in use, and how many calls wait for one. */
  readonly state: () => PoolState;
  /** Waits for running work, then closes all connections. */
  close(): Promise<void>;
}

/** What a pool is doing. */
export interface PoolState {
  readonly size: number;
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
}

/** How a pool is made. */
export interface PoolOptions {
  /** The most connections. */
  readonly size: number;
  /** How long a call waits for a connection, in ms. */
  readonly acquireMs: number;
  /** Opens a connection. */
  readonly connect: () => Promise<Link>;
  /** After how long of rest a connection is asked whether it still works, in ms; 5000. */
  readonly askAfterIdleMs?: number;
}

/**
 * Firewalls and proxies drop idle connections silently, and a write on such a one would end with
 * unknown effect. So one that rested is asked first.
 */
const ASK_AFTER_IDLE_MS = 5_000;

/** How long that answer may take, in ms: less than a caller waits. */
const ASK_MS = 1_000;

interface Idle {
  readonly link: Link;
  readonly since: number;
}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (error: MysqlError) => void;
}

/** Opens a pool; it connects when it is used. */
export function openPool(options: PoolOptions): Pool {
  const { size, acquireMs, connect, askAfterIdleMs = ASK_AFTER_IDLE_MS } = options;
  const idle: Idle[] = [];
  const waiters = new Set<Waiter>();
  let used = 0;
  let closing: (() => void) | null = null;

  const admission = (): Promise<void> => {
    if (closing !== null) return Promise.reject(closed());
    if (used < size) {
      used += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiters.delete(waiter);
        const message = 'all connections to the MySQL server are in use: try again, or raise the pool size';
        reject(new MysqlError('refused', 'overloaded', message));
      }, acquireMs);
      const waiter: Waiter = {
        admit: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      waiters.add(waiter);
    });
  };

  /** Passes the place on to the call that waits longest. */
  const leave = (): void => {
    const [next] = waiters;
    if (next !== undefined) {
      waiters.delete(next);
      next.admit();
      return;
    }
    used -= 1;
    if (used === 0) closing?.();
  };

  /**
   * The connection used last, or a new one. When one that rested does not answer, the others that
   * rested are closed with it: asking each would add up.
   */
  const working = async (): Promise<Link> => {
    const last = idle.pop();
    if (last === undefined) return connect();
    if (!last.link.isOpen()) return working();
    if (performance.now() - last.since < askAfterIdleMs) return last.link;
    const answers = await last.link.query('SELECT 1', ASK_MS).then(
      () => true,
      () => false,
    );
    if (answers) return last.link;
    last.link.destroy();
    for (const { link } of idle.splice(0)) link.destroy();
    return connect();
  };

  return {
    use: async (work) => {
      await admission();
      try {
        const link = await working();
        try {
          return await work(link);
        } finally {
          if (link.isOpen()) idle.push({ link, since: performance.now() });
        }
      } finally {
        leave();
      }
    },
    state: () => ({ size, used, idle: idle.length, waiting: waiters.size }),
    close: async () => {
      const isBusy = used > 0;
      await new Promise<void>((resolve) => {
        closing = resolve;
        if (!isBusy) resolve();
        for (const waiter of waiters) waiter.refuse(closed());
        waiters.clear();
      });
      for (const { link } of idle.splice(0)) link.destroy();
    },
  };
}

function closed(): MysqlError {
  return new MysqlError('refused', 'unavailable', 'the store is closed: open it again');
}
