import { requestFailed } from '../errors';
import { isDocument } from './documents';

type Container = Record<string, unknown> | unknown[];

function isContainer(value: unknown): value is Container {
  return Array.isArray(value) || isDocument(value);
}

function isIndex(segment: string): boolean {
  return /^(0|[1-9]\d*)$/.test(segment);
}

function child(container: Container, segment: string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, segment) ? container[segment] : undefined;
  return isIndex(segment) ? container[Number(segment)] : undefined;
}

function put(container: Container, segment: string, value: unknown, path: string): void {
  if (!Array.isArray(container)) {
    container[segment] = value;
    return;
  }
  if (!isIndex(segment)) throw requestFailed(`Cannot create field '${segment}' in the array at '${path}'`);
  while (container.length < Number(segment)) container.push(null);
  container[Number(segment)] = value;
}

/**
 * Gives the target objects and lists of its own on the way to a path, so that a change of what lies
 * there changes nothing that shared them. `owned` are those that are the target's own already.
 */
export function own(target: Container, path: string, owned: Set<object>): void {
  let container = target;
  for (const segment of path.split('.').slice(0, -1)) {
    const next = child(container, segment);
    if (!isContainer(next)) return;
    if (owned.has(next)) {
      container = next;
      continue;
    }
    const copy: Container = Array.isArray(next) ? [...next] : { ...next };
    owned.add(copy);
    put(container, segment, copy, path);
    container = copy;
  }
}

/**
 * The value at an update path, numeric segments entering arrays; `undefined` where there is none.
 */
export function read(target: Container, path: string): unknown {
  let value: unknown = target;
  for (const segment of path.split('.')) {
    if (!isContainer(value)) return undefined;
    value = child(value, segment);
  }
  return value;
}

/**
 * Sets the value at a path and creates the objects on the way. Throws like MongoDB when null or a
 * scalar blocks the path: `Cannot create field 'x' in element {a: null}`.
 */
export function write(target: Container, path: string, value: unknown): void {
  const segments = path.split('.');
  const last = segments.pop() ?? path;
  let container: Container = target;
  for (const [index, segment] of segments.entries()) {
    let next = child(container, segment);
    if (next === undefined) {
      next = {};
      put(container, segment, next, path);
    }
    if (!isContainer(next)) {
      const below = segments[index + 1] ?? last;
      throw requestFailed(`Cannot create field '${below}' in element {${segment}: ${JSON.stringify(next)}}`);
    }
    container = next;
  }
  put(container, last, value, path);
}

/** Removes the field at a path; an array element becomes null. Does nothing when it is missing. */
export function remove(target: Container, path: string): void {
  const segments = path.split('.');
  const last = segments.pop() ?? path;
  const parent = segments.length === 0 ? target : read(target, segments.join('.'));
  if (Array.isArray(parent)) {
    if (isIndex(last) && Number(last) < parent.length) parent[Number(last)] = null;
  } else if (isDocument(parent)) {
    Reflect.deleteProperty(parent, last);
  }
}
