import type { Config } from '../../config/config-schema';

/** What the watchdog watches, and when it notifies. Times in ms. */
export type WatchSettings = Readonly<Omit<Config['watchdog'], 'targets'>>;

/** When an order counts as late, in ms after it was created. */
export type Lateness = Pick<WatchSettings, 'unknownAfterMs' | 'unfulfilledAfterMs' | 'quiet'>;

/** The settings of one cause. */
export type CauseSettings = Readonly<WatchSettings['causes'][keyof WatchSettings['causes']]>;

/** What the text of a notice depends on. */
export type Speech = Readonly<WatchSettings['speech']>;
