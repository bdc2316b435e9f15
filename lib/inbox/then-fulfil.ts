import type { Budget } from '../runtime/budget';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { Timers } from '../runtime/timers';
import { within } from '../runtime/timers';
import { addTo, type ProcessReport } from './process';

/** How a run that processes the inbox goes on to fulfil. */
export interface ThenFulfil {
  /** Processes all that is due. */
  readonly process: (budget: Budget) => Promise<ProcessReport>;
  /** Processes the believed messages that are due. */
  readonly look: (budget: Budget) => Promise<ProcessReport>;
  /** Fulfils due orders in lanes of its own, and returns how many it claimed. */
  readonly fulfil: (budget: Budget) => Promise<{ readonly claimed: number; readonly done: number }>;
  readonly timers: Timers;
  readonly log: Log;
}

/** What a run did: messages, and orders it fulfilled. */
export interface ThenFulfilReport extends ProcessReport {
  readonly fulfilled: number;
}

/** While orders are fulfilled, believed messages are looked for this often, in ms. */
const LOOK_MS = 2_000;

/**
 * Processes the inbox and fulfils what that made due, so that an order need not wait for the next
 * run of another worker.
 *
 *   process ── nothing was applied ──▶ end
 *     └──▶ fulfil ── nothing new ──▶ end
 *            ▲ │ every 2 s: look ── messages were due ──▶ begin no further order
 *            └─┴───────────────────────────────────────────┘
 *
 * Messages come first: all that are due are settled before the first order is begun, and a hook
 * that hangs delays only its own order, never a message. The order is its own outbox, so a run that
 * dies anywhere here loses nothing: `fulfillOrders` takes what is left.
 *
 * Rejects when processing does, once the orders under way have ended. Failure policy: fail open for
 * the rest. A failure to fulfil is logged, and the orders are due for another run.
 */
export async function processThenFulfil(
  { process, look, fulfil, timers, log }: ThenFulfil,
  budget: Budget,
): Promise<ThenFulfilReport> {
  const sum = { ...(await process(budget)), fulfilled: 0 };
  for (let hasNew = sum.applied > 0; hasNew && !budget.stopping;) {
    hasNew = false;
    let isOver = false;
    const untilNew: Budget = {
      remaining: () => budget.remaining(),
      get stopping() {
        return isOver || hasNew || budget.stopping;
      },
    };
    const fulfilling = fulfil(untilNew);
    const wait = () => within(timers, Math.max(1, Math.min(LOOK_MS, budget.remaining())), () => fulfilling);
    const isUnderWay = ({ kind }: Awaited<ReturnType<typeof wait>>): boolean =>
      kind === 'timeout' && budget.remaining() > 0;
    let ended = await wait();
    try {
      for (; isUnderWay(ended); ended = await wait()) {
        const looked = await look(budget);
        hasNew ||= looked.claimed > 0;
        addTo(sum, looked);
      }
    } finally {
      // A look that fails abandons no order whose hook has been called.
      isOver = true;
      while (isUnderWay(ended)) ended = await wait();
    }
    if (ended.kind === 'value') sum.fulfilled += ended.value.done;
    if (ended.kind === 'error') {
      log.error('fulfilment_run_failed', { outTradeNo: null, error: errorText(ended.error) });
      break;
    }
    if (ended.kind === 'timeout') break;
  }
  return sum;
}
