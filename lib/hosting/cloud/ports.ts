import type { FunctionName, WorkerName } from '../../config/jobs';
import type { Ports } from '../ports';
import { openQuietPorts } from './quiet-ports';
import { openWeChatPay } from './money/wechat-pay';

/** How long one call to WeChat Pay may take, in ms. `createOrder` makes one within its 20 s. */
const PAY_TIMEOUT_MS = 10_000;

/**
 * The ports of functions and workers that call WeChat Pay, on CloudBase. Each call may take
 * `payTimeoutMs`. Makes no request. Throws when the environment's full id is unknown, or a key is
 * missing.
 */
export function openPorts(name: FunctionName | WorkerName, payTimeoutMs = PAY_TIMEOUT_MS): Ports {
  const ports = openQuietPorts(name);
  const { shared } = ports.store;
  return { ...ports, wechat: openWeChatPay({ timeoutMs: payTimeoutMs, shared }) };
}
