import type { CountedRefunds } from '../model/counted-refunds';

/** What operators refunded in the last days, for the limits: one small document. */
export interface RefundCounts {
  /** What is counted; `NOTHING_COUNTED` before anything is. It may miss the last write: `save` finds out. 1 request. */
  find(): Promise<CountedRefunds>;
  /**
   * Writes it over its predecessor, the one whose version is one lower; version 1 has none. Answers false when somebody else came
   * first. 1 request.
   */
  save(counted: CountedRefunds): Promise<boolean>;
}
