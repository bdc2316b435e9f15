import type { Clock } from '../values/instant';
import { instant } from '../values/instant';

/** The machine's clock. */
export const systemClock: Clock = { now: () => instant(Date.now()) };
