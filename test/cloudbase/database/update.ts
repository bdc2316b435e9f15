import { operatorRefused, requestFailed } from '../errors';
import { addToSet, pop, pull, push } from './array-updates';
import { isDocument, type Document } from './documents';
import { compareValues } from './order';
import { own, read, remove, write } from './update-paths';

type FieldUpdate = (target: Record<string, unknown>, path: string, operand: unknown) => void;

/**
 * The supported update operators. They are written here and not taken from mingo because errors
 * matter as much as results: a dotted path below null, `$inc` on a text and the like must fail as
 * in MongoDB.
 */
const OPERATORS: ReadonlyMap<string, FieldUpdate> = new Map<string, FieldUpdate>([
  ['$set', (target, path, operand) => write(target, path, operand)],
  ['$unset', (target, path) => remove(target, path)],
  ['$inc', (target, path, operand) => calculate(target, path, operand, '$inc')],
  ['$mul', (target, path, operand) => calculate(target, path, operand, '$mul')],
  ['$min', (target, path, operand) => keepExtreme(target, path, operand, -1)],
  ['$max', (target, path, operand) => keepExtreme(target, path, operand, 1)],
  ['$rename', rename],
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pull', pull],
  ['$pop', pop],
]);

/**
 * The document after an update such as `{$set: {...}, $inc: {...}}`; the given one stays unchanged,
 * and what is not on a changed path is shared with it.
 * Throws `CloudBaseError` where MongoDB refuses (wrong types, paths below a scalar, two operators
 * on one path, a change of `_id`) and for operators that are not allowed.
 */
export function applyUpdate(document: Document, update: Document): Document {
  const changes = changesIn(update);
  refuseConflicts(changes.flatMap(({ paths }) => paths));
  const target = { ...document };
  const owned = new Set<object>();
  for (const { paths } of changes) for (const path of paths) own(target, path, owned);
  for (const { apply, path, operand } of changes) apply(target, path, operand);
  return target;
}

interface Change {
  readonly apply: FieldUpdate;
  readonly path: string;
  readonly operand: unknown;
  readonly paths: readonly string[];
}

function changesIn(update: Document): Change[] {
  return Object.entries(update).flatMap(([operator, fields]) => {
    const apply = OPERATORS.get(operator);
    if (!apply) throw operatorRefused(operator, 'an update');
    if (!isDocument(fields))
      throw requestFailed(`Modifiers operate on fields but ${operator} got something else`);
    return Object.entries(fields).map(([path, operand]) => {
      const paths = operator === '$rename' && typeof operand === 'string' ? [path, operand] : [path];
      return { apply, path, operand, paths };
    });
  });
}

function refuseConflicts(paths: readonly string[]): void {
  for (const path of paths) {
    if (path === '_id' || path.startsWith('_id.')) {
      throw requestFailed("Performing an update on the path '_id' would modify the immutable field '_id'");
    }
    if (path.split('.').some((segment) => segment === '' || segment.startsWith('$'))) {
      throw operatorRefused(`the path '${path}'`, 'an update');
    }
  }
  // In sorted order a path comes right before the paths below it: the separator ranks '.' lowest.
  const sorted = paths.map((path) => `${path.replaceAll('.', '\u0000')}\u0000`).sort();
  for (const [index, path] of sorted.entries()) {
    if (sorted[index + 1]?.startsWith(path)) {
      throw requestFailed(
        `Updating the path '${path.slice(0, -1).replaceAll('\u0000', '.')}' would create a conflict`,
      );
    }
  }
}

function calculate(
  target: Record<string, unknown>,
  path: string,
  operand: unknown,
  operator: '$inc' | '$mul',
): void {
  if (typeof operand !== 'number')
    throw requestFailed(`Cannot apply ${operator} with a non-numeric argument`);
  const current = read(target, path);
  if (current === undefined) {
    write(target, path, operator === '$inc' ? operand : 0);
  } else if (typeof current === 'number') {
    write(target, path, operator === '$inc' ? current + operand : current * operand);
  } else {
    throw requestFailed(`Cannot apply ${operator} to a value of non-numeric type at '${path}'`);
  }
}

function keepExtreme(target: Record<string, unknown>, path: string, operand: unknown, sign: 1 | -1): void {
  const current = read(target, path);
  if (current === undefined || sign * compareValues(operand, current) > 0) write(target, path, operand);
}

function rename(target: Record<string, unknown>, path: string, operand: unknown): void {
  if (typeof operand !== 'string') throw requestFailed("The 'to' field for $rename must be a string");
  const value = read(target, path);
  if (value === undefined) return;
  remove(target, path);
  write(target, operand, value);
}
