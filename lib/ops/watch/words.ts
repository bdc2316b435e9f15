import type { AlarmLevel, AlarmUnit } from '../../model/alarm';
import type { NoticeCause } from './notice';

/**
 * The texts about one cause. `{value}` and `{threshold}` are replaced by the figures with their
 * units.
 */
export interface CauseWords {
  /** Its name, in two or three words. */
  readonly name: string;
  /** One short line with the figure. */
  readonly title: string;
  /** What it means. */
  readonly what: string;
  /** What to do first. */
  readonly first: string;
}

/** All texts of the watchdog in one language. */
export interface Words {
  readonly causes: Readonly<Record<NoticeCause, CauseWords>>;
  /** The title of an alarm's notice. */
  readonly alarm: (level: Exclude<AlarmLevel, 0>, title: string) => string;
  readonly over: (name: string) => string;
  /** The title of a test. */
  readonly test: (title: string) => string;
  /** The current value of an alarm that is over. */
  readonly now: (value: string) => string;
  readonly limit: (threshold: string) => string;
  readonly since: (time: string) => string;
  readonly first: (what: string) => string;
  readonly runbook: (where: string) => string;
  readonly console: (where: string) => string;
  readonly figure: (value: number, unit: AlarmUnit) => string;
  /** The file of the runbook. */
  readonly runbookFile: string;
}
