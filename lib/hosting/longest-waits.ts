import { VERIFY_LEASE_MS } from '../inbox/verify-run';
import type { LongestWaits } from '../ops/watch/pull-forward';
import { askAgainTimes, jittered, type AskAfterMs } from '../orders/ask-schedule';
import { fulfilmentLeaseMs } from '../orders/fulfil';
import { TRY_LASTS_MS } from '../refunds/declined';
import { instant } from '../values/instant';
import type { Config } from '../config/config-schema';

/** The longest time anything can be deferred or leased, as configured. */
export function longestWaits(config: Config): LongestWaits {
  const { inbox, fulfilment, statement, refunds } = config;
  // Whatever its schedule, a refund may be put off by either of these.
  const leastMs = Math.max(refunds.fundsRetryMs, TRY_LASTS_MS);
  const [first, ...rest] = longestAsks(refunds.askAfterMs);
  return {
    messages: { dueMs: inbox.backoff.maxMs, leaseMs: Math.max(inbox.leaseMs, VERIFY_LEASE_MS) },
    fulfilments: { dueMs: fulfilment.backoff.maxMs, leaseMs: fulfilmentLeaseMs(fulfilment) },
    runs: { dueMs: Math.max(statement.notYetMs, statement.backoff.maxMs), leaseMs: statement.leaseMs },
    orderAsks: longestAsks(config.reconcileOrders.askAfterMs),
    refundAsks: [Math.max(first, leastMs), ...rest.map((ms) => Math.max(ms, leastMs))],
  };
}

function longestAsks(askAfterMs: AskAfterMs): readonly [number, ...number[]] {
  const [first] = askAfterMs;
  return [jittered(first, 1), ...askAgainTimes(askAfterMs, instant(0), 1)];
}
