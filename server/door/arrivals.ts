/*
 * When a request reached this machine, as precisely as Node can tell.
 *
 * Node reports a request when it reads it. While the thread is blocked for three seconds, requests
 * wait in the kernel and seem to arrive only afterwards, but WeChat Pay, which waits about five,
 * has been counting. Two things are known: requests read in one turn of the event loop arrived
 * before that turn started to read, and a late heartbeat shows since when the thread was blocked.
 * So a request counts from the start of the turn that read it or, when that turn follows a stall,
 * from before the stall. The result is too early by the stall at most, and too late by two
 * heartbeats at most.
 */

/** How often the heartbeat fires, in ms. A stall shorter than two beats looks like a late timer. */
export const HEARTBEAT_MS = 50;

/** Milliseconds that never decrease; their origin has no meaning. */
export type Monotonic = () => number;

/** What measuring arrivals needs of the event loop. */
export interface LoopHooks {
  readonly now: Monotonic;
  /** Runs once, after this turn of the loop has reported everything that arrived before it. */
  readonly afterThisTurn: (then: () => void) => void;
}

/** Measures how long something waited before it was read. */
export interface Arrivals {
  /** Must be called every `HEARTBEAT_MS`. */
  beat(): void;
  /** When a request read now arrived, on the monotonic clock; never later than now. */
  arrival(): number;
  /** How long ago a time on that clock was, in whole ms. */
  waitedMs(since: number): number;
}

/** Starts to observe the event loop through these hooks. */
export function watchArrivals({ now, afterThisTurn }: LoopHooks): Arrivals {
  let lastBeat = now();
  let turn: number | null = null;
  const begin = (at: number): number => {
    turn = at;
    afterThisTurn(() => {
      turn = null;
    });
    return at;
  };
  return {
    beat() {
      const at = now();
      // The heartbeat runs before the turn reads requests: the stall it ends started after the
      // previous beat.
      if (at - lastBeat > 2 * HEARTBEAT_MS) begin(lastBeat);
      lastBeat = at;
    },
    arrival: () => turn ?? begin(now()),
    waitedMs: (since) => Math.max(0, Math.round(now() - since)),
  };
}
