/** Timers that tests can control. */
export interface Timers {
  /**
   * Runs `then` once after `ms` milliseconds unless cancelled. The returned function cancels it and
   * may be called at any time.
   */
  after(ms: number, then: () => void): () => void;
}

/** Real timers. They never keep the process alive on their own. */
export const systemTimers: Timers = {
  after(ms, then) {
    const timer = setTimeout(then, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** The first of: the work's value, its failure, or the time limit. */
export type Timed<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'timeout' };

/**
 * Waits for `work` for at most `ms` milliseconds. Never rejects; a later result or failure is
 * ignored. The caller must treat `timeout` as "unknown": the work may still take effect.
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
