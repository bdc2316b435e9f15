import { SimulatorError } from './simulator-error';

/** The result of a check: done, failed, or not yet. */
export type Look = () => 'wait' | 'done' | SimulatorError;

/** Callers that wait for the simulator to reach a state. */
export interface Waiting {
  /**
   * Resolves or rejects once `look` returns an end; it is called after every change. Rejects when
   * the simulator is stopped first.
   */
  readonly wait: (look: Look) => Promise<void>;
  /** Checks every waiting caller again. */
  readonly changed: () => void;
  /** Rejects all waiting callers. */
  readonly stop: () => void;
}

/** Creates an empty list of waiting callers. */
export function createWaiting(): Waiting {
  const waiters = new Set<() => boolean>();
  let stopped = false;

  const changed = (): void => {
    for (const settle of waiters) if (settle()) waiters.delete(settle);
  };
  return {
    wait: (look) =>
      new Promise((resolve, reject) => {
        const settle = (): boolean => {
          const seen = look();
          if (seen === 'done') resolve();
          else if (seen !== 'wait') reject(seen);
          else if (stopped)
            reject(new SimulatorError('stopped', 'the simulator was stopped while a caller waited'));
          else return false;
          return true;
        };
        if (!settle()) waiters.add(settle);
      }),
    changed,
    stop() {
      stopped = true;
      changed();
    },
  };
}
