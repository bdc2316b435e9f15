/*
 * When a request reached this machine, as well as Node can tell.
 *
 * Node tells of a request when it gets round to reading it. While one piece of work holds the thread for three seconds, requests wait in
 * the kernel and seem to have come only afterwards; WeChat Pay, which waits about five, has counted all the while. Two things are known:
 * what is told of in one turn of the event loop had come before that turn began to read, and a heartbeat that comes late says since when
 * the thread has been held. So a request counts from the beginning of the turn that read it or, when the turn follows a stall, from
 * before the stall. That is at most the stall too early, and never too late by more than two heartbeats.
 */

/** How often the heart beats, in ms. A stall shorter than two beats is not told from a timer that is a little late. */
export const HEARTBEAT_MS = 50;

/** Milliseconds that never go back; their beginning means nothing. */
export type Monotonic = () => number;

/** What telling arrivals needs of the event loop. */
export interface LoopHooks {
  readonly now: Monotonic;
  /** Runs once, when everything that had come by this turn of the loop has been told of. */
  readonly afterThisTurn: (then: () => void) => void;
}

/** Tells how long something has waited before it was seen. */
export interface Arrivals {
  /** To be called every `HEARTBEAT_MS`. */
  beat(): void;
  /** When what is seen now came, on the monotonic clock; never later than now. */
  arrival(): number;
  /** How long ago a moment on that clock was, in whole ms. */
  waitedMs(since: number): number;
}

/** Begins to watch the event loop through these hooks. */
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
      // The heartbeat runs before the turn reads what came: the stall it ends began no earlier than the beat before.
      if (at - lastBeat > 2 * HEARTBEAT_MS) begin(lastBeat);
      lastBeat = at;
    },
    arrival: () => turn ?? begin(now()),
    waitedMs: (since) => Math.max(0, Math.round(now() - since)),
  };
}
