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
  const fields = fieldsOf(projection);
  return documents.flatMap((document) => {
    const projected = fields === null ? null : withFields(document, fields);
    if (projected === null) return projectedByMingo(document, projection);
    if (!Object.hasOwn(projected, '_id') && Object.hasOwn(document, '_id'))
      projected['_id'] = document['_id'];
    return [projected];
  });
}

function projectedByMingo(document: Document, projection: Document): readonly Document[] {
  return new Query({}).find<Document>([document], projection).all().filter(isDocument);
}

/** The fields to keep: those of an object, or the whole value (null). */
type FieldTree = Map<string, FieldTree | null>;

/** The fields that a projection keeps, in the order of their paths; null: mingo reads it. */
function fieldsOf(projection: Document): FieldTree | null {
  const root: FieldTree = new Map();
  for (const path of Object.keys(projection).sort()) {
    if (projection[path] !== 1) return null;
    let fields = root;
    const segments = path.split('.');
    const last = segments.pop() ?? path;
    for (const segment of segments) {
      const below = fields.get(segment) ?? (fields.has(segment) ? null : new Map<string, FieldTree | null>());
      if (below === null) return null;
      fields.set(segment, below);
      fields = below;
    }
    if (fields.has(last)) return null;
    fields.set(last, null);
  }
  return root;
}

/** The object with these fields only; null where a path meets a list or nothing, for mingo. */
function withFields(document: Document, fields: FieldTree): Record<string, unknown> | null {
  const kept: Record<string, unknown> = {};
  for (const [name, below] of fields) {
    const value = Object.hasOwn(document, name) ? document[name] : undefined;
    if (below === null) {
      if (value !== undefined) kept[name] = value;
      continue;
    }
    const inside = isDocument(value) ? withFields(value, below) : null;
    if (inside === null) return null;
    kept[name] = inside;
  }
  return kept;
}
