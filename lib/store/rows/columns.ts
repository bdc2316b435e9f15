import { StoreError } from '../errors';
import type { Instant } from '../../values/instant';
import { instant } from '../../values/instant';
import { isRecord, parseJson } from '../../values/json';

/** A value that can be bound to a statement. */
export type Bindable = string | number | null;

/** The columns of one row, in the order of the selection. */
export type Columns = readonly unknown[];

/**
 * Reads the columns of a row in the order of the selection. Throws `StoreError` `invalid` on
 * another type.
 *
 * A class, so that its functions are created once: creating them for each row took 5 of the 10 µs
 * of a narrow one.
 */
export class ColumnReader {
  private next = 0;

  constructor(private readonly columns: Columns) {}

  text(): string {
    const value = this.take();
    if (typeof value !== 'string') throw unexpected(this.next);
    return value;
  }

  integer(): number {
    const value = this.take();
    if (!Number.isSafeInteger(value) || typeof value !== 'number') throw unexpected(this.next);
    return value;
  }

  integerOrNull(): number | null {
    return this.passNull() ? null : this.integer();
  }

  instant(): Instant {
    return instant(this.integer());
  }

  instantOrNull(): Instant | null {
    return this.passNull() ? null : this.instant();
  }

  /** A value the guard accepts. */
  as<T extends string | number>(guard: (value: unknown) => value is T): T {
    return this.admitted(this.take(), guard);
  }

  asOrNull<T extends string>(guard: (value: unknown) => value is T): T | null {
    return this.passNull() ? null : this.as(guard);
  }

  /** A value stored as JSON text. */
  json<T>(guard: (value: unknown) => value is T): T {
    return this.admitted(parsed(this.text()), guard);
  }

  jsonOrNull<T>(guard: (value: unknown) => value is T): T | null {
    return this.passNull() ? null : this.json(guard);
  }

  /** Values stored by `line`, one after the other. */
  lines<T>(guard: (value: unknown) => value is T): readonly T[] {
    const all = parsed(`[${this.text().trimEnd().replaceAll('\n', ',')}]`);
    return Array.isArray(all) ? all.map((one: unknown) => this.admitted(one, guard)) : [];
  }

  /** Skips this many columns. */
  skip(count: number): void {
    this.next += count;
  }

  private take(): unknown {
    return this.columns[this.next++];
  }

  private passNull(): boolean {
    const isNull = this.columns[this.next] === null;
    if (isNull) this.next += 1;
    return isNull;
  }

  private admitted<T>(value: unknown, guard: (value: unknown) => value is T): T {
    if (!guard(value)) throw unexpected(this.next);
    return value;
  }
}

/** Starts reading a row at its first column. */
export function reading(columns: Columns): ColumnReader {
  return new ColumnReader(columns);
}

/**
 * One value as a line that SQL can append to others without reading them. JSON contains no bare
 * line feed.
 */
export function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** True for any text. */
export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** True for one of the words. */
export function isWord(value: unknown, words: ReadonlySet<string>): boolean {
  return typeof value === 'string' && words.has(value);
}

/**
 * Recognises an object of one of these kinds by the field that tells them apart. Its other fields
 * are not checked, because this adapter wrote it from typed values.
 */
export function hasKind(value: unknown, field: string, kinds: ReadonlySet<string>): boolean {
  if (!isRecord(value)) return false;
  return isWord(value[field], kinds);
}

function parsed(text: string): unknown {
  const value = parseJson(text);
  if (value !== undefined) return value;
  throw new StoreError('invalid', 'a stored value is not JSON: restore it from a backup');
}

function unexpected(column: number): StoreError {
  return new StoreError('invalid', `column ${String(column)} of a stored row has an unexpected type`);
}
