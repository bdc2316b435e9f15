/** Tells whether a value is one of `T`. */
export type Guard<T> = (value: unknown) => value is T;

/**
 * A guard that believes what it does not check: `shows` looks at one thing that tells a value from
 * others, and the type claims the rest.
 *
 * Only for values that this program has written itself and nobody else may write: JSON texts in
 * SQLite's file and in the tables of our MySQL database, which migrations bring up to date, JSON
 * texts in a document, replies of our own API. They were typed when they were written, and
 * checking each field again would take longer than reading them. What anybody else may write is
 * checked field by field: notifications, settings, bills, and the documents of CloudBase, which
 * consoles and imports edit.
 *
 * Failure policy: fail closed. A value that does not show what it should is refused by the reader.
 */
export function trusted<T>(shows: (value: unknown) => boolean): Guard<T> {
  return (value): value is T => shows(value);
}
