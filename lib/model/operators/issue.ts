import type { Instant } from '../../values/instant';
import { isInstant } from '../../values/instant';
import { isRecord } from '../../values/json';
import type { Alarm, AlarmCause, AlarmLevel } from '../alarm';
import { isAlarmCause, isAlarmLevel } from '../alarm';

/*
 * An issue is what is open of one cause: the cause groups it, and its alarm tells people of it.
 * Operators say of an issue who is on it, and until when robots leave it alone.
 */

/** Robots send nothing more of a cause, unless it gets worse. */
export interface Mute {
  /** The operator's sign-in name. */
  readonly who: string;
  readonly reason: string;
  readonly since: Instant;
  readonly until: Instant;
  /**
   * How bad it was: what is worse is sent all the same, a higher level or twice the value. The
   * highest level alone would hide everything beyond the threshold.
   */
  readonly level: AlarmLevel;
  readonly value: number;
}

/** What operators said of one issue. */
export interface IssueHandling {
  readonly cause: AlarmCause;
  /** Who is on it, and since when. */
  readonly owner: { readonly who: string; readonly at: Instant } | null;
  readonly mute: Mute | null;
}

/** The longest mute, in ms: a week. */
export const LONGEST_MUTE_MS = 7 * 86_400_000;

/**
 * What stands of it at `now`. An owner took one issue: not the one that the alarm fired for later.
 * Pure.
 */
export function handlingAt(
  { cause, owner, mute }: IssueHandling,
  alarm: Pick<Alarm, 'since'> | null,
  now: Instant,
): IssueHandling {
  const since = alarm?.since ?? null;
  const isOthers = owner !== null && since !== null && since > owner.at;
  return { cause, owner: isOthers ? null : owner, mute: mute !== null && mute.until > now ? mute : null };
}

/** Checks a stored handling. */
export function isIssueHandling(value: unknown): value is IssueHandling {
  if (!isRecord(value)) return false;
  const { cause, owner, mute } = value;
  return isAlarmCause(cause) && (owner === null || isOwner(owner)) && (mute === null || isMute(mute));
}

function isOwner(value: unknown): boolean {
  return isRecord(value) && typeof value['who'] === 'string' && isInstant(value['at']);
}

function isMute(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value['who'] === 'string' &&
    typeof value['reason'] === 'string' &&
    isInstant(value['since']) &&
    isInstant(value['until']) &&
    isAlarmLevel(value['level']) &&
    typeof value['value'] === 'number'
  );
}
