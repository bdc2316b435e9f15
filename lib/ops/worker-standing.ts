import type { WorkerName } from '../config/jobs';
import type { Instant } from '../values/instant';

/** A worker's last and next run, since the server started. */
export interface WorkerStanding {
  readonly worker: WorkerName;
  readonly isRunning: boolean;
  /** Null before the first run. */
  readonly last: WorkerRun | null;
  /** When its timer starts it next; it may be woken earlier. Null when its timer never does. */
  readonly nextAt: Instant | null;
}

/** A run that has ended. */
export interface WorkerRun {
  readonly startedAt: Instant;
  readonly ms: number;
  /** `broke_off`: it failed; the log has the error (`worker_failed`). */
  readonly outcome: 'done' | 'broke_off';
}
