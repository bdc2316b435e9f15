import { answerEvent } from '../../lib/inbox/callback-http';
import type { ReceiveDeps } from '../../lib/inbox/receive';
import type { FunctionHandler } from '../../lib/hosting/ports';

/**
 * WeChat Pay calls this when a refund has ended: one write makes the notification durable, then it
 * is acknowledged.
 */
export function refundCallback(deps: ReceiveDeps): FunctionHandler {
  return (event, caller) => answerEvent(deps, event, caller);
}
