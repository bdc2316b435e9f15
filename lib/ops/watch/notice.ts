import type { Instant } from '../../values/instant';
import type { AlarmCause, AlarmLevel, AlarmUnit } from '../../model/alarm';

/**
 * The cause of a notice that the process sends itself while the store cannot be written and so
 * cannot hold an alarm.
 */
export const NOT_READY = 'not_ready';

/** The cause of the notice that an operator sends to see whether it arrives. */
export const TEST = 'test';

/** The cause of a notice: that of a stored alarm, `NOT_READY` or `TEST`. */
export type NoticeCause = AlarmCause | typeof NOT_READY | typeof TEST;

/** A notice about one cause, in words and figures. It contains no outside text and no secret. */
export interface Notice {
  /** The same for every attempt, so that a receiver recognises a repeat. */
  readonly id: string;
  readonly cause: NoticeCause;
  /** 0: all clear. */
  readonly level: AlarmLevel;
  readonly value: number;
  readonly threshold: number;
  readonly unit: AlarmUnit;
  /** When the notice was decided. */
  readonly at: Instant;
  /** One line. */
  readonly title: string;
  /**
   * The whole text, title first, lines separated by "\n". At most 2,000 bytes of UTF-8, which every
   * robot accepts.
   */
  readonly text: string;
  /** Its chapter in the runbook: an address where `ops.runbookUrl` is set, else a path. */
  readonly runbook: string;
}

/** Why a notice was not accepted. */
export type DeliveryFailure =
  'not_configured' | 'timeout' | 'unreachable' | 'http_error' | 'rate_limited' | 'refused' | 'unreadable';

/**
 * A notice that was not accepted, or may not have been. The message contains no address and no
 * secret.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';

  /** `detail`: the other side's answer, or the fix. */
  constructor(
    readonly code: DeliveryFailure,
    detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** What came of a test notice to one target. */
export type TestedTarget =
  | { readonly target: string; readonly ok: true }
  | { readonly target: string; readonly ok: false; readonly message: string };

/** A group robot or webhook. */
export interface AlarmTarget {
  /** Its name in config.json. */
  readonly name: string;
  /**
   * Resolves once the other side accepted the notice. Rejects with `DeliveryError`; the notice may
   * have been accepted all the same.
   */
  deliver(notice: Notice): Promise<void>;
}
