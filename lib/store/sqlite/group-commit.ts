import { StoreError } from '../errors';
import type { Connection } from './connection';
import { BusyError, toStoreError } from './errors';

/** Writes that share commits. */
export interface GroupCommit {
  /**
   * Runs `job` inside a transaction that it may share with others, and answers once that is on disk. Rejects with a
   * `StoreError` when the job or the commit failed; then nothing of the job was written. A job may be run twice (the
   * first time is then undone), so it must do nothing but read and write the database.
   */
  write<Result>(job: () => Result): Promise<Result>;
  /** Commits what is waiting, and fails what cannot be now. What is written after that is a group of its own. */
  flush(): void;
}

/** At most this many jobs share a transaction, so that the process is not deaf for long: 1,000 inserts take 15 ms. */
const GROUP_LIMIT = 1_000;

/** How long a write waits for another process's transaction, in ms, unless told otherwise. */
export const PATIENCE_MS = 5_000;

/** While another process holds the database, it is tried again so often, in ms. In between, this process answers as ever. */
const TRY_AGAIN_MS = 50;

interface Waiting {
  /** Runs the job, and answers what tells its caller. */
  readonly run: () => () => void;
  readonly reject: (error: StoreError) => void;
  /** When it gives up waiting for another process. */
  readonly until: number;
}

/**
 * Collects the writes of one turn of the event loop and commits them together: each costs a sync of the disk
 * (about 0.3 ms), whether it holds one row or a hundred.
 *
 * A database that another process holds is waited for without blocking: the driver would, and with it every answer to WeChat Pay,
 * "not stored" too.
 */
export function groupCommit(connection: Connection, patienceMs = PATIENCE_MS): GroupCommit {
  const waiting: Waiting[] = [];
  let retry: NodeJS.Timeout | null = null;

  /** Answers the jobs that were not written because another process holds the database. */
  const commit = (group: readonly Waiting[]): readonly Waiting[] => {
    let answers: readonly (() => void)[];
    try {
      answers = connection.transaction(() => group.map((one) => one.run()));
    } catch (error) {
      const failure = toStoreError(error);
      // Only what is wrong with one of them is worth trying one by one; a full disk fails them all.
      if (failure.code === 'invalid' && group.length > 1) return group.flatMap((one) => commit([one]));
      const now = performance.now();
      const isHeld = (one: Waiting): boolean => failure instanceof BusyError && one.until > now;
      for (const one of group) if (!isHeld(one)) one.reject(failure);
      return group.filter(isHeld);
    }
    answers.forEach((answer) => answer());
    return [];
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
  };

  return {
    write: <Result>(job: () => Result) =>
      new Promise<Result>((resolve, reject) => {
        // Timers and I/O callbacks of this turn come first, and join the group.
        if (waiting.length === 0) setImmediate(commitAll);
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
