import { stopwatch } from '../../../runtime/stopwatch';
import type { Timers } from '../../../runtime/timers';
import type { Clock } from '../../../values/instant';
import { StoreError } from '../../errors';
import type { Aggregate, Collection, Database, Query } from './database';
import { classify } from './errors';

/** How a process uses the database's connections: one request takes one. */
export interface ConnectionSettings {
  /** The most requests at a time. */
  readonly share: number;
  /** For how long a request is repeated that CloudBase refuses for load, in ms. */
  readonly patienceMs: number;
  /** The longest pause before it is repeated, in ms: the first is 50, and each twice as long. */
  readonly longestPauseMs: number;
  /** For how long a request waits for a free connection, all its tries together, in ms. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

/** The pause before a refused request is repeated, in ms: doubled each time, half of it jitter. */
const FIRST_PAUSE_MS = 50;

/** Runs a request when one of the process's connections is free. */
type Use = (request: () => unknown) => Promise<unknown>;

/**
 * The database through a limited number of connections, for everything in this process together.
 *
 *   waiting ── fewer in use than allowed ──▶ in use ── answered ──▶ done
 *      ▲                                       │
 *      └── pause ◀── refused for load ─────────┘ ── patience is over ──▶ rejected
 *
 * A refusal halves what is allowed, once for all requests that were under way; each round of
 * answers allows one more, up to the share. So processes that share too few connections come to
 * terms, and none of them loses work. A refused request had no effect, so repeating it is safe.
 *
 * Failure policy: fail closed. After its patience a request rejects as it would have at once, and
 * one that found no free connection in its time rejects as overloaded: where all connections hang,
 * a lease would run out behind them.
 */
export function limitedDatabase(db: Database, settings: ConnectionSettings): Database {
  const use = connections(settings);
  return {
    command: db.command,
    collection: (name) => limitedCollection(db.collection(name), use),
  };
}

function limitedCollection(collection: Collection, use: Use): Collection {
  return {
    ...limitedQuery(collection, use),
    add: (options) => use(() => collection.add(options)),
    aggregate: () => limitedAggregate(collection.aggregate(), use),
  };
}

function limitedAggregate(aggregate: Aggregate, use: Use): Aggregate {
  return {
    match: (condition) => limitedAggregate(aggregate.match(condition), use),
    group: (groups) => limitedAggregate(aggregate.group(groups), use),
    end: () => use(() => aggregate.end()),
  };
}

function limitedQuery(query: Query, use: Use): Query {
  return {
    where: (condition) => limitedQuery(query.where(condition), use),
    orderBy: (path, direction) => limitedQuery(query.orderBy(path, direction), use),
    skip: (count) => limitedQuery(query.skip(count), use),
    limit: (max) => limitedQuery(query.limit(max), use),
    field: (projection) => limitedQuery(query.field(projection), use),
    get: () => use(() => query.get()),
    count: () => use(() => query.count()),
    update: (options) => use(() => query.update(options)),
    remove: () => use(() => query.remove()),
  };
}

function noneFree(waitMs: number): StoreError {
  const seconds = waitMs / 1_000;
  return new StoreError(
    'overloaded',
    `No connection of this process to CloudBase became free in ${seconds} s; wait, or raise store.connections if the plan has more.`,
  );
}

function connections(settings: ConnectionSettings): Use {
  const { share, patienceMs, longestPauseMs, waitMs, clock, timers, random } = settings;
  const elapsed = stopwatch(clock);
  const waiting: (() => void)[] = [];
  let allowed = share;
  let inUse = 0;
  /** Counts the refusals that halved what is allowed. */
  let halvings = 0;

  const letIn = (): void => {
    while (inUse < Math.floor(allowed)) {
      const next = waiting.shift();
      if (next === undefined) return;
      inUse += 1;
      next();
    }
  };
  const enter = (ms: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let cancel = (): void => undefined;
      const goIn = (): void => {
        cancel();
        resolve();
      };
      waiting.push(goIn);
      letIn();
      if (!waiting.includes(goIn)) return;
      cancel = timers.after(ms, () => {
        waiting.splice(waiting.indexOf(goIn), 1);
        reject(noneFree(waitMs));
      });
    });
  const leave = (): void => {
    inUse -= 1;
    letIn();
  };
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      timers.after(ms, resolve);
    });

  return async (request) => {
    let refusedAt: number | null = null;
    let waitedMs = 0;
    for (let step = FIRST_PAUSE_MS; ; step = Math.min(longestPauseMs, step * 2)) {
      const from = elapsed();
      await enter(Math.max(1, waitMs - waitedMs));
      waitedMs += elapsed() - from;
      const before = halvings;
      try {
        const answer = await request();
        allowed = Math.min(share, allowed + 1 / allowed);
        return answer;
      } catch (error) {
        if (classify(error) !== 'overloaded') throw error;
        if (before === halvings) {
          halvings += 1;
          allowed = Math.max(1, allowed / 2);
        }
        refusedAt ??= elapsed();
        if (elapsed() - refusedAt + step > patienceMs) throw error;
      } finally {
        leave();
      }
      await pause(Math.round(step / 2 + (step / 2) * random()));
    }
  };
}
