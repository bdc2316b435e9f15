import type { AlarmCause } from '../../model/alarm';
import type { IssueHandling } from '../../model/operators/issue';
import type { Pausable, Pause } from '../../model/operators/pause';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { WorkerStandings } from './worker-standing';

/*
 * The part of the operator API that is about the work itself: what runs, and what is paused.
 */

/** What an operator may say of an issue. */
export const ISSUE_STEPS = ['take', 'give_back', 'mute', 'unmute'] as const;

/** One of `ISSUE_STEPS`. */
export type IssueStep = (typeof ISSUE_STEPS)[number];

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
  /**
   * Says of the issue of one cause that its reader is on it (`take`) or no longer is (`give_back`),
   * or that robots leave it alone until a time, at most a week on, unless it gets worse; recorded.
   * `mute` needs `until` and `reason`.
   */
  handle_issue: {
    readonly params: {
      readonly cause: AlarmCause;
      readonly step: IssueStep;
      readonly until?: Instant | null;
      readonly reason?: string;
    };
    readonly answer: { readonly issues: readonly IssueHandling[] };
  };
  /** Ends a pause; recorded. `ended`: the pause that stood; null when none did. */
  resume: {
    readonly params: { readonly of: Pausable; readonly reason?: string };
    readonly answer: { readonly ended: Pause | null; readonly pauses: readonly Pause[] };
  };
}
