import type { AlarmLevel, AlarmUnit } from '../../model/alarm';
import type { NoticeCause } from './notice';

/** What is said of one cause. `{value}` and `{threshold}` stand for the figures with their units. */
export interface CauseWords {
  /** What it is, in two or three words. */
  readonly name: string;
  /** One short line: what it is, with the figure. */
  readonly title: string;
  /** What it means. */
  readonly what: string;
  /** What to do first. */
  readonly first: string;
}

/** Everything the watchdog says in one language. */
export interface Words {
  readonly causes: Readonly<Record<NoticeCause, CauseWords>>;
  /** The head of a notice. */
  readonly alarm: (level: Exclude<AlarmLevel, 0>, title: string) => string;
  readonly over: (name: string) => string;
  /** What a value that is over stands at now. */
  readonly now: (value: string) => string;
  readonly limit: (threshold: string) => string;
  readonly since: (time: string) => string;
  readonly first: (what: string) => string;
  readonly runbook: (where: string) => string;
  readonly console: (where: string) => string;
  readonly figure: (value: number, unit: AlarmUnit) => string;
  /** The file the chapters are in. */
  readonly runbookFile: string;
}
