import { handleOps } from '../../lib/ops/handle';
import { operatorOf } from '../../lib/ops/operator';
import type { Finding } from '../../lib/ops/api';
import type { FunctionHandler, Ports } from '../../lib/runtime/ports';
import { opsDeps } from '../../lib/runtime/ops-deps';

/** Operators call this: the console, the command line, an operator's own mini program. Event: `{op, ...}`. */
export function ops(ports: Ports, examine: () => Promise<readonly Finding[]>): FunctionHandler {
  const deps = opsDeps(ports, examine);
  return (event, caller) => handleOps(deps, operatorOf(caller, ports.config.ops.readers), event);
}
