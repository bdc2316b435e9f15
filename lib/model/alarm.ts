import type { Instant } from '../values/instant';

/** Everything an operator is called for. Each has its chapter in docs/runbook.md. */
export const ALARM_CAUSES = [
  'oldest_due_message',
  'backlog',
  'dead_letters',
  'unknown_payments',
  'silent_callbacks',
  'missing_statement',
  'open_discrepancies',
  'failing_fulfilment',
  'abnormal_refunds',
  'missing_api_token',
] as const;

/** One thing an operator is called for. */
export type AlarmCause = (typeof ALARM_CAUSES)[number];

/** What the value and the threshold of each cause count. */
export const ALARM_UNITS = {
  oldest_due_message: 'ms',
  backlog: 'count',
  dead_letters: 'count',
  unknown_payments: 'count',
  silent_callbacks: 'percent',
  missing_statement: 'ms',
  open_discrepancies: 'count',
  failing_fulfilment: 'count',
  abnormal_refunds: 'count',
  missing_api_token: 'count',
} as const satisfies Readonly<Record<AlarmCause, string>>;

/** A unit of an alarm's value. */
export type AlarmUnit = (typeof ALARM_UNITS)[AlarmCause];

/** How much of a threshold is reached, in percent; 0: below half of it. */
export type AlarmLevel = 0 | 50 | 70 | 90 | 100;

/** Guards text that came from outside as a cause. */
export function isAlarmCause(value: unknown): value is AlarmCause {
  return ALARM_CAUSES.some((cause) => cause === value);
}

/** Guards a number that came from outside as a level. */
export function isAlarmLevel(value: unknown): value is AlarmLevel {
  return [0, 50, 70, 90, 100].some((level) => level === value);
}

/** What became of telling one robot or webhook about an alarm. */
export interface AlarmDelivery {
  /** The target's name in config.json; its address is a secret. */
  readonly target: string;
  /** What it was told: a level, or that it is over. */
  readonly told: AlarmLevel;
  readonly at: Instant;
  readonly attempts: number;
  /** Null once it was taken; else what went wrong last. */
  readonly error: string | null;
}

/** How one cause stands. One document each, written by the watchdog. */
export interface Alarm {
  readonly cause: AlarmCause;
  readonly level: AlarmLevel;
  readonly value: number;
  readonly threshold: number;
  /** When it left level 0; null once it is over, which is when it has been back there for a while. */
  readonly since: Instant | null;
  /** Since when it is back at level 0 and not over yet; null otherwise. */
  readonly calmSince: Instant | null;
  /** The highest level that was told in this window, and when; 0: the all-clear was. */
  readonly told: AlarmLevel;
  readonly toldAt: Instant | null;
  readonly deliveries: readonly AlarmDelivery[];
  /** Goes up by one with every change, and the first is 1: it is stored only over the version before. */
  readonly version: number;
}

/** Something a worker noticed that nobody could count afterwards, such as a run without an API token. */
export interface Signal {
  readonly cause: AlarmCause;
  readonly lastSeenAt: Instant;
  readonly detail: string;
}
