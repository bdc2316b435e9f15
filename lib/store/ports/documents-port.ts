/** A document that conditional writes replace. */
export interface VersionedDocument {
  readonly id: string;
  /** 1 at first, and one more with every change. */
  readonly version: number;
}

/** Small documents that people write, one per id: of two who write at once, one wins. */
export interface VersionedDocuments<Document extends VersionedDocument> {
  /** Stores a new document, version 1. False when its id is taken. CloudBase: 1 request. */
  create(document: Document): Promise<boolean>;

  /**
   * The documents with these ids (at most 1000) that exist, in no particular order. They may miss
   * the last write, which `save` detects. Rejects with `StoreError` `invalid` when one of them
   * cannot be read. CloudBase: 1 request, 0 for no ids.
   */
  find(ids: readonly Document['id'][]): Promise<readonly Document[]>;

  /**
   * Writes a document over its preceding version. Of several that write at once one wins: false for
   * the others. CloudBase: 1 request.
   */
  save(document: Document): Promise<boolean>;
}
