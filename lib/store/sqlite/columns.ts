import { StoreError } from '../errors';
import type { Instant } from '../../values/instant';
import { instant } from '../../values/instant';
import { isRecord } from '../../values/json';
import type { Columns } from './connection';

/** Reads the columns of a row one after the other, as they were selected. Throws `StoreError` `invalid` on another type. */
export interface ColumnReader {
  text(): string;
  textOrNull(): string | null;
  integer(): number;
  integerOrNull(): number | null;
  instant(): Instant;
  instantOrNull(): Instant | null;
  /** A value the guard admits. */
  as<T extends string | number>(guard: (value: unknown) => value is T): T;
  asOrNull<T extends string>(guard: (value: unknown) => value is T): T | null;
  /** A value that was stored as JSON text. */
  json<T>(guard: (value: unknown) => value is T): T;
  jsonOrNull<T>(guard: (value: unknown) => value is T): T | null;
  /** Passes over so many columns. */
  skip(count: number): void;
  /** Values that were stored by `line`, one after the other. */
  lines<T>(guard: (value: unknown) => value is T): readonly T[];
}

/** Begins reading a row at its first column. */
export function reading(columns: Columns): ColumnReader {
  let next = 0;
  const take = (): unknown => columns[next++];
  const text = (): string => {
    const value = take();
    if (typeof value !== 'string') throw unexpected(next);
    return value;
  };
  const textOrNull = (): string | null => (columns[next] === null ? none() : text());
  const integer = (): number => {
    const value = take();
    if (!Number.isSafeInteger(value) || typeof value !== 'number') throw unexpected(next);
    return value;
  };
  const none = (): null => {
    next += 1;
    return null;
  };
  const admitted = <T>(value: unknown, guard: (value: unknown) => value is T): T => {
    if (!guard(value)) throw unexpected(next);
    return value;
  };
  return {
    text,
    textOrNull,
    skip: (count) => {
      next += count;
    },
    integer,
    integerOrNull: () => (columns[next] === null ? none() : integer()),
    instant: () => instant(integer()),
    instantOrNull: () => (columns[next] === null ? none() : instant(integer())),
    as: (guard) => admitted(take(), guard),
    asOrNull: (guard) => (columns[next] === null ? none() : admitted(take(), guard)),
    json: (guard) => admitted(parsed(text()), guard),
    jsonOrNull: (guard) => (columns[next] === null ? none() : admitted(parsed(text()), guard)),
    lines: (guard) => {
      const all = parsed(`[${text().trimEnd().replaceAll('\n', ',')}]`);
      return Array.isArray(all) ? all.map((one: unknown) => admitted(one, guard)) : [];
    },
  };
}

/** One value as a line that can be appended to others in SQL, without reading what is there. JSON has no bare line feed. */
export function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** True for any text. */
export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** The words of a union. The record makes the compiler ask for each of them: a word that is forgotten could not be read back. */
export function wordsOf<Word extends string>(all: Readonly<Record<Word, true>>): ReadonlySet<string> {
  return new Set(Object.keys(all));
}

/** True for one of the words. */
export function isWord(value: unknown, words: ReadonlySet<string>): boolean {
  return typeof value === 'string' && words.has(value);
}

/**
 * Knows an object of one of these kinds by the field that tells them apart. Objects this adapter wrote itself are
 * not looked at any closer: their fields were typed when they were written.
 */
export function hasKind(value: unknown, field: string, kinds: ReadonlySet<string>): boolean {
  if (!isRecord(value)) return false;
  return isWord(value[field], kinds);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StoreError('invalid', 'a stored value is not JSON: restore it from a backup', { cause: error });
  }
}

function unexpected(column: number): StoreError {
  return new StoreError('invalid', `column ${String(column)} of a stored row has an unexpected type`);
}
