import type { ReceiveDeps } from '../../lib/inbox/receive';
import { receiveNotification } from '../../lib/inbox/receive';
import type { FunctionHandler } from '../../lib/hosting/ports';

/**
 * WeChat Pay calls this when an order was paid: the notification becomes durable in one write and
 * is answered.
 */
export function payCallback(deps: ReceiveDeps): FunctionHandler {
  return (event, caller) => receiveNotification(deps, event, caller.source, caller.waitedMs);
}
