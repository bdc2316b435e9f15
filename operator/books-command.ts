import { isSignOffId, type SignOffId } from '../lib/model/operators/sign-off';
import { MONTH_PARTS, type MonthPart } from '../lib/ops/books-api';
import { isSubMchId, type SubMchId } from '../lib/values/ids';
import { isBeijingMonth, type BeijingMonth } from '../lib/values/month';
import { UsageError } from './usage-error';

/** One parsed call about books that close. */
export type BooksCommand = { readonly kind: 'books' } & (
  | { readonly verb: 'months' }
  | {
      readonly verb: 'month';
      readonly month: { readonly subMchId: SubMchId; readonly month: BeijingMonth };
      readonly export: MonthPart | null;
    }
  | { readonly verb: 'sign-off'; readonly id: SignOffId; readonly note: string | null }
  | { readonly verb: 'amend'; readonly id: SignOffId; readonly reason: string }
  /** `owner` null: all; empty: nobody. */
  | { readonly verb: 'open-items'; readonly owner: string | null }
  | { readonly verb: 'assign'; readonly names: readonly string[]; readonly owner: string | null }
  | { readonly verb: 'comment'; readonly id: string; readonly text: string }
);

type Given = Readonly<Record<string, unknown>>;

/** A call about books; null for another verb. Throws `UsageError` for what it cannot take. */
export function booksCommand(verb: string, names: readonly string[], given: Given): BooksCommand | null {
  const kind = 'books';
  switch (verb) {
    case 'months':
      allow(verb, given, []);
      return { kind, verb };
    case 'month': {
      allow(verb, given, ['export']);
      const [subMchId, month] = one(verb, names).split(':');
      if (!isSubMchId(subMchId) || !isBeijingMonth(month)) {
        throw new UsageError('month takes a merchant and a month, such as 1900000109:202603');
      }
      const wanted = given['export'];
      const part = MONTH_PARTS.find((each) => each === wanted) ?? null;
      if (wanted !== undefined && part === null) {
        throw new UsageError(`--export one of ${MONTH_PARTS.join(', ')}`);
      }
      return { kind, verb, month: { subMchId, month }, export: part };
    }
    case 'sign-off':
      allow(verb, given, ['why']);
      return { kind, verb, id: booksId(verb, names), note: textOf(given, 'why') };
    case 'amend':
      allow(verb, given, ['why']);
      return { kind, verb, id: booksId(verb, names), reason: needed(verb, given) };
    case 'open-items': {
      allow(verb, given, ['owner']);
      const owner = textOf(given, 'owner');
      return { kind, verb, owner: owner === '-' ? '' : owner };
    }
    case 'assign':
      allow(verb, given, ['owner']);
      if (names.length === 0) throw new UsageError('assign what? Give discrepancies');
      return { kind, verb, names, owner: textOf(given, 'owner') };
    case 'comment':
      allow(verb, given, ['why']);
      return { kind, verb, id: one(verb, names), text: needed(verb, given) };
    default:
      return null;
  }
}

function allow(verb: string, given: Given, allowed: readonly string[]): void {
  const odd = Object.keys(given).find((name) => !allowed.includes(name));
  if (odd !== undefined) throw new UsageError(`--${odd} means nothing to ${verb}`);
}

function one(verb: string, [name, ...more]: readonly string[]): string {
  if (name === undefined || more.length > 0) throw new UsageError(`${verb} takes one name`);
  return name;
}

function booksId(verb: string, names: readonly string[]): SignOffId {
  const id = one(verb, names);
  if (isSignOffId(id)) return id;
  throw new UsageError(
    `${verb} takes a merchant with a day or month: 1900000109:20260301, 1900000109:202603`,
  );
}

function textOf(given: Given, name: string): string | null {
  const value = given[name];
  return typeof value === 'string' ? value : null;
}

function needed(verb: string, given: Given): string {
  const text = textOf(given, 'why');
  if (text === null) throw new UsageError(`${verb} needs --why: it is recorded`);
  return text;
}
