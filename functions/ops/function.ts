import type { Finding } from '../../lib/ops/api';
import { handleOps } from '../../lib/ops/handle';
import type { HttpAccess } from '../../lib/ops/http';
import { answerHttp } from '../../lib/ops/http';
import { operatorOf } from '../../lib/ops/operator';
import { isClientCall } from '../../lib/runtime/caller';
import { readHttpEvent } from '../../lib/runtime/http-event';
import { opsDeps } from '../../lib/hosting/ops-deps';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';

/**
 * Operators call this: an operator's own mini program and the developer tools with the event `{op,
 * ...}`, the console and the command line through cloud development's HTTP access service. `http`:
 * who may do the latter; null where requests do not come as events.
 *
 * A mini program's user who dresses a call up as such a request is still a mini program's user: it
 * is asked who they are, not which token they guess.
 */
export function ops(
  ports: Ports,
  examine: () => Promise<readonly Finding[]>,
  http: HttpAccess | null = null,
): FunctionHandler {
  const deps = opsDeps(ports, examine);
  return async (event, caller) => {
    const request = http === null || isClientCall(caller.source) ? null : readHttpEvent(event);
    if (http !== null && request !== null) return answerHttp(deps, http, request);
    return handleOps(deps, operatorOf(caller), event);
  };
}
