import type { Instant } from '../../../values/instant';
import type { MarkReading } from './low-water-mark';
import type { Standing } from './standing';

/** Why what is there may not be all that was acknowledged. */
export const SHRINKINGS = [
  'database_missing',
  'other_database',
  'older_copy',
  'backup',
  'mark_missing',
  'mark_unreadable',
] as const;

/** One of them. */
export type Shrinking = (typeof SHRINKINGS)[number];

/** A database as it was found. `empty`: without an identity: new, or from before there were marks. */
export type FoundDatabase =
  | { readonly kind: 'missing' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'database'; readonly standing: Standing; readonly hasMessage: boolean };

/** Believed messages are kept for at least 7 days; a day less leaves room for a clock that was set. In ms. */
const MESSAGE_KEPT_MS = 6 * 86_400_000;

/**
 * Compares what is there with the mark beside it. Null: nothing that the mark knows of is missing.
 *
 * Failure policy: fail closed. A mark that is missing or unreadable proves nothing, so a database that had one is refused without it.
 * The first mark is on disk before the epoch is ever raised: an epoch of 0 without a mark is a start that a crash cut short.
 */
export function shrinkingOf(found: FoundDatabase, reading: MarkReading, now: Instant): Shrinking | null {
  if (found.kind === 'database' && found.standing.backupAt !== null) return 'backup';
  switch (reading.kind) {
    case 'none':
      return found.kind === 'database' && found.standing.epoch > 0 ? 'mark_missing' : null;
    case 'unreadable':
      return 'mark_unreadable';
    case 'mark': {
      const { mark } = reading;
      if (found.kind === 'missing') return 'database_missing';
      if (found.kind === 'empty' || found.standing.database !== mark.database) return 'other_database';
      const { epoch, orders, refunds } = found.standing;
      const isLower = epoch < mark.epoch || orders < mark.orders || refunds < mark.refunds;
      const keeps = mark.message !== null && now - mark.message.receivedAt < MESSAGE_KEPT_MS;
      return isLower || (keeps && !found.hasMessage) ? 'older_copy' : null;
    }
  }
}

/** What was found, in one sentence without an end. */
export const SHRINKING_WORDS: Readonly<Record<Shrinking, string>> = {
  database_missing: 'the database is missing, and its low-water mark says that there was one',
  other_database: 'the database is not the one that the low-water mark speaks of',
  older_copy:
    'the database is older than its low-water mark: it lacks what was acknowledged since it was copied',
  backup: 'the database is a backup: it lacks what was acknowledged since it was made',
  mark_missing:
    'the low-water mark is missing, so that nobody knows whether the database has all that was acknowledged',
  mark_unreadable:
    'the low-water mark cannot be read, so that nobody knows whether the database has all that was acknowledged',
};
