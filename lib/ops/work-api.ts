import type { Pausable, Pause } from '../model/pause';
import type { SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { WorkerStandings } from './worker-standing';

/*
 * The part of the operator API that is about the work itself: what runs, and what is paused.
 */

/** Operations on workers, their parameters and answers. */
export interface WorkOperations {
  /** How each worker stands, what is paused, and which merchants there are to pause. */
  workers: {
    readonly params: object;
    readonly answer: WorkerStandings & {
      readonly pauses: readonly Pause[];
      readonly merchants: readonly SubMchId[];
    };
  };
  /**
   * Pauses a worker or a merchant, in place of a pause of the same that stands; recorded. Work that
   * is under way ends. `until` lies in the future; absent: until somebody resumes it.
   */
  pause: {
    readonly params: { readonly of: Pausable; readonly reason: string; readonly until?: Instant | null };
    readonly answer: { readonly pauses: readonly Pause[] };
  };
  /** Ends a pause; recorded. `ended`: the pause that stood; null when none did. */
  resume: {
    readonly params: { readonly of: Pausable; readonly reason?: string };
    readonly answer: { readonly ended: Pause | null; readonly pauses: readonly Pause[] };
  };
}
