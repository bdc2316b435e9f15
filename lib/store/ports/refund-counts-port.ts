import type { CountedRefunds } from '../../model/counted-refunds';

/** What operators refunded in recent days, for the limits: one small document. */
export interface DailyRefunds {
  /**
   * The current count; `NOTHING_COUNTED` before the first. It may miss the last write, which `save`
   * detects. 1 request.
   */
  find(): Promise<CountedRefunds>;
  /**
   * Writes it over the preceding version; version 1 has none. False when another write came first.
   * 1 request.
   */
  save(counted: CountedRefunds): Promise<boolean>;
}
