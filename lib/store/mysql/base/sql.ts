import { escape } from 'mysql2';
import { MysqlError } from './errors';

/** A value in a statement. */
export type Value = string | number | null;

/** A value to bind: one, a list for `IN`, or the rows of an `INSERT`. */
export type Bindable = Value | readonly Value[] | readonly (readonly Value[])[];

/** Matches no row in `IN`, and every row in `NOT IN`. */
const NOTHING = 'SELECT NULL FROM DUAL WHERE FALSE';

/**
 * The text of a statement: `?` is the next value, `?2` the second. A list becomes `1, 2`, a list of
 * rows `(1, 2), (3, 4)`.
 *
 * The client writes the values into the text. Server-side prepared statements would need one per
 * length of a list, a second round trip for each on every connection, and do not work behind all
 * proxies. It is safe because each connection sets its own character set and a `sql_mode` in which
 * a backslash escapes, and because the types allow nothing but text and numbers.
 */
export function statementText(sql: string, values: readonly Bindable[]): string {
  let next = 0;
  return sql.replace(/\?(\d*)/g, (_match, digits: string) => {
    const at = digits === '' ? next : Number(digits) - 1;
    next = at + 1;
    const value = values[at];
    if (value === undefined)
      throw new MysqlError('refused', 'invalid', 'a statement has fewer values than places');
    return literal(value);
  });
}

function literal(value: Bindable): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value))
      throw new MysqlError('refused', 'invalid', 'a stored number is a whole number');
    return String(value);
  }
  if (typeof value === 'string') return escape(value);
  if (value.length === 0) return NOTHING;
  return value.map(element).join(', ');
}

function element(one: Value | readonly Value[]): string {
  const isRow = typeof one === 'object' && one !== null;
  return isRow ? `(${one.map(literal).join(', ')})` : literal(one);
}
