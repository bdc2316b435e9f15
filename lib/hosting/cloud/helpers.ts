import cloud from 'wx-server-sdk';
import type { WorkerName } from '../../config/jobs';
import { errorText } from '../../runtime/error-text';
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
  for (let n = 0; n < helpers; n += 1) {
    const started = Promise.resolve(cloud.callFunction({ name: worker, data: helperEvent(forMs) }));
    started.catch((error: unknown) => {
      const text = errorText(error);
      if (!/request timeout/i.test(text)) {
        functionLog.warn('helper_not_started', { outTradeNo: null, worker, error: text });
      }
    });
  }
}
