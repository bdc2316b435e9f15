import type { SpanRequest } from '../../rules/pace';
import type { Instant } from '../../values/instant';

/** The rates shared by all runs and processes. */
export const PACES = ['refunds', 'fulfilments', 'queries'] as const;

/** One of `PACES`. */
export type PaceName = (typeof PACES)[number];

/** Shares a rate between runs that do not know of each other: each span of time has one holder. */
export interface Paces {
  /**
   * Assigns the next free span and returns its start; null when it would start too late (see
   * `spanFrom`), or when other callers keep winning. No two spans of one pace overlap, however many
   * are requested at once. A span whose answer was lost passes unused. CloudBase: 2 requests, and 2
   * more each time another caller wins.
   */
  take(name: PaceName, request: SpanRequest): Promise<Instant | null>;
}
