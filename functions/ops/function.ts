import { handleOps } from '../../lib/ops/handle';
import type { HttpAccess } from '../../lib/ops/http';
import { answerHttp } from '../../lib/ops/http';
import { personOf } from '../../lib/model/operators/principal';
import { isClientCall } from '../../lib/model/caller';
import { readHttpEvent } from '../../lib/runtime/http-event';
import type { OpsHost } from '../../lib/hosting/ops-deps';
import { opsDeps } from '../../lib/hosting/ops-deps';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';

/**
 * The operator API. An operator's own mini program and the developer tools call it with the event
 * `{op, ...}`, the console and the command line through cloud development's HTTP access service.
 * `http` decides who may use the latter; null where requests do not arrive as events.
 *
 * A mini program's user who sends such a request as an event is still treated as that user: the
 * OPENID decides, never a token in the event.
 */
export function ops(ports: Ports, host: OpsHost, http: HttpAccess | null = null): FunctionHandler {
  const deps = opsDeps(ports, host);
  return async (event, caller) => {
    const request = http === null || isClientCall(caller.source) ? null : readHttpEvent(event);
    if (http !== null && request !== null) return answerHttp(deps, http, request);
    return handleOps(deps, personOf(caller.by), event);
  };
}
