import type { Instant } from '../../values/instant';
import type { AlarmCause, AlarmLevel, AlarmUnit } from '../../model/alarm';

/** A language notices are written in. */
export type Language = 'zh' | 'en';

/** What the process says itself while the store cannot be written, and so cannot hold an alarm either. */
export const NOT_READY = 'not_ready';

/** What a notice is about: an alarm that the store keeps, or what is told without it. */
export type NoticeCause = AlarmCause | typeof NOT_READY;

/** What a robot or webhook is told: one cause, in words and in figures. It carries nothing that came from outside, and no secret. */
export interface Notice {
  /** The same for every attempt to tell the same, so that who hears it twice can tell. */
  readonly id: string;
  readonly cause: NoticeCause;
  /** 0: it is over. */
  readonly level: AlarmLevel;
  readonly value: number;
  readonly threshold: number;
  readonly unit: AlarmUnit;
  /** When it was decided to tell it. */
  readonly at: Instant;
  /** One line. */
  readonly title: string;
  /** All of it, the title first, lines ended by "\n". At most 2,000 bytes of UTF-8, which every robot takes. */
  readonly text: string;
  /** Where the runbook speaks of it. */
  readonly runbook: string;
}

/** Why a notice was not taken. */
export type DeliveryFailure =
  'not_configured' | 'timeout' | 'unreachable' | 'http_error' | 'rate_limited' | 'refused' | 'unreadable';

/** A notice that was not taken, or of which that is not known. Its message carries no address and no secret. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';

  /** `detail`: what the other side said, or what is to be done. */
  constructor(
    readonly code: DeliveryFailure,
    detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** A group robot or webhook. */
export interface AlarmTarget {
  /** Its name in config.json. */
  readonly name: string;
  /** Resolves once the other side said that it took the notice. Rejects with `DeliveryError`; it may have been taken all the same. */
  deliver(notice: Notice): Promise<void>;
}
