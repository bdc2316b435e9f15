import type { Instant } from '../values/instant';

/** Every cause that calls an operator. docs/runbook.md has a chapter on each. */
export const ALARM_CAUSES = [
  'oldest_due_message',
  'backlog',
  'dead_letters',
  'suspect_messages',
  'unknown_payments',
  'silent_callbacks',
  'missing_statement',
  'open_discrepancies',
  'failing_fulfilment',
  'abnormal_refunds',
  'overdue_refunds',
  'paused_work',
  'missing_api_token',
  'unknown_key',
  'clock_skew',
] as const;

/** One cause that calls an operator. */
export type AlarmCause = (typeof ALARM_CAUSES)[number];

/** The unit of each cause's value and threshold. */
export const ALARM_UNITS = {
  oldest_due_message: 'ms',
  backlog: 'count',
  dead_letters: 'count',
  suspect_messages: 'count',
  unknown_payments: 'count',
  silent_callbacks: 'percent',
  missing_statement: 'ms',
  open_discrepancies: 'count',
  failing_fulfilment: 'count',
  abnormal_refunds: 'count',
  overdue_refunds: 'count',
  paused_work: 'count',
  missing_api_token: 'count',
  unknown_key: 'count',
  clock_skew: 'count',
} as const satisfies Readonly<Record<AlarmCause, string>>;

/** A unit of an alarm's value. */
export type AlarmUnit = (typeof ALARM_UNITS)[AlarmCause];

/** How much of the threshold is reached, in percent. 0: less than half. */
export type AlarmLevel = 0 | 50 | 70 | 90 | 100;

/** The causes that are signals, which are there or not; the others are counted or measured. */
export const SIGNALLED_CAUSES = [
  'missing_api_token',
  'unknown_key',
  'clock_skew',
] as const satisfies readonly AlarmCause[];

/** Checks that outside text is a cause. */
export function isAlarmCause(value: unknown): value is AlarmCause {
  return ALARM_CAUSES.some((cause) => cause === value);
}

/** Checks that an outside number is a level. */
export function isAlarmLevel(value: unknown): value is AlarmLevel {
  return [0, 50, 70, 90, 100].some((level) => level === value);
}

/** What became of one notice to one robot or webhook. */
export interface AlarmDelivery {
  /** The target's name in config.json; its address is a secret. */
  readonly target: string;
  /** The level the notice reported; 0 is the all-clear. */
  readonly told: AlarmLevel;
  readonly at: Instant;
  readonly attempts: number;
  /** Null once it was sent; otherwise the last error. */
  readonly error: string | null;
}

/** The state of one cause. One document each, written by the watchdog. */
export interface Alarm {
  readonly cause: AlarmCause;
  readonly level: AlarmLevel;
  readonly value: number;
  readonly threshold: number;
  /** When it left level 0. Null once it is over, that is, once it has stayed at 0 for a while. */
  readonly since: Instant | null;
  /** Since when it is back at level 0 but not over yet; otherwise null. */
  readonly calmSince: Instant | null;
  /** The highest level notified in this window, and when. 0: the all-clear was notified. */
  readonly told: AlarmLevel;
  readonly toldAt: Instant | null;
  readonly deliveries: readonly AlarmDelivery[];
  /**
   * Rises by one with every change, starting at 1. A write succeeds only over the version before.
   */
  readonly version: number;
}

/** Something noticed that cannot be counted afterwards, such as a run without a token. */
export interface Signal {
  readonly cause: AlarmCause;
  readonly lastSeenAt: Instant;
  readonly detail: string;
}
