/** A way to wait that tests can take into their own hands. */
export interface Timers {
  /**
   * Runs `then` once after `ms` milliseconds unless cancelled. The returned function cancels it and
   * may be called at any time.
   */
  after(ms: number, then: () => void): () => void;
}

/** Real time. A timer of ours never keeps the process alive by itself. */
export const systemTimers: Timers = {
  after(ms, then) {
    const timer = setTimeout(then, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** What came first: the work's value, the work's failure, or the end of the time allowed. */
export type Timed<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'timeout' };

/**
 * Waits for `work` for at most `ms` milliseconds. Never rejects; work that comes later, or fails
 * later, is let go. The caller must treat `timeout` as "not known": the work may still take effect.
 */
export function within<Value>(timers: Timers, ms: number, work: () => Promise<Value>): Promise<Timed<Value>> {
  return new Promise((resolve) => {
    const cancel = timers.after(ms, () => {
      resolve({ kind: 'timeout' });
    });
    work().then(
      (value) => {
        cancel();
        resolve({ kind: 'value', value });
      },
      (error: unknown) => {
        cancel();
        resolve({ kind: 'error', error });
      },
    );
  });
}
