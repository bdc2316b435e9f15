import { SimulatorError } from './simulator-error';

/**
 * What somebody who waits sees when they look: the end, an end they did not hope for, or nothing
 * yet.
 */
export type Look = () => 'wait' | 'done' | SimulatorError;

/** Those who wait for the simulator to get somewhere. */
export interface Waiting {
  /**
   * Resolves or rejects once `look` sees the end; it is asked again after every change. Rejects
   * when the simulator is stopped first.
   */
  readonly wait: (look: Look) => Promise<void>;
  /** Something has changed. */
  readonly changed: () => void;
  /** Nothing will change any more. */
  readonly stop: () => void;
}

/** Makes a list of those who wait, with nobody on it. */
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
            reject(new SimulatorError('stopped', 'the simulator was stopped while somebody waited'));
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
