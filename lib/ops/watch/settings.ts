import type { SubMchId } from '../../values/ids';
import type { AlarmCause } from '../../model/alarm';
import type { Language } from './notice';

/** The settings of one cause. */
export interface CauseSettings {
  /** The value that counts as 100 %, in the cause's unit; null: it is not watched. */
  readonly threshold: number | null;
  /** After this long, in ms, the notice repeats while the alarm lasts. */
  readonly windowMs: number;
}

/** What the watchdog watches, and when it notifies. Times in ms. */
export interface WatchSettings {
  readonly causes: Readonly<Record<AlarmCause, CauseSettings>>;
  /** How long a cause must stay quiet before it is over. */
  readonly calmMs: number;
  /** Dead messages count when they were first received within this time. */
  readonly deadWithinMs: number;
  /** Payments that became known within this time are checked for a missing callback. */
  readonly silentWithinMs: number;
  /** Fewer payments without a callback than this raise no alarm. */
  readonly silentAtLeast: number;
  /** A pending order of this age should be paid or closed. */
  readonly unknownAfterMs: number;
  /** An order of this age whose fulfilment is still due is late. */
  readonly undeliveredAfterMs: number;
  readonly statement: {
    readonly fromHour: number;
    readonly finalHour: number;
    readonly carryOverDays: number;
  };
  readonly merchants: readonly SubMchId[];
  readonly speech: Speech;
}

/** What the text of a notice depends on. */
export interface Speech {
  readonly language: Language;
  /** The shop's name. */
  readonly shop: string;
  /** The console's address; null when not configured. */
  readonly consoleUrl: string | null;
}
