import { isOptional } from '../../lib/config/jobs';
import type { IndexField, IndexSpec } from '../../lib/store/cloudbase/schema-spec';
import { ACCESS_RULE, SCHEMA } from '../../lib/store/cloudbase/schema';
import { isRecord } from '../../lib/values/json';
import type { Found, FoundFunction, FoundIndex } from './found';

/** One change that `npm run cloud -- setup` makes. Each can be made again without harm. */
export type Step =
  | { readonly kind: 'create_collection'; readonly collection: string }
  | { readonly kind: 'create_index'; readonly collection: string; readonly index: IndexSpec }
  | {
      /** Ours by its name, but with other fields, or unique. */
      readonly kind: 'replace_index';
      readonly collection: string;
      readonly index: IndexSpec;
      readonly was: string;
    }
  | { readonly kind: 'set_access'; readonly collection: string; readonly was: string }
  | {
      readonly kind: 'set_function_rules';
      /** The whole text to save: entries of the merchant's own functions stay as they are. */
      readonly rules: Readonly<Record<string, unknown>>;
      readonly changed: readonly string[];
    }
  | {
      readonly kind: 'set_limits';
      readonly name: string;
      readonly timeoutSeconds: number;
      readonly memoryMb: number;
      readonly was: Pick<FoundFunction, 'timeoutSeconds' | 'memoryMb'>;
    };

/** What differs and is for a person to decide. */
export type Remark =
  | { readonly kind: 'foreign_index'; readonly collection: string; readonly index: FoundIndex }
  | { readonly kind: 'open_storage'; readonly access: string | null }
  | {
      /** They are left alone: to save ours would throw the merchant's own entries away. */
      readonly kind: 'rules_unreadable';
    }
  | { readonly kind: 'function_missing'; readonly name: string };

/** What `setup` would do, in order, and what it leaves to a person. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly remarks: readonly Remark[];
}

/** A function as the build describes it. */
export interface WantedFunction {
  readonly name: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly timers: readonly { readonly name: string; readonly cron: string }[];
  /** The id of its build; null before `npm run build`. */
  readonly build: string | null;
}

/** What this version wants of an environment, besides the collections of `SCHEMA`. */
export interface Wanted {
  readonly rules: Readonly<Record<string, { readonly invoke: boolean | string }>>;
  readonly functions: readonly WantedFunction[];
}

/**
 * Compares an environment with what this version wants. A collection's access comes before its
 * indexes, so that a new one is open for as short as can be.
 */
export function planOf(wanted: Wanted, found: Found): Plan {
  const collections = Object.entries(SCHEMA).map(([name, { indexes }]) =>
    planOfCollection(name, indexes, found),
  );
  return {
    steps: [
      ...collections.flatMap(({ steps }) => steps),
      ...ruleStep(wanted.rules, found.functionRules),
      ...wanted.functions.flatMap((one) => limitStep(one, found)),
    ],
    remarks: [
      ...collections.flatMap(({ remarks }) => remarks),
      ...(found.functionRules === 'unreadable' ? [{ kind: 'rules_unreadable' } as const] : []),
      ...(found.storageAccess === ACCESS_RULE
        ? []
        : [{ kind: 'open_storage', access: found.storageAccess } as const]),
      ...wanted.functions
        .filter(({ name }) => !found.functions.has(name) && !isOptional(name))
        .map(({ name }) => ({ kind: 'function_missing', name }) as const),
    ],
  };
}

function planOfCollection(collection: string, wanted: readonly IndexSpec[], found: Found): Plan {
  const there = found.collections.get(collection);
  const access = there?.access ?? null;
  const indexes = there?.indexes ?? [];
  const taken = new Set<string>();
  const steps = wanted.flatMap((index): Step[] => {
    const same = indexes.find(({ name }) => name === index.name);
    // MongoDB refuses a second index on the same fields: one under another name serves as well.
    const equal = same !== undefined && fits(same, index) ? same : indexes.find((one) => fits(one, index));
    taken.add((equal ?? same)?.name ?? index.name);
    if (equal) return [];
    if (!same) return [{ kind: 'create_index', collection, index }];
    return [{ kind: 'replace_index', collection, index, was: fieldsText(same) }];
  });
  return {
    steps: [
      ...(there === undefined ? [{ kind: 'create_collection', collection } as const] : []),
      ...(access === ACCESS_RULE
        ? []
        : [{ kind: 'set_access', collection, was: access ?? 'unknown' } as const]),
      ...steps,
    ],
    remarks: indexes
      .filter((index) => !taken.has(index.name) && !isOnIdAlone(index))
      .map((index) => ({ kind: 'foreign_index', collection, index })),
  };
}

function fits({ fields, isUnique }: FoundIndex, wanted: IndexSpec): boolean {
  return (
    !isUnique &&
    fields.length === wanted.fields.length &&
    wanted.fields.every(([path, direction], n) => {
      const [itsPath, itsDirection] = fields[n] ?? [];
      return path === itsPath && direction === itsDirection;
    })
  );
}

/** The index every collection is born with. */
function isOnIdAlone({ fields }: FoundIndex): boolean {
  return fields.length === 1 && fields[0]?.[0] === '_id';
}

/** An index's fields in words, such as `state 1, dueAt -1 (unique)`. */
export function fieldsText({ fields, isUnique }: Pick<FoundIndex, 'fields' | 'isUnique'>): string {
  const text = fields.map(([path, direction]) => `${path} ${direction ?? '?'}`).join(', ');
  return isUnique ? `${text} (unique)` : text;
}

/** The fields of a wanted index in words. */
export function wantedFieldsText(fields: readonly IndexField[]): string {
  return fieldsText({ fields, isUnique: false });
}

/**
 * Adds our entries to the environment's one text of rules. The entry "*" decides about the
 * merchant's own functions: it is only added where none is.
 */
function ruleStep(wanted: Wanted['rules'], found: Found['functionRules']): readonly Step[] {
  if (found === 'unreadable') return [];
  const there = found ?? {};
  const changed = Object.entries(wanted).filter(([name, { invoke }]) => {
    const rule = there[name];
    return name === '*' ? !isRecord(rule) : !isRecord(rule) || rule['invoke'] !== invoke;
  });
  if (changed.length === 0) return [];
  const rules = { ...there, ...Object.fromEntries(changed) };
  return [{ kind: 'set_function_rules', rules, changed: changed.map(([name]) => name) }];
}

function limitStep(
  { name, timeoutSeconds, memoryMb }: WantedFunction,
  { functions }: Found,
): readonly Step[] {
  const there = functions.get(name);
  if (!there || (there.timeoutSeconds === timeoutSeconds && there.memoryMb === memoryMb)) return [];
  return [{ kind: 'set_limits', name, timeoutSeconds, memoryMb, was: there }];
}
