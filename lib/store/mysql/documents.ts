import type { VersionedDocument, VersionedDocuments } from '../ports/documents-port';
import { reading } from '../rows/columns';
import type { DocumentKind } from '../rows/versioned-documents';
import type { Database } from './base/database';

/** Versioned documents of one kind in MySQL: a row each, replaced by conditional writes. */
export function mysqlDocuments<Document extends VersionedDocument>(
  database: Database,
  { prefix, is }: DocumentKind<Document>,
): VersionedDocuments<Document> {
  const idOf = (id: string): string => `${prefix}${id}`;
  return {
    create: (one) =>
      database.insert(
        'INSERT INTO documents (id, version, document) VALUES (?, 1, ?)',
        idOf(one.id),
        JSON.stringify(one),
      ),
    find: async (ids) => {
      if (ids.length === 0) return [];
      const places = ids.map(() => '?').join(', ');
      const rows = await database.rows(
        `SELECT document FROM documents WHERE id IN (${places})`,
        ...ids.map(idOf),
      );
      return rows.map((columns) => reading(columns).json(is));
    },
    save: async (one) =>
      (await database.change(
        'UPDATE documents SET version = ?2, document = ?3 WHERE id = ?1 AND version = ?2 - 1',
        idOf(one.id),
        one.version,
        JSON.stringify(one),
      )) === 1,
  };
}
