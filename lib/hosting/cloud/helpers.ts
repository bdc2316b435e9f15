import cloud from 'wx-server-sdk';
import type { WorkerName } from '../../config/jobs';
import { errorText } from '../../runtime/error-text';
import { systemTimers } from '../../runtime/timers';
import { builtConfig } from './built-config';
import { functionLog } from './function-log';
import { helperEvent } from './started-by';

/**
 * Starts further runs of this worker, each an instance of its own, as many as its share allows, to
 * end when this one does. Costs a call of the function for each and no request to the database.
 *
 * Nobody waits for their answers: the SDK gives up on them after its time-out, while they work. A
 * helper that could not be started costs only time, since what is due stays due.
 *
 * Failure policy: fail open. The run that wanted help goes on alone.
 */
export function startHelpers(worker: WorkerName, forMs: number): void {
  const { helpers } = builtConfig.shares[worker];
  for (let n = 0; n < helpers; n += 1) void start(worker, forMs);
}

/** Long enough for a call to leave this instance, which stands still after its answer. In ms. */
const SENT_MS = 300;

/**
 * Starts a run of `fulfillOrders` that fulfils what is due and leaves held orders to the timer's.
 * Resolves when the call is on its way. Never rejects.
 *
 * Failure policy: fail open. A run that did not start costs the wait for the timer.
 */
export function wakeFulfilment(): Promise<void> {
  const sent = new Promise<void>((resolve) => {
    systemTimers.after(SENT_MS, resolve);
  });
  return Promise.race([sent, start('fulfillOrders', builtConfig.functions.fulfillOrders.timeoutMs)]);
}

async function start(worker: WorkerName, forMs: number): Promise<void> {
  try {
    await cloud.callFunction({ name: worker, data: helperEvent(forMs) });
  } catch (error) {
    const text = errorText(error);
    if (!/request timeout/i.test(text)) {
      functionLog.warn('helper_not_started', { outTradeNo: null, worker, error: text });
    }
  }
}
