import { StoreError } from '../../errors';
import type { Connection } from '../base/connection';
import { BusyError, toStoreError } from '../base/errors';

/** Writes that share commits. */
export interface GroupCommit {
  /**
   * Runs `job` inside a transaction that it may share with others, and resolves once that is on
   * disk. Rejects with a `StoreError` when the job or the commit failed; nothing of the job is
   * written then. A job may be run twice (the first run is undone), so it must only read and write
   * the database.
   */
  write<Result>(job: () => Result): Promise<Result>;
  /**
   * Commits everything waiting, and fails what cannot be committed now. Later writes are a new
   * group.
   */
  flush(): void;
}

/** How a job of a group ended: on disk with its result, or not at all. */
export type Ended<Result> =
  | { readonly kind: 'written'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: StoreError };

/** Decides when collected jobs are written. */
export interface WriteTurn {
  /** Calls `write` once, when it may. */
  begin(write: () => void): void;
  /** Everything is written. */
  end(): void;
}

/**
 * The most jobs in one transaction, which bounds how long the process is blocked: 1,000 inserts
 * take 15 ms.
 */
export const GROUP_LIMIT = 1_000;

/** How long a write waits for another process's transaction by default, in ms. */
export const PATIENCE_MS = 5_000;

/**
 * How often a database held by another process is tried again, in ms. Meanwhile this process keeps
 * answering.
 */
const TRY_AGAIN_MS = 50;

/** Timers and I/O callbacks of this turn of the event loop come first, and join the group. */
const NEXT: WriteTurn = {
  begin: (write) => {
    setImmediate(write);
  },
  end: () => undefined,
};

/**
 * Runs jobs in one transaction, and separately if one of them breaks a rule of the database.
 * Returns one end per job, in order.
 */
export function commitTogether<Result>(
  connection: Connection,
  jobs: readonly (() => Result)[],
): readonly Ended<Result>[] {
  try {
    return connection.transaction(() => jobs.map((job) => ({ kind: 'written', result: job() })));
  } catch (thrown) {
    const error = toStoreError(thrown);
    // An error of one job, or of a page it touches, is worth trying them one by one; a full disk
    // fails all of them.
    return (error.code === 'invalid' || error.code === 'damaged') && jobs.length > 1
      ? jobs.flatMap((job) => commitTogether(connection, [job]))
      : jobs.map(() => ({ kind: 'failed', error }));
  }
}

interface Waiting {
  /** Runs the job, and returns the function that notifies its caller. */
  readonly run: () => () => void;
  readonly reject: (error: StoreError) => void;
  /** When it stops waiting for another process. */
  readonly until: number;
}

/**
 * Collects the writes of one turn of the event loop and commits them together: a commit costs a
 * disk sync (about 0.3 ms) whether it holds one row or a hundred.
 *
 * It waits for a database held by another process without blocking. The driver would block, and
 * with it every answer to WeChat Pay, even "not stored".
 */
export function groupCommit(
  connection: Connection,
  patienceMs = PATIENCE_MS,
  turn: WriteTurn = NEXT,
): GroupCommit {
  const waiting: Waiting[] = [];
  let retry: NodeJS.Timeout | null = null;

  /** Returns the jobs that were not written because another process holds the database. */
  const commit = (group: readonly Waiting[]): readonly Waiting[] => {
    const ends = commitTogether(
      connection,
      group.map((one) => one.run),
    );
    const now = performance.now();
    return group.filter((one, n) => {
      const end = ends[n];
      if (end === undefined) return false;
      if (end.kind === 'written') end.result();
      else if (end.error instanceof BusyError && one.until > now) return true;
      else one.reject(end.error);
      return false;
    });
  };

  const commitAll = (): void => {
    retry = null;
    while (waiting.length > 0) {
      const held = commit(waiting.splice(0, GROUP_LIMIT));
      if (held.length === 0) continue;
      waiting.unshift(...held);
      retry = setTimeout(commitAll, TRY_AGAIN_MS);
      return;
    }
    turn.end();
  };

  return {
    write: <Result>(job: () => Result) =>
      new Promise<Result>((resolve, reject) => {
        if (waiting.length === 0) turn.begin(commitAll);
        waiting.push({
          run: () => {
            const result = job();
            return () => resolve(result);
          },
          reject,
          until: performance.now() + patienceMs,
        });
      }),
    flush: () => {
      if (retry !== null) clearTimeout(retry);
      commitAll();
      if (retry !== null) clearTimeout(retry);
      const busy = new StoreError('overloaded', 'the store was closed while another process held it');
      for (const one of waiting.splice(0)) one.reject(busy);
    },
  };
}
