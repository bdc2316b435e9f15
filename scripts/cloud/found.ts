import type { IndexField } from '../../lib/store/cloudbase/schema-spec';

/*
 * What an environment on CloudBase has, as its management API describes it. `npm run cloud`
 * compares this with what this version wants; how it is asked is in manager.ts.
 */

/** An index of a collection. */
export interface FoundIndex {
  readonly name: string;
  /** In their order. A direction that is neither 1 nor -1, such as 2dsphere, is null. */
  readonly fields: readonly (readonly [path: string, direction: IndexField[1] | null])[];
  readonly isUnique: boolean;
}

/** A collection that exists. */
export interface FoundCollection {
  readonly indexes: readonly FoundIndex[];
  /** `ADMINONLY`, `READONLY`, `CUSTOM`…; null where the platform does not say. */
  readonly access: string | null;
}

/** A timer of a function. */
export interface FoundTimer {
  readonly name: string;
  /** A 7-field expression. */
  readonly cron: string;
  readonly isOn: boolean;
}

/** A function that exists. */
export interface FoundFunction {
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly timers: readonly FoundTimer[];
  /**
   * The text of its entry file; null where the platform shows none, as for files above 1 MB.
   */
  readonly code: string | null;
}

/** Everything that is compared. */
export interface Found {
  /** Of the collections that this version uses, those that exist. */
  readonly collections: ReadonlyMap<string, FoundCollection>;
  /** The security rules of cloud functions; null where none were ever saved. */
  readonly functionRules: Readonly<Record<string, unknown>> | null | 'unreadable';
  /** The access rule of cloud storage; null where the platform does not say. */
  readonly storageAccess: string | null;
  /** Of the functions that were built, those that exist. */
  readonly functions: ReadonlyMap<string, FoundFunction>;
}
