import type { Instant } from '../../values/instant';
import type { DiscrepancyId } from '../discrepancy';

/** What a person wrote about an open item. Comments are only ever added. */
export interface ItemComment {
  readonly who: string;
  readonly at: Instant;
  readonly text: string;
}

/** Who looks after a discrepancy, and what people wrote about it; replaced by version. */
export interface ItemNotes {
  readonly id: DiscrepancyId;
  /** 1 at first, and one more with every change. */
  readonly version: number;
  /** The name of an operator; null for nobody. */
  readonly owner: string | null;
  /** Oldest first, at most `COMMENTS_KEPT`. */
  readonly comments: readonly ItemComment[];
}

/** How many comments an item may have. */
export const COMMENTS_KEPT = 100;

/**
 * Characters that a text of one line cannot hold without showing something else than it says:
 * controls, line ends, marks that turn the direction of text, and characters without width.
 */
const DECEIVING = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u;

/** True for text that people see as it is stored. */
export function isPlainText(text: string): boolean {
  return !DECEIVING.test(text);
}
