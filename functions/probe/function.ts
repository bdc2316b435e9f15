import type { ProbeDeps } from '../../lib/doctor/probe/probe';
import { runProbe } from '../../lib/doctor/probe/probe';
import type { FunctionHandler } from '../../lib/hosting/ports';
import { refunderOf } from '../../lib/model/operators/principal';
import type { Budget } from '../../lib/runtime/budget';
import { refuse } from '../../lib/runtime/reply';

/**
 * Asks the platform what its documentation leaves open (docs/probe.md). Operators and the
 * merchant's own code only, such as a timer: it makes hundreds of requests.
 */
export function probe(deps: ProbeDeps, budgetOf: (timeMs: number | null) => Budget): FunctionHandler {
  return async (event, caller, limits = UNKNOWN) =>
    // It needs the same authority as a refund.
    refunderOf(caller.by) === null
      ? refuse('NOT_ALLOWED', 'only an operator, the developer tools or a timer may probe the platform')
      : { ok: true, ...(await runProbe(deps, budgetOf(limits.timeMs), event, limits)) };
}

/** Where the runtime says nothing of its limits. */
const UNKNOWN = { timeMs: null, memoryMb: null };
