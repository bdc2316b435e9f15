import { operatorRefused } from '../errors';
import { isDocument, keyOf, type Document } from './documents';
import { predicateOf, type Predicate } from './predicate';

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
  let test: Predicate | null = null;
  return {
    test: (document) => (test ??= predicateOf(condition))(document),
    ids: idsIn(condition),
  };
}

/** True for an `_id` as a query names it: a value, not a condition on it. */
export function isNamed(id: unknown): boolean {
  return id !== undefined && id !== null && !isDocument(id);
}

/** Documents by the key of their `_id`, in an order of their own. */
export interface Documents {
  get(key: string): Document | undefined;
  keys(): Iterable<string>;
}

/** The documents that match, by `_id` where the condition names them, else as inserted. */
export function readFrom(documents: Documents, query: CompiledQuery): readonly Document[] {
  const read: Document[] = [];
  for (const key of query.ids ? query.ids.map(keyOf).sort() : documents.keys()) {
    const document = documents.get(key);
    if (document && query.test(document)) read.push(document);
  }
  return read;
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
