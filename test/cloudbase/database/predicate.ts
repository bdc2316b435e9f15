import { Query } from 'mingo';
import { isDocument, type Document } from './documents';

/** True when a document meets a condition. */
export type Predicate = (document: Document) => boolean;

/** True when the value at one path meets the condition on it; a missing value is undefined. */
type ScalarTest = (value: unknown) => boolean;

/**
 * A condition that `checkCondition` admits, as a function. What compares scalars is answered here,
 * at a hundredth of what mingo takes to compile it; whatever meets a list, an object, a date or a
 * value of BSON's own is left to mingo. `mingo.test.ts` holds one against the other.
 */
export function predicateOf(condition: Document): Predicate {
  const parts = Object.entries(condition).map(([key, value]) => partOf(key, value));
  const [first, second] = parts;
  if (first !== undefined && second === undefined) return first;
  return (document) => {
    for (const part of parts) if (!part(document)) return false;
    return true;
  };
}

function partOf(key: string, value: unknown): Predicate {
  if (!key.startsWith('$')) return fieldPredicate(key, value);
  const parts = Array.isArray(value) ? value.filter(isDocument).map(predicateOf) : [];
  switch (key) {
    case '$and':
      return (document) => parts.every((part) => part(document));
    case '$or':
      return (document) => parts.some((part) => part(document));
    case '$nor':
      return (document) => !parts.some((part) => part(document));
    default:
      throw new TypeError(`${key} is not checked`);
  }
}

function fieldPredicate(path: string, condition: unknown): Predicate {
  let query: Query | null = null;
  const leaveToMingo: Predicate = (document) => (query ??= new Query({ [path]: condition })).test(document);
  const test = scalarTest(condition);
  if (test === null || ODD_SEGMENT.test(path)) return leaveToMingo;
  const segments = path.split('.');
  return (document) => {
    let value: unknown = document;
    for (const segment of segments) {
      if (typeof value !== 'object' || value === null) {
        value = undefined;
        break;
      }
      if (!isPlain(value)) return leaveToMingo(document);
      value = Object.hasOwn(value, segment) ? value[segment] : undefined;
    }
    return typeof value === 'object' && value !== null ? leaveToMingo(document) : test(value);
  };
}

/** What mingo refuses to look up. */
const ODD_SEGMENT = /(^|\.)(__proto__|constructor|prototype)(\.|$)/;

/** True for an object as JSON has it, the only one whose fields are looked up here. */
function isPlain(value: object): value is Document {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A test of scalars for the condition on a field; null for one that needs mingo. */
function scalarTest(condition: unknown): ScalarTest | null {
  if (isScalar(condition)) return equals(condition);
  if (!isDocument(condition)) return null;
  const tests: ScalarTest[] = [];
  for (const [operator, operand] of Object.entries(condition)) {
    const test = operatorTest(operator, operand);
    if (test === null) return null;
    tests.push(test);
  }
  const [first, second] = tests;
  if (first === undefined) return null;
  return second === undefined ? first : (value) => tests.every((test) => test(value));
}

function operatorTest(operator: string, operand: unknown): ScalarTest | null {
  switch (operator) {
    case '$eq':
      return isScalar(operand) ? equals(operand) : null;
    case '$ne':
      return isScalar(operand) ? not(equals(operand)) : null;
    case '$in':
      return amongTest(operand);
    case '$nin': {
      const among = amongTest(operand);
      return among === null ? null : not(among);
    }
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return orderTest(operator, operand);
    case '$exists':
      return typeof operand === 'boolean' ? (value) => (value !== undefined) === operand : null;
    default:
      return null;
  }
}

function equals(operand: unknown): ScalarTest {
  return operand === null ? (value) => value === null || value === undefined : (value) => value === operand;
}

function not(test: ScalarTest): ScalarTest {
  return (value) => !test(value);
}

function amongTest(operand: unknown): ScalarTest | null {
  if (!Array.isArray(operand) || !operand.every(isScalar)) return null;
  const among = new Set<unknown>(operand);
  if (among.has(null)) among.add(undefined);
  return (value) => among.has(value);
}

/** Numbers are compared with numbers and texts with texts; one of another type is never met. */
function orderTest(operator: '$gt' | '$gte' | '$lt' | '$lte', operand: unknown): ScalarTest | null {
  if (typeof operand === 'number') {
    return (value) => typeof value === 'number' && isInOrder(operator, value, operand);
  }
  if (typeof operand === 'string') {
    return (value) => typeof value === 'string' && isInOrder(operator, value, operand);
  }
  return null;
}

function isInOrder<Value extends number | string>(
  operator: '$gt' | '$gte' | '$lt' | '$lte',
  value: Value,
  operand: Value,
): boolean {
  switch (operator) {
    case '$gt':
      return value > operand;
    case '$gte':
      return value >= operand;
    case '$lt':
      return value < operand;
    case '$lte':
      return value <= operand;
  }
}

/** A value that is compared by `===`. */
function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
