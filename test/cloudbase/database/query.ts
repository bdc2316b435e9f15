import { Query } from 'mingo';
import { isRecord } from '../../../lib/values/json';
import { operatorRefused } from '../errors';
import { isDocument, keyOf, type Document } from './documents';

/** A condition ready to be asked of many documents. */
export interface CompiledQuery {
  /** True when the document meets the condition, with MongoDB's semantics. */
  test(document: Document): boolean;
  /** The only `_id`s that can match, when the condition names them: such a query must not scan. */
  readonly ids: readonly unknown[] | null;
}

/**
 * The allowed operators of a condition. `$elemMatch`, `$regex`, `$expr` and the geo operators are
 * missing because mingo and MongoDB differ on them, and no condition of ours needs them.
 */
const LOGICAL = new Set(['$and', '$or', '$nor']);
const FIELD_OPERATORS = new Set([
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$exists',
  '$size',
  '$all',
  '$not',
]);

/** Compiles a condition. Throws `CloudBaseError` for an operator outside the allow-list. */
export function compileQuery(condition: Document): CompiledQuery {
  checkCondition(condition);
  let query: Query | null = null;
  const rejections = quickRejections(condition);
  return {
    // Most conditions meet no document that the cheap tests leave: those need no query of mingo.
    test: (document) =>
      !rejections.some((rejects) => rejects(document)) && (query ??= new Query(condition)).test(document),
    ids: idsIn(condition),
  };
}

/** The documents that match, by `_id` where the condition names them, else as inserted. */
export function readFrom(
  documents: ReadonlyMap<string, Document>,
  query: CompiledQuery,
): readonly Document[] {
  const keys = query.ids ? query.ids.map(keyOf).sort() : documents.keys();
  return [...keys].flatMap((key) => {
    const document = documents.get(key);
    return document && query.test(document) ? [document] : [];
  });
}

/** Throws `CloudBaseError` when the condition uses an operator outside the allow-list. */
export function checkCondition(condition: Document): void {
  for (const [key, value] of Object.entries(condition)) {
    if (LOGICAL.has(key)) {
      if (!Array.isArray(value)) throw operatorRefused(`${key} without a list`, 'a condition');
      for (const part of value) {
        if (!isDocument(part))
          throw operatorRefused(`${key} of something that is no condition`, 'a condition');
        checkCondition(part);
      }
    } else if (key.startsWith('$')) {
      throw operatorRefused(key, 'a condition');
    } else {
      checkFieldCondition(value);
    }
  }
}

/** True for `{$gt: 1}` and its like: an object of operators, not a value to be equal to. */
export function isOperatorObject(value: unknown): value is Document {
  return isDocument(value) && Object.keys(value).some((key) => key.startsWith('$'));
}

/** Throws `CloudBaseError` when the condition on one field uses an operator that is not allowed. */
export function checkFieldCondition(value: unknown): void {
  if (Array.isArray(value)) {
    value.forEach(refuseOperators);
  } else if (isOperatorObject(value)) {
    for (const [operator, operand] of Object.entries(value)) {
      if (!FIELD_OPERATORS.has(operator)) throw operatorRefused(operator, 'a condition');
      if (operator === '$not') checkFieldCondition(operand);
      else refuseOperators(operand);
    }
  } else {
    refuseOperators(value);
  }
}

function refuseOperators(value: unknown): void {
  if (Array.isArray(value)) value.forEach(refuseOperators);
  if (!isDocument(value)) return;
  for (const [key, child] of Object.entries(value)) {
    if (key.startsWith('$')) throw operatorRefused(key, 'a value of a condition');
    refuseOperators(child);
  }
}

function idsIn(condition: Document): readonly unknown[] | null {
  const id = condition['_id'];
  if (isScalar(id)) return [id];
  if (isDocument(id)) {
    const list = id['$in'];
    if (Array.isArray(list)) return [...new Set<unknown>(list)];
    if (isScalar(id['$eq'])) return [id['$eq']];
  }
  const parts = condition['$and'];
  if (!Array.isArray(parts)) return null;
  for (const part of parts) {
    const ids = isDocument(part) ? idsIn(part) : null;
    if (ids) return ids;
  }
  return null;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/**
 * Cheap tests that can only say "certainly not", from the condition's equalities with scalars. In a
 * scan they spare mingo nearly every document; the rest is still tested properly.
 */
function quickRejections(condition: Document): ((document: Document) => boolean)[] {
  const rejections: ((document: Document) => boolean)[] = [];
  for (const [path, value] of Object.entries(condition)) {
    const accepted = path.startsWith('$') ? null : acceptedScalars(value);
    if (accepted) {
      const segments = path.split('.');
      rejections.push((document) => isCertainlyOutside(document, segments, accepted));
    }
  }
  return rejections;
}

function acceptedScalars(value: unknown): ReadonlySet<unknown> | null {
  if (isScalar(value)) return new Set([value]);
  if (!isDocument(value)) return null;
  if (isScalar(value['$eq'])) return new Set([value['$eq']]);
  const list = value['$in'];
  return Array.isArray(list) && list.every(isScalar) ? new Set<unknown>(list) : null;
}

function isCertainlyOutside(
  document: Document,
  segments: readonly string[],
  accepted: ReadonlySet<unknown>,
): boolean {
  let value: unknown = document;
  for (const segment of segments) {
    if (Array.isArray(value)) return false;
    if (!isRecord(value)) return true;
    value = value[segment];
  }
  return !Array.isArray(value) && !accepted.has(value);
}
