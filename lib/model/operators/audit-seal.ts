import type { Instant } from '../../values/instant';
import { isRecord } from '../../values/json';
import { trusted } from '../../values/trusted';

/** An entry of the audit log as a seal holds it. */
export interface SealedEntry {
  readonly id: string;
  /** SHA-256 of the entry, 64 hexadecimal digits. */
  readonly hash: string;
}

/**
 * One link of the chain over the audit log: the hashes of some entries, and that of the seal before
 * it. Changing or deleting a sealed entry, or a seal between two others, no longer agrees.
 */
export interface AuditSeal {
  /** Its number: 1 for the first, and one more for each. */
  readonly n: number;
  readonly at: Instant;
  /** The hash of the seal before; null for the first. */
  readonly previous: string | null;
  /** Oldest first, at most 500. An entry may be in two seals. */
  readonly entries: readonly SealedEntry[];
  /** SHA-256 of all the above. */
  readonly hash: string;
}

/** A seal as a store wrote it. */
export const isSeal = trusted<AuditSeal>(
  (value) => isRecord(value) && typeof value.n === 'number' && Array.isArray(value.entries),
);

/** The most entries of one seal: its document stays far below every store's size limit. */
export const MOST_SEALED = 500;
