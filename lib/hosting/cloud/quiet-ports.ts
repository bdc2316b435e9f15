import { randomUUID } from 'node:crypto';
import { openTraceOfRuns } from '#cloud/trace';
import { openCloudArchive } from '../../archive/cloudbase/archive';
import { openCloudBaseStore } from '../../store/cloudbase/store';
import { leaseToken } from '../../model/lease';
import { errorText } from '../../runtime/error-text';
import type { QuietPorts } from '../ports';
import { systemClock } from '../../runtime/system-clock';
import { systemTimers } from '../../runtime/timers';
import { builtConfig } from './built-config';
import { functionLog } from './function-log';
import type { FunctionName, WorkerName } from '../../config/jobs';
import { openShared } from './sdk';

/** How long one database request may be silent, in ms: below the shortest lease, which is 10 s. */
export const STORE_TIMEOUT_MS = 8_000;

/** How long one transfer of a bill to or from cloud storage may take, in ms. */
const TRANSFER_TIMEOUT_MS = 25_000;

/**
 * The ports of every function and worker but the callbacks, on CloudBase, without WeChat Pay. Makes
 * no request. Throws when the environment's full id is unknown.
 */
export function openQuietPorts(name: FunctionName | WorkerName): QuietPorts {
  const log = functionLog;
  const cloud = openShared(name, STORE_TIMEOUT_MS);
  return {
    store: openCloudBaseStore(cloud, (problem) => {
      log.error('store_problem', { outTradeNo: null, error: errorText(problem) });
    }),
    archive: openCloudArchive({ files: cloud, timers: systemTimers, timeoutMs: TRANSFER_TIMEOUT_MS }),
    clock: systemClock,
    timers: systemTimers,
    random: Math.random,
    newToken: () => leaseToken(randomUUID()),
    log,
    config: builtConfig,
    ...openTraceOfRuns(),
  };
}
