/** One field of an index: 1 ascending, -1 descending. */
export type IndexField = readonly [path: string, direction: 1 | -1];

/** An index the adapter's queries need. None is unique: `_id` is the only unique key. */
export interface IndexSpec {
  readonly name: string;
  readonly fields: readonly IndexField[];
  /** The queries it serves. */
  readonly for: string;
}

/** A collection to create; `add` does not create one. */
export interface CollectionSpec {
  /** What its documents are, and what their `_id` is. */
  readonly holds: string;
  readonly indexes: readonly IndexSpec[];
}
