import { queryRefund as query } from '../../lib/refunds/query';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';

/** The payer or an operator calls this to see the refunds of an order. */
export function queryRefund(ports: Ports): FunctionHandler {
  return (event, caller) => query(ports, event, caller);
}
