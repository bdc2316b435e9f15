import type { SharedState } from '../runtime/shared-state';
import type { Alarms } from './ports/ops-port';

/** The alarms of a store that reads them, the signals and shared values apart. */
export function withStanding(alarms: Omit<Alarms, 'standing'>, shared: Pick<SharedState, 'read'>): Alarms {
  return {
    ...alarms,
    async standing(key, now) {
      const [all, signals, entry] = await Promise.all([
        alarms.all(),
        alarms.signals(),
        shared.read(key, now),
      ]);
      return { alarms: all, signals, shared: entry };
    },
  };
}
