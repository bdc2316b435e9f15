import type { Scheduler } from '../scheduler';

/**
 * Runs `work` with a global `setTimeout` in virtual time (p-retry uses it), and without the real
 * clock or randomness: using one throws, and the history fails.
 */
export async function withVirtualGlobals(scheduler: Scheduler, work: () => Promise<void>): Promise<void> {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    now: Date.now,
    random: Math.random,
  };
  const cancels = new Map<number, () => void>();
  let serial = 0;
  const virtual = {
    setTimeout: (run: () => void, ms = 0) => {
      const { current } = scheduler;
      const id = (serial += 1);
      cancels.set(id, scheduler.after(ms, current, run));
      return id;
    },
    clearTimeout: (id: unknown) => {
      if (typeof id !== 'number') return;
      cancels.get(id)?.();
      cancels.delete(id);
    },
  };
  const forbidden = (name: string) => () => {
    throw new Error(`${name} is of the real world: take what is injected`);
  };
  Object.assign(globalThis, virtual);
  Date.now = forbidden('Date.now');
  Math.random = forbidden('Math.random');
  try {
    await work();
  } finally {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Date.now = real.now;
    Math.random = real.random;
  }
}
