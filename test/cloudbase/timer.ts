/**
 * The source of waiting. Everything here that waits (delays, transaction expiry, a function's time
 * limit) gets one, so that a test decides when time is up instead of sleeping.
 */
export interface Timer {
  /** Runs `callback` once after `ms` milliseconds. The returned function cancels it. */
  schedule(ms: number, callback: () => void): () => void;
}

/** Real time. Its timers keep no process alive. */
export const realTimer: Timer = {
  schedule(ms, callback) {
    const handle = setTimeout(callback, ms);
    handle.unref();
    return () => clearTimeout(handle);
  },
};

/** A timer that a test turns by hand. */
export interface ManualTimer extends Timer {
  /** Lets `ms` milliseconds pass and runs what became due, in order. */
  advance(ms: number): void;
  /** How many callbacks are waiting. */
  pending(): number;
}

/** Makes a timer on which no time passes until `advance` is called. */
export function manualTimer(): ManualTimer {
  let now = 0;
  let waiting: { readonly due: number; readonly callback: () => void }[] = [];
  return {
    schedule(ms, callback) {
      const entry = { due: now + ms, callback };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance(ms) {
      now += ms;
      const due = waiting.filter((entry) => entry.due <= now).sort((a, b) => a.due - b.due);
      waiting = waiting.filter((entry) => entry.due > now);
      for (const { callback } of due) callback();
    },
    pending: () => waiting.length,
  };
}
