import { followRefunds as followDue } from '../../lib/refunds/follow';
import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { signallingToken } from '../../lib/hosting/token-signal';

/**
 * Sends refund requests that WeChat Pay has not accepted yet, and queries those it has. With
 * `looksFirst`, a run without work costs one request on CloudBase.
 */
export function followRefunds(given: Ports, looksFirst = false): WorkerHandler {
  return signallingToken(given, 'followRefunds', (ports) => {
    const deps = {
      ...ports,
      looksFirst,
      settings: ports.config.inbox,
      refundSettings: ports.config.refunds,
    };
    return (budget) => followDue(deps, budget);
  });
}

/** The same where each request is a call that costs. */
export function followRefundsInCloud(ports: Ports): WorkerHandler {
  return followRefunds(ports, true);
}
