import { z } from 'zod';
import type { VersionedDocument, VersionedDocuments } from '../ports/documents-port';
import { StoreError } from '../errors';
import type { DocumentKind } from '../rows/versioned-documents';
import { modify, selectNamed, type Database, type Fields } from './base/database';
import { jsonTextField, readDocument } from './base/documents';
import { requireAtMost1000 } from './base/limits';
import { insertOnce } from './base/proofs';
import type { CollectionName } from './schema';

/** Stored beside what operators did, so that no installation needs another collection. */
const COLLECTION: CollectionName = 'wxpay_audit';

const stored = z.object({ document: jsonTextField });

/**
 * Versioned documents of one kind on CloudBase, replaced by conditional writes. The content is one
 * text: as fields, the database would merge an update into what was there.
 */
export function documentsOn<Document extends VersionedDocument>(
  db: Database,
  { prefix, is }: DocumentKind<Document>,
): VersionedDocuments<Document> {
  const idOf = (id: string): string => `${prefix}${id}`;
  const content = (one: Document): Fields => ({ version: one.version, document: JSON.stringify(one) });
  return {
    create: (one) => insertOnce(db, COLLECTION, { _id: idOf(one.id), ...content(one) }),
    async find(ids) {
      requireAtMost1000(ids.length, 'documents');
      if (ids.length === 0) return [];
      const found = await selectNamed(COLLECTION, ids.map(idOf), (some) =>
        db.collection(COLLECTION).where({ _id: db.command.in(some) }),
      );
      return found.map((one) => {
        const value: unknown = readDocument(stored, COLLECTION, one).document;
        if (is(value)) return value;
        throw new StoreError(
          'invalid',
          'A document of wxpay_audit does not fit this version; remove it in the console.',
        );
      });
    },
    async save(one) {
      const before = db.collection(COLLECTION).where({ _id: idOf(one.id), version: one.version - 1 });
      return (await modify(COLLECTION, before, content(one))) === 1;
    },
  };
}
