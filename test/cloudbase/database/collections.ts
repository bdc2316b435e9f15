import { calculateObjectSize } from 'bson';
import { CloudBaseError, requestFailed } from '../errors';
import type { PlatformLimits } from '../limits';
import { isDocument, keyOf, valueAt, type Document } from './documents';

/**
 * A collection: documents by the key of their `_id`, in insertion order, and its unique indexes.
 */
export interface Collection {
  readonly name: string;
  readonly documents: Map<string, Document>;
  readonly uniqueIndexes: readonly UniqueIndex[];
}

/**
 * A unique index: its fields, and the document of each combination of values. A missing field
 * counts as null.
 */
export interface UniqueIndex {
  readonly name: string;
  readonly fields: readonly string[];
  readonly holders: Map<string, string>;
}

/** A unique index as a test declares it: the list of its (dotted) fields. */
export type UniqueIndexFields = readonly string[];

/**
 * The shapes of a duplicate key error. Seen from the real cloud: code DATABASE_DUPLICATE_WRITE
 * (documented), DATABASE_REQUEST_FAILED with E11000 in its text, and an older text without E11000.
 * Documented: HTTP 409, of which the SDK shows only the status. Thinkable: a text in Chinese, and a
 * text that does not say what is wrong.
 */
export const DUPLICATE_SHAPES = [
  'duplicate_write',
  'request_failed',
  'old_text',
  'http_409',
  'chinese',
  'unworded',
] as const;

/** One of `DUPLICATE_SHAPES`. */
export type DuplicateShape = (typeof DUPLICATE_SHAPES)[number];

/** MongoDB's limit for one document, and CloudBase's for one answer: 16 MiB. */
export const MAX_BYTES = 16 * 1024 * 1024;

/** Makes an empty collection. */
export function newCollection(name: string, uniqueIndexes: readonly UniqueIndexFields[]): Collection {
  return {
    name,
    documents: new Map(),
    uniqueIndexes: uniqueIndexes.map((fields) => ({
      name: fields.map((field) => `${field}_1`).join('_'),
      fields,
      holders: new Map(),
    })),
  };
}

/**
 * The value of an index for a document, as one text. Lists are refused: no index of ours is a
 * multikey index.
 */
export function indexKey(index: UniqueIndex, document: Document): string {
  return index.fields
    .map((field) => {
      const value = valueAt(document, field) ?? null;
      if (Array.isArray(value) || isDocument(value)) {
        throw requestFailed(`the loopback database has no unique index over lists or objects (${field})`);
      }
      return keyOf(value);
    })
    .join('\u0000');
}

/** Throws when the document is over MongoDB's 16 MiB, or has a key or an `_id` that is refused. */
export function checkDocument(document: Document, { idBytes, idCharacters }: PlatformLimits): void {
  const id = document['_id'];
  const isOdd =
    typeof id === 'string' &&
    (Buffer.byteLength(id) > (idBytes ?? Infinity) || idCharacters?.test(id) === false);
  if (isOdd) throw requestFailed('the _id is too long or has characters that are not allowed');
  refuseDollarKeys(document);
  if (mostBytes(document) <= MAX_BYTES) return;
  const bytes = calculateObjectSize(document);
  if (bytes > MAX_BYTES) {
    throw requestFailed(`object to insert too large. size in bytes: ${bytes}, max size: ${MAX_BYTES}`);
  }
}

/** CloudBase refuses keys that begin with `$`, at any depth. */
function refuseDollarKeys(value: unknown): void {
  if (Array.isArray(value)) {
    value.forEach(refuseDollarKeys);
  } else if (isDocument(value)) {
    for (const key of Object.keys(value)) {
      if (key.startsWith('$')) {
        throw new CloudBaseError('DATABASE_INVALID_OPERRATOR', `[InvalidParameter] invalid key ${key}`);
      }
      refuseDollarKeys(value[key]);
    }
  }
}

/** A bound on a value's BSON size, found in a tenth of the time that the size itself takes. */
function mostBytes(value: unknown): number {
  if (typeof value === 'string') return 3 * value.length + 5;
  if (typeof value !== 'object' || value === null) return 8;
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, child: unknown) => sum + mostBytes(child) + 12, 5);
  }
  if (!isDocument(value)) return value instanceof Date ? 8 : Infinity;
  let bytes = 5;
  for (const key of Object.keys(value)) bytes += 3 * key.length + 2 + mostBytes(value[key]);
  return bytes;
}

/**
 * Inserts a document or removes it (`null`), and keeps the unique indexes in step. Checks nothing.
 */
export function put(collection: Collection, key: string, document: Document | null): void {
  const previous = collection.documents.get(key);
  for (const index of collection.uniqueIndexes) {
    const held = previous && indexKey(index, previous);
    if (held !== undefined && index.holders.get(held) === key) index.holders.delete(held);
    if (document) index.holders.set(indexKey(index, document), key);
  }
  if (document) collection.documents.set(key, document);
  else collection.documents.delete(key);
}

/** The error for a key that is taken, in the shape asked for. */
export function duplicateKey(
  shape: DuplicateShape,
  collection: string,
  index: string,
  value: string,
): CloudBaseError {
  const e11000 = `E11000 duplicate key error collection: ${collection} index: ${index} dup key: { : ${value} }`;
  switch (shape) {
    case 'duplicate_write':
      return new CloudBaseError(
        'DATABASE_DUPLICATE_WRITE',
        `[FailedOperation.DuplicateWrite] multiple write errors: [{write errors: [{${e11000}}]}, {<nil>}]`,
      );
    case 'request_failed':
      return new CloudBaseError(
        'DATABASE_REQUEST_FAILED',
        `[FailedOperation] multiple write errors: [{write errors: [{${e11000}}]}, {<nil>}]`,
      );
    case 'old_text':
      return new CloudBaseError(
        'DATABASE_REQUEST_FAILED',
        '[FailedOperation.DuplicateWrite] multiple write,duplicate key error collection',
      );
    case 'http_409':
      return new CloudBaseError('DATABASE_DUPLICATE_WRITE', e11000, 409);
    case 'chinese':
      return new CloudBaseError('DATABASE_WRITE_CONFLICT', '主键冲突');
    case 'unworded':
      return new CloudBaseError('DATABASE_REQUEST_FAILED', '[FailedOperation] the write was not done');
  }
}
