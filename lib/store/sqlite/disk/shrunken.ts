import type { Instant } from '../../../values/instant';
import type { MarkReading } from './low-water-mark';
import type { Standing } from './standing';

/** Why the data may lack acknowledged messages. */
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

/**
 * A database as it was found. `empty`: without an identity, so new or from before marks existed.
 */
export type FoundDatabase =
  | { readonly kind: 'missing' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'database'; readonly standing: Standing; readonly hasMessage: boolean };

/**
 * Believed messages are kept for at least 7 days; one day less leaves room for a changed clock. In
 * ms.
 */
const MESSAGE_KEPT_MS = 6 * 86_400_000;

/**
 * Compares the data with its mark. Null: nothing the mark records is missing.
 *
 * Failure policy: fail closed. A missing or unreadable mark proves nothing, so a database that had
 * one is refused without it. The first mark is on disk before the epoch is ever raised, so an epoch
 * of 0 without a mark is a start that a crash interrupted.
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

/** The finding as a sentence without a full stop. */
export const SHRINKING_WORDS: Readonly<Record<Shrinking, string>> = {
  database_missing: 'the database is missing, but its low-water mark says that there was one',
  other_database: 'the database is not the one that the low-water mark names',
  older_copy:
    'the database is older than its low-water mark: it lacks messages acknowledged since it was copied',
  backup: 'the database is a backup: it lacks messages acknowledged since it was made',
  mark_missing:
    'the low-water mark is missing, so it is unknown whether the database has everything that was acknowledged',
  mark_unreadable:
    'the low-water mark cannot be read, so it is unknown whether the database has everything that was acknowledged',
};
