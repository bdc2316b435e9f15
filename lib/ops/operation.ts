import { z } from 'zod';
import type { Permission, Person } from '../model/operators/principal';
import type { Instant } from '../values/instant';
import { isInstant } from '../values/instant';
import type { OpsName, OpsOperations, OpsReply } from './api';
import { API_LIMITS } from './api';
import type { OpsDeps } from './deps';

/** The parameters of an operation. */
export type Params<Name extends OpsName> = OpsOperations[Name]['params'];

/** One operation of the API: what it takes, who may ask for it, and what it does. */
export interface Operation<Name extends OpsName> {
  readonly params: z.ZodType<Params<Name>>;
  /** The permission it needs; where that depends on what is asked, a function of that. */
  readonly needs: Permission | ((asked: Params<Name>) => Permission);
  /** True for one that changes something although its permission does not say so. */
  readonly changes?: true;
  readonly run: (deps: OpsDeps, by: Person, asked: Params<Name>) => Promise<OpsReply<Name>>;
}

/** An instant, as a parameter. */
export const instantParam = z.custom<Instant>(isInstant);

/** Why, in a person's own words. */
export const reasonParam = z.string().trim().min(1).max(API_LIMITS.reason);

/** `[from, to)` of a list. */
export const span = {
  from: instantParam.nullable().exactOptional(),
  to: instantParam.nullable().exactOptional(),
};

/** The answer of an operation that was carried out. */
export function ok<Value extends object>(value: Value): { readonly ok: true } & Value {
  return { ok: true, ...value };
}
