import { Query } from 'mingo';
import { operatorRefused } from '../errors';
import { isDocument, valueAt, type Document } from './documents';
import { compareValues } from './order';

/** Which of the matching documents to answer with, in which order and with which fields. */
export interface Selection {
  readonly order?: Document;
  readonly skip?: number;
  readonly limit?: number;
  readonly projection?: Document;
}

/** CloudBase answers at most 100 documents when no limit is sent, and never more than 1,000. */
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * Sorts, limits and projects documents. Documents equal in every sort field keep their insertion
 * order.
 */
export function select(documents: readonly Document[], selection: Selection): readonly Document[] {
  const skip = selection.skip ?? 0;
  const limit = Math.min(selection.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  return project(ordered(documents, selection.order).slice(skip, skip + limit), selection.projection);
}

function ordered(documents: readonly Document[], order: Document | undefined): readonly Document[] {
  if (!order) return documents;
  const keys = Object.entries(order).map(([path, direction]) => ({ path, sign: direction === -1 ? -1 : 1 }));
  return documents
    .map((document) => ({ document, values: keys.map(({ path }) => sortValue(document, path)) }))
    .sort((a, b) => {
      for (const [index, { sign }] of keys.entries()) {
        const difference = compareValues(a.values[index], b.values[index]);
        if (difference !== 0) return sign * difference;
      }
      return 0;
    })
    .map(({ document }) => document);
}

function sortValue(document: Document, path: string): unknown {
  const value = valueAt(document, path) ?? null;
  if (Array.isArray(value)) throw operatorRefused('a list as sort key', 'orderBy');
  return value;
}

function project(documents: readonly Document[], projection: Document | undefined): readonly Document[] {
  if (!projection || Object.keys(projection).length === 0) return documents;
  for (const [path, wanted] of Object.entries(projection)) {
    if (wanted !== 0 && wanted !== 1) throw operatorRefused(`a computed field (${path})`, 'field()');
  }
  return new Query({})
    .find<Document>([...documents], projection)
    .all()
    .filter(isDocument);
}
