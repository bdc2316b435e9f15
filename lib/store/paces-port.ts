import type { SpanRequest } from '../rules/pace';
import type { Instant } from '../values/instant';

/** What is paced across all runs and processes. */
export const PACES = ['refunds'] as const;

/** One of `PACES`. */
export type PaceName = (typeof PACES)[number];

/** Shares a rate between runs that know nothing of each other: each span of time has one holder. */
export interface Paces {
  /**
   * Hands out the next free span, and answers when it begins; null when it would begin too late (see
   * `spanFrom`), or when others keep getting ahead. No two spans of one pace overlap, however many
   * are asked for at once. A span whose answer was lost passes unused.
   * CloudBase: 2 requests, and 2 more each time somebody else gets ahead.
   */
  take(name: PaceName, request: SpanRequest): Promise<Instant | null>;
}
