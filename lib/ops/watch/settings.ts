import type { SubMchId } from '../../values/ids';
import type { AlarmCause } from '../../model/alarm';
import type { Language } from './notice';

/** When one cause is told of. */
export interface CauseSettings {
  /** What is 100 %, in the cause's unit; null: it is not watched. */
  readonly threshold: number | null;
  /** After so long, in ms, it is told again while it goes on. */
  readonly windowMs: number;
}

/** What the watchdog looks at and when it speaks. Times in ms. */
export interface WatchSettings {
  readonly causes: Readonly<Record<AlarmCause, CauseSettings>>;
  /** How long a cause has to be quiet before it is over. */
  readonly calmMs: number;
  /** Dead messages are counted that were first heard of within this. */
  readonly deadWithinMs: number;
  /** Payments are looked at for their callbacks that were heard of within this. */
  readonly silentWithinMs: number;
  /** Fewer payments without a callback than this are no alarm. */
  readonly silentAtLeast: number;
  /** A pending order of this age should be paid or closed. */
  readonly unknownAfterMs: number;
  /** An order of this age whose delivery is still due is late. */
  readonly undeliveredAfterMs: number;
  readonly statement: {
    readonly fromHour: number;
    readonly finalHour: number;
    readonly carryOverDays: number;
  };
  readonly merchants: readonly SubMchId[];
  readonly speech: Speech;
}

/** How a notice is put into words. */
export interface Speech {
  readonly language: Language;
  /** Whose shop it is. */
  readonly shop: string;
  /** Where the console is; null when nobody said. */
  readonly consoleUrl: string | null;
}
