import { isFen, type Fen } from '../../values/fen';
import { zonedTime, type Instant } from '../../values/instant';
import { isRecord } from '../../values/json';

/** Reads fields and notes what is wrong with them. Problems name fields, never their values. */
export interface FieldReader {
  /** Null for an absent field; an odd one is noted as a problem. */
  readonly optional: <T>(name: string, read: (value: unknown) => T | null) => T | null;
  /** As `optional`, and an absent field is a problem too. */
  readonly required: <T>(name: string, read: (value: unknown) => T | null) => T | null;
  readonly problems: readonly string[];
}

/**
 * A reader of dotted names (`amount.total`) of a parsed JSON object. Absent, null and empty mean
 * the same: WeChat Pay's examples show `""` for what is not there.
 */
export function fieldReader(from: Readonly<Record<string, unknown>>): FieldReader {
  const problems: string[] = [];
  return {
    optional(name, read) {
      const value = fieldAt(from, name);
      return value === undefined ? null : given(problems, name, read(value));
    },
    required(name, read) {
      const value = fieldAt(from, name);
      if (value !== undefined) return given(problems, name, read(value));
      problems.push(`${name}: missing`);
      return null;
    },
    problems,
  };
}

function fieldAt(from: Readonly<Record<string, unknown>>, name: string): unknown {
  let value: unknown = from;
  for (const part of partsOf(name)) {
    if (!isRecord(value)) {
      // A parent of another type hides whatever it should hold.
      return value === undefined || value === null ? undefined : HIDDEN;
    }
    value = Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value === null || value === '' ? undefined : value;
}

/** Notes a value that its reader refused. */
function given<T>(problems: string[], name: string, result: T | null): T | null {
  if (result === null) problems.push(`${name}: not of its documented type`);
  return result;
}

/** Filled by our own constants only, so it stays small. */
const known = new Map<string, readonly string[]>();

function partsOf(name: string): readonly string[] {
  const before = known.get(name);
  if (before !== undefined) return before;
  const parts = name.split('.');
  known.set(name, parts);
  return parts;
}

/** Passes no guard. */
const HIDDEN = Symbol('a field of something that has no fields');

/** Makes a reader of a guard. */
export function when<T>(guard: (value: unknown) => value is T): (value: unknown) => T | null {
  return (value) => (guard(value) ? value : null);
}

/** An amount that may be 0. Strings, fractions and what JSON cannot carry exactly are none. */
export function isAmount(value: unknown): value is Fen {
  return isFen(value) && value >= 0 && !Object.is(value, -0);
}

/** A currency in three capital letters. */
export function isCurrency(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]{3}$/.test(value);
}

/** A time with its zone. */
export function readTime(value: unknown): Instant | null {
  return typeof value === 'string' ? zonedTime(value) : null;
}

/** A descriptive text; null for anything else. */
export function description(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
