import type { DuplicateShape } from './collections';
import type { Document } from './documents';

/** How the database behaves where the real cloud is known to vary or is not known. */
export interface DatabaseBehaviour {
  duplicates: DuplicateShape;
  /**
   * Whether an update that changes nothing counts as updated (`matched`) or not (`modified`).
   * Unknown for the real cloud.
   */
  updatedCounts: 'matched' | 'modified';
  /** Whether something happened that is otherwise on another platform than this one. */
  hasMattered: boolean;
}

/** A conditional write of one or many documents. */
export interface Modification {
  readonly collection: string;
  readonly query: Document;
  /** Whether all matching documents are changed, or the first one. */
  readonly multi: boolean;
  /** Update operators, or with `replace` the whole new document. */
  readonly change: Document;
  readonly replace: boolean;
  readonly upsert: boolean;
  readonly transactionId?: string;
}

/** What a modification did. `document` is the last changed document as it is now. */
export interface ModificationResult {
  readonly updated: number;
  readonly upsertedId?: unknown;
  readonly document?: Document;
}
