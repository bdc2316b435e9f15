import { Query } from 'mingo';
import { operatorRefused, requestFailed } from '../errors';
import { isDocument, sameValue, valueAt, type Document } from './documents';
import { compareValues } from './order';
import { checkCondition, checkFieldCondition, isOperatorObject } from './query';
import { read, write } from './update-paths';

function listAt(target: Record<string, unknown>, path: string): readonly unknown[] | undefined {
  const current = read(target, path);
  if (current === undefined) return undefined;
  if (!isList(current)) throw requestFailed(`The field '${path}' must be an array but is not`);
  return current;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/**
 * `$push`: appends one value, or `{$each, $position, $slice, $sort}` in MongoDB's order: insert,
 * sort, slice.
 */
export function push(target: Record<string, unknown>, path: string, operand: unknown): void {
  const { each, position, slice, sort } = pushModifiers(operand);
  const list = [...(listAt(target, path) ?? [])];
  list.splice(position ?? list.length, 0, ...each);
  if (sort !== undefined) sortList(list, sort);
  write(target, path, slice === undefined ? list : sliceOf(list, slice));
}

interface PushModifiers {
  readonly each: readonly unknown[];
  readonly position: number | undefined;
  readonly slice: number | undefined;
  readonly sort: unknown;
}

function pushModifiers(operand: unknown): PushModifiers {
  if (!isOperatorObject(operand)) {
    return { each: [operand], position: undefined, slice: undefined, sort: undefined };
  }
  for (const key of Object.keys(operand)) {
    if (!['$each', '$position', '$slice', '$sort'].includes(key)) throw operatorRefused(key, '$push');
  }
  return {
    each: eachOf(operand, '$push'),
    position: wholeNumber(operand['$position'], '$position'),
    slice: wholeNumber(operand['$slice'], '$slice'),
    sort: operand['$sort'],
  };
}

function eachOf(operand: Document, operator: string): readonly unknown[] {
  const each = operand['$each'];
  if (!Array.isArray(each)) throw requestFailed(`The argument to $each in ${operator} must be an array`);
  return each;
}

function wholeNumber(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw requestFailed(`The value for ${name} must be an integer value`);
  }
  return value;
}

function sliceOf(list: readonly unknown[], count: number): unknown[] {
  if (count === 0) return [];
  return count > 0 ? list.slice(0, count) : list.slice(count);
}

function sortList(list: unknown[], sort: unknown): void {
  if (sort === 1 || sort === -1) {
    list.sort((a, b) => sort * compareValues(a, b));
    return;
  }
  if (!isDocument(sort)) throw requestFailed('The $sort is invalid: use 1, -1 or {field: 1 or -1}');
  const keys = Object.entries(sort);
  list.sort((a, b) => {
    for (const [path, direction] of keys) {
      const difference = compareValues(fieldOf(a, path), fieldOf(b, path));
      if (difference !== 0) return direction === -1 ? -difference : difference;
    }
    return 0;
  });
}

function fieldOf(element: unknown, path: string): unknown {
  return isDocument(element) ? (valueAt(element, path) ?? null) : null;
}

/** `$addToSet`: appends a value, or each of `{$each}`, unless an equal one is there. */
export function addToSet(target: Record<string, unknown>, path: string, operand: unknown): void {
  const list = [...(listAt(target, path) ?? [])];
  for (const value of setValues(operand)) {
    if (!list.some((element) => sameValue(element, value))) list.push(value);
  }
  write(target, path, list);
}

function setValues(operand: unknown): readonly unknown[] {
  if (!isOperatorObject(operand)) return [operand];
  for (const key of Object.keys(operand)) {
    if (key !== '$each') throw operatorRefused(key, '$addToSet');
  }
  return eachOf(operand, '$addToSet');
}

/** `$pull`: takes away the elements equal to a value, or meeting a condition. */
export function pull(target: Record<string, unknown>, path: string, operand: unknown): void {
  const list = listAt(target, path);
  if (!list) return;
  const matches = elementTest(operand);
  write(
    target,
    path,
    list.filter((element) => !matches(element)),
  );
}

function elementTest(operand: unknown): (element: unknown) => boolean {
  if (!isDocument(operand)) return (element) => sameValue(element, operand);
  if (isOperatorObject(operand)) {
    checkFieldCondition(operand);
    const query = new Query({ element: operand });
    return (element) => query.test({ element });
  }
  checkCondition(operand);
  const query = new Query(operand);
  return (element) => isDocument(element) && query.test(element);
}

/** `$pop`: takes away the last element (1) or the first (-1). */
export function pop(target: Record<string, unknown>, path: string, operand: unknown): void {
  if (operand !== 1 && operand !== -1) throw requestFailed('$pop expects 1 or -1');
  const list = listAt(target, path);
  if (list) write(target, path, operand === 1 ? list.slice(0, -1) : list.slice(1));
}
