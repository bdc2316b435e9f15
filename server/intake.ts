import type { MerchantPorts } from '../lib/hosting/ports';
import { quotaOfUnverified } from '../lib/inbox/quota';
import type { ReceiveDeps } from '../lib/inbox/receive';
import type { Inbox } from '../lib/store/port';
import type { Metrics } from './metrics';
import type { ReadinessCheck } from './readiness';

/**
 * What the callbacks need to make a notification durable. `stored` is called after a new one is, to
 * start the inbox worker at once: a callback leaves its message to that worker, while all other
 * code that records also processes.
 */
export function openIntake(parts: {
  readonly ports: MerchantPorts;
  readonly readiness: ReadinessCheck;
  readonly metrics: Metrics;
  readonly stored: () => void;
}): ReceiveDeps {
  const { readiness, metrics, stored } = parts;
  const { store, clock, timers, log, config } = parts.ports;
  const record: Inbox['record'] = async (message) => {
    try {
      readiness.refuseLostFiles();
      return await store.inbox.record(message);
    } catch (error) {
      readiness.doubt();
      throw error;
    }
  };
  return {
    record: async (message) => {
      const recorded = await record(message);
      metrics.notified(recorded);
      if (recorded === 'stored') stored();
      return recorded;
    },
    clock,
    timers,
    log,
    ackBudgetMs: config.inbox.ackBudgetMs,
    admitUnverified: quotaOfUnverified({
      countUnverified: (naming) => store.inbox.countUnverified(naming),
      clock,
      log,
      megabytes: config.inbox.unverifiedMegabytes,
      merchants: config.merchants.map(({ subMchId }) => subMchId),
    }),
  };
}
