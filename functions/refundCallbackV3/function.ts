import type { FunctionHandler } from '../../lib/hosting/ports';
import type { ReceiveV3 } from '../../lib/inbox/v3/callback-v3-http';
import { answerV3Event } from '../../lib/inbox/v3/callback-v3-http';

/**
 * WeChat Pay requests this over HTTP when a refund has ended, with its signature (API v3): one
 * write makes the notification durable, then it is acknowledged.
 */
export function refundCallbackV3(receive: ReceiveV3): FunctionHandler {
  return (event) => answerV3Event(receive, event);
}
