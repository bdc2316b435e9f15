import type { VersionedDocument, VersionedDocuments } from '../ports/documents-port';
import { reading } from '../rows/columns';
import type { DocumentKind } from '../rows/versioned-documents';
import type { Connection } from './base/connection';
import type { GroupCommit } from './commits/group-commit';

/** Versioned documents of one kind in SQLite: a row each, replaced by conditional writes. */
export function sqliteDocuments<Document extends VersionedDocument>(
  connection: Connection,
  commits: GroupCommit,
  { prefix, is }: DocumentKind<Document>,
): VersionedDocuments<Document> {
  const insert = connection.prepare(
    'INSERT INTO documents (id, version, document) VALUES (?, 1, ?) ON CONFLICT (id) DO NOTHING',
  );
  const find = connection.prepare(
    'SELECT document FROM documents WHERE id IN (SELECT value FROM json_each(?))',
  );
  const update = connection.prepare(
    'UPDATE documents SET version = ?2, document = ?3 WHERE id = ?1 AND version = ?2 - 1',
  );
  const idOf = (id: string): string => `${prefix}${id}`;
  return {
    create: async (one) => commits.write(() => insert.run(idOf(one.id), JSON.stringify(one)) === 1),
    find: async (ids) => find.all(JSON.stringify(ids.map(idOf))).map((columns) => reading(columns).json(is)),
    save: async (one) =>
      commits.write(() => update.run(idOf(one.id), one.version, JSON.stringify(one)) === 1),
  };
}
