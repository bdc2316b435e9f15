import type { WorkerName } from '../config/jobs';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { SharedState } from '../runtime/shared-state';
import { stopwatch } from '../runtime/stopwatch';
import type { NoteVersion, WorkerRun } from '../store/worker-runs';
import { noteRun } from '../store/worker-runs';
import type { Clock } from '../values/instant';
import type { WorkerHandler } from './ports';

/**
 * How often a process notes its runs, in ms. Each note costs a request. If every idle run noted
 * itself, that would cost as much as all else that an idle shop does.
 */
export const NOTED_EVERY_MS = 3_600_000;

/**
 * A failed run is noted this long after the last note, in ms, so that operators see it soon. So is
 * the run after a failure, or after a note that could not be written.
 */
const SOON_MS = 60_000;

/** What noting runs needs. */
export interface NotingPorts {
  readonly store: { readonly shared: SharedState };
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The same worker, of which some runs are noted in the store, so that operators see them where no
 * process remembers any: the first of each process, one every `NOTED_EVERY_MS`, failures, and the
 * recovery from them.
 *
 * Failure policy: fail open. A run that cannot be noted is logged; its result stands.
 */
export function noted(ports: NotingPorts, worker: WorkerName, run: WorkerHandler): WorkerHandler {
  const sinceOpen = stopwatch(ports.clock);
  let last: { readonly at: number; readonly saysDone: boolean } | null = null;
  let version: NoteVersion = null;
  const note = async (ended: WorkerRun): Promise<void> => {
    const isDone = ended.outcome === 'done';
    const at = sinceOpen();
    if (last !== null && at - last.at < (isDone && last.saysDone ? NOTED_EVERY_MS : SOON_MS)) return;
    last = { at, saysDone: false };
    try {
      version = await noteRun(ports.store.shared, worker, ended, ports.clock.now(), version);
      last = { at, saysDone: isDone };
    } catch (error) {
      ports.log.warn('run_not_noted', { outTradeNo: null, worker, error: errorText(error) });
    }
  };
  return async (budget, start) => {
    const elapsed = stopwatch(ports.clock);
    const startedAt = ports.clock.now();
    const outcomeOf = (outcome: WorkerRun['outcome']): WorkerRun => ({
      startedAt,
      ms: Math.round(elapsed()),
      outcome,
    });
    try {
      const report = await run(budget, start);
      await note(outcomeOf('done'));
      return report;
    } catch (error) {
      await note(outcomeOf('broke_off'));
      throw error;
    }
  };
}
