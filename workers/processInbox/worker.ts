import { TRIGGERED_RUN_SECONDS } from '../../lib/config/connection-shares';
import { processInbox as processDue } from '../../lib/inbox/process';
import type { ProcessDeps } from '../../lib/inbox/process-deps';
import type { Ports, WorkerHandler, WorkerStart } from '../../lib/hosting/ports';
import { signallingToken } from '../../lib/hosting/token-signal';
import type { MerchantSystem } from '../../lib/orders/fulfil';
import { startFulfilling } from '../../lib/orders/fulfil';
import { beginningFor, type Budget } from '../../lib/runtime/budget';
import type { Instant } from '../../lib/values/instant';
import { errorText } from '../../lib/runtime/error-text';
import { stopwatch } from '../../lib/runtime/stopwatch';

/** How this runtime runs the worker. */
export interface InboxHost {
  /** Batches that are processed concurrently. */
  readonly lanes: number;
  /**
   * Unverified messages, those claimed alone, and those that were delivered again are looked for in
   * every run at least this long after the last one that found none, in ms, and in every run after
   * one that did. On CloudBase a run that finds nothing costs one request, and each such look four
   * more.
   */
  readonly besideEveryMs?: number;
  /** Asks first whether there is anything to do: a run without work then costs one request. */
  readonly looksFirst?: boolean;
  /** How orders are fulfilled that a run made due; absent: the runtime wakes `fulfillOrders`. */
  readonly merchant?: MerchantSystem;
  /** Starts further runs, which end when this one does. */
  readonly startHelpers?: (forMs: number) => void;
}

/**
 * Processes the inbox: applies each notification to its order once, and fulfils what that made due.
 *
 * An order whose fulfilment must be tried again is fulfilled by the first run of this process after
 * it is due, although `fulfillOrders` would do it too.
 *
 * A helper and a run of the database trigger process believed messages only: they may have no token
 * to query WeChat Pay with, and the timer's runs do the rest.
 */
export function processInbox(given: Ports, host: InboxHost = { lanes: 1 }): WorkerHandler {
  const { lanes, besideEveryMs = 0, looksFirst = false, merchant, startHelpers } = host;
  return signallingToken(given, 'processInbox', (ports) => {
    const { config, log } = ports;
    const elapsed = stopwatch(ports.clock);
    let lookAt = 0;
    /** When an order is due again that a run of this process could not fulfil. */
    let againAt: Instant | null = null;
    const processAll = async (budget: Budget, start: WorkerStart, over: Partial<ProcessDeps>) => {
      const deps = { ...ports, settings: config.inbox, lanes, looksFirst, ...over };
      if (start === 'helper' || start === 'database')
        return processDue({ ...deps, believedOnly: true }, budget);
      const believedOnly = elapsed() < lookAt;
      const report = await processDue({ ...deps, believedOnly }, budget);
      if (!believedOnly) lookAt = report.beside > 0 ? 0 : elapsed() + besideEveryMs;
      return report;
    };
    return async (whole, start = 'timer') => {
      const budget = start === 'database' ? beginningFor(whole, TRIGGERED_RUN_SECONDS * 1_000) : whole;
      let mayHelp = start === 'timer';
      // Each look counts its batches anew; the share is made for the helpers of one call.
      const onBacklog = (): void => {
        if (mayHelp) startHelpers?.(budget.remaining());
        mayHelp = false;
      };
      if (merchant === undefined) return processAll(budget, start, { onBacklog });
      const fulfilling = startFulfilling({ ...ports, ...merchant, settings: config.fulfilment }, budget);
      let fulfilled = 0;
      const fulfilAgain = async (): Promise<void> => {
        if (againAt === null || ports.clock.now() < againAt) return;
        const dueAt = againAt;
        againAt = null;
        fulfilling.refill();
        await fulfilling.idle();
        // They were not claimed, perhaps, so the next run looks again.
        if (fulfilling.failure() !== null) againAt = dueAt;
      };
      const processed = processAll(budget, start, { onBacklog, fulfilling });
      const whenProcessed = async () => {
        const report = await processed;
        await fulfilAgain();
        return report;
      };
      const report = await whenProcessed().finally(() => {
        againAt = earliest(againAt, fulfilling.dueAgainAt());
        fulfilled = fulfilling.report().done;
        const broken = fulfilling.failure();
        // Failure policy: fail open. The orders are due for another run.
        if (broken !== null)
          log.error('fulfilment_run_failed', { outTradeNo: null, error: errorText(broken.error) });
      });
      return { ...report, fulfilled };
    };
  });
}

function earliest(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

/** A little less than a minute, so that every fifth run of the 12-second timer checks. */
const BESIDE_EVERY_MS = 50_000;

/**
 * Batches processed concurrently: while one waits for its writes, the others keep the connections
 * of this run busy.
 */
const LANES = 3;

/** The same where each request is a call that costs, and takes long. */
export function processInboxInCloud(
  ports: Ports,
  { merchant, startHelpers }: Pick<InboxHost, 'merchant' | 'startHelpers'>,
): WorkerHandler {
  const host = { lanes: LANES, besideEveryMs: BESIDE_EVERY_MS, looksFirst: true };
  return processInbox(ports, {
    ...host,
    ...(merchant === undefined ? {} : { merchant }),
    ...(startHelpers === undefined ? {} : { startHelpers }),
  });
}
