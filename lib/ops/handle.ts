import type { Permission, Person } from '../model/operators/principal';
import { may, permissionsOf } from '../model/operators/principal';
import { errorText } from '../runtime/error-text';
import { PageMarkError, StoreError } from '../store/errors';
import { isRecord } from '../values/json';
import type { OpsName, OpsReply } from './api';
import type { OpsDeps } from './deps';
import type { Operation } from './operation';
import { OPERATIONS } from './operations';
import type { Refused } from './refused';
import { refused } from './refused';
import { sealRecord } from './people/seal-record';

/** The name of every operation. */
export const OPS_NAMES: readonly string[] = Object.keys(OPERATIONS);

/**
 * Answers one request of an operator: `{op, ...params}`. `by`: the operator as the runtime proved
 * them, or null.
 *
 * Failure policy: fail closed. Without an operator the only answer is NOT_ALLOWED, and a read-only
 * operator changes nothing. Never rejects, and never reveals an internal error, which is in the
 * log.
 */
export async function handleOps(deps: OpsDeps, by: Person | null, request: unknown): Promise<OpsReply> {
  if (by === null) return refused('NOT_ALLOWED', 'only an operator may ask this: see "ops" in config.json');
  const op = isRecord(request) ? request['op'] : undefined;
  if (!isOpsName(op)) return refused('UNKNOWN_OPERATION', `op must be one of ${OPS_NAMES.join(', ')}`);
  try {
    const reply = await answer(op, deps, by, request);
    if (isChanging(op)) await sealRecord(deps);
    return reply;
  } catch (error) {
    deps.log.error('ops_failed', { outTradeNo: null, action: op, error: errorText(error) });
    if (error instanceof StoreError && error.code === 'damaged') {
      return refused('DAMAGED', `${error.message} (docs/backup.md)`);
    }
    if (error instanceof PageMarkError) {
      return refused('BAD_INPUT', 'invalid page mark: start again from the first page');
    }
    return refused('INTERNAL', 'an internal error occurred; the log says why: try again');
  }
}

function isOpsName(value: unknown): value is OpsName {
  return typeof value === 'string' && Object.hasOwn(OPERATIONS, value);
}

/** True for the name of an operation that changes something: work may be due after it. */
export function isChanging(op: string): boolean {
  if (!isOpsName(op)) return false;
  const { needs, changes = false } = OPERATIONS[op];
  return changes || (typeof needs === 'string' && CHANGING[needs]);
}

async function answer<Name extends OpsName>(
  op: Name,
  deps: OpsDeps,
  by: Person,
  request: unknown,
): Promise<OpsReply<Name> | Refused> {
  const { params, needs, run }: Operation<Name> = OPERATIONS[op];
  if (typeof needs === 'string' && !may(by, needs)) return notPermitted(by, needs);
  const reading = params.safeParse(request);
  if (!reading.success) {
    const fields = [...new Set(reading.error.issues.map((issue) => issue.path.join('.') || 'the request'))];
    return refused('BAD_INPUT', `invalid parameters: ${fields.join(', ')}`);
  }
  const needed = typeof needs === 'string' ? needs : needs(reading.data);
  return may(by, needed) ? run(deps, by, reading.data) : notPermitted(by, needed);
}

/** Whether what needs a permission changes something. */
const CHANGING: Readonly<Record<Permission, boolean>> = {
  look: false,
  export: false,
  unmask: false,
  erase: true,
  see_sign_ins: false,
  resolve: true,
  sign: true,
  refund: true,
  accept: true,
  operate: true,
  speak_for_payers: true,
};

function notPermitted(by: Person, needed: Permission): Refused {
  const isReader = !permissionsOf(by.role).some((one) => CHANGING[one]);
  return isReader
    ? refused('READ_ONLY', 'you may look, not act: see "ops" in config.json')
    : refused('NOT_PERMITTED', `your role ${by.role} does not include "${needed}": see "ops" in config.json`);
}
