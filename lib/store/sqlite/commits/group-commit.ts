import { StoreError } from '../../errors';
import type { Connection } from '../base/connection';
import { BusyError, toStoreError } from '../base/errors';

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

/** How a job of a group ended: on disk with what it answered, or not at all. */
export type Ended<Result> =
  | { readonly kind: 'written'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: StoreError };

/** When what was collected may be written. */
export interface WriteTurn {
  /** Calls `write` once, when it may. */
  begin(write: () => void): void;
  /** All is written. */
  end(): void;
}

/** At most this many jobs share a transaction, so that the process is not deaf for long: 1,000 inserts take 15 ms. */
export const GROUP_LIMIT = 1_000;

/** How long a write waits for another process's transaction, in ms, unless told otherwise. */
export const PATIENCE_MS = 5_000;

/** While another process holds the database, it is tried again so often, in ms. In between, this process answers as ever. */
const TRY_AGAIN_MS = 50;

/** Timers and I/O callbacks of this turn of the event loop come first, and join the group. */
const NEXT: WriteTurn = {
  begin: (write) => {
    setImmediate(write);
  },
  end: () => undefined,
};

/** Runs jobs in one transaction, and alone those that break a rule of the database. Answers one end per job, in order. */
export function commitTogether<Result>(
  connection: Connection,
  jobs: readonly (() => Result)[],
): readonly Ended<Result>[] {
  try {
    return connection.transaction(() => jobs.map((job) => ({ kind: 'written', result: job() })));
  } catch (thrown) {
    const error = toStoreError(thrown);
    // What is wrong with one of them, or with the page of one, is worth trying one by one; a full disk fails them all.
    return (error.code === 'invalid' || error.code === 'damaged') && jobs.length > 1
      ? jobs.flatMap((job) => commitTogether(connection, [job]))
      : jobs.map(() => ({ kind: 'failed', error }));
  }
}

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
export function groupCommit(
  connection: Connection,
  patienceMs = PATIENCE_MS,
  turn: WriteTurn = NEXT,
): GroupCommit {
  const waiting: Waiting[] = [];
  let retry: NodeJS.Timeout | null = null;

  /** Answers the jobs that were not written because another process holds the database. */
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
